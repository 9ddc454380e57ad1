using System.Threading.Channels;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.Health;
using MedAI.Fhir.Sources;
using MedAI.Fhir.Sources.Upstream;
using MedAI.Fhir.Store;
using MedAI.Fhir.WriteBack;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace MedAI.Fhir.PubSub;

/// <summary>Hears from a Firely Server what changed, and has the patients scored again.</summary>
/// <remarks>
/// Exchanges, queue and bindings are declared before anything else: Firely makes its exchanges at the first change, and what nobody is bound to is lost. A message is
/// acknowledged when its patients are scored, so that a crash loses none; what comes twice is dropped; what this server wrote itself is ignored.
/// </remarks>
public sealed partial class ChangeListener(Broker broker, BackgroundScoring scoring, AssessableModels models, UpstreamSource upstream, DeliveredForm form, Startup startup,
    IOptions<PubSubOptions> options, IOptions<UpstreamOptions> source, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<ChangeListener> log) : BackgroundService
{
    private readonly RecentChanges _recent = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!broker.IsConfigured || !options.Value.Rescore)
            return;
        try
        {
            await lifetime.WaitForStartAsync(stoppingToken);
            while (true)
            {
                try
                {
                    await ListenAsync(stoppingToken);
                }
                catch (Exception lost) when (lost is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or IOException or TimeoutException)
                {
                    LogLost(lost.GetType().Name);
                }
                await Task.Delay(TimeSpan.FromSeconds(options.Value.ReconnectSeconds), time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: what is not acknowledged comes again.
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        var connection = await broker.ConnectAsync(stoppingToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: stoppingToken);
        foreach (string exchange in (string[])[FirelyContract.ChangedExchange, FirelyContract.ChangedLightExchange])
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: stoppingToken);
        await channel.QueueDeclareAsync(options.Value.Queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: stoppingToken);
        foreach (string exchange in (string[])[FirelyContract.ChangedExchange, FirelyContract.ChangedLightExchange])
            await channel.QueueBindAsync(options.Value.Queue, exchange, "", cancellationToken: stoppingToken);
        await channel.BasicQosAsync(0, (ushort)options.Value.Prefetch, global: false, stoppingToken);
        // What waits in the queue can wait for the models.
        await startup.WaitAsync(stoppingToken);

        var arrived = Channel.CreateUnbounded<Arrived>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            // The library's memory is its own again when this returns.
            arrived.Writer.TryWrite(new Arrived(message.DeliveryTag, ResourceChange.Read(message.Body)));
            return Task.CompletedTask;
        };
        consumer.ShutdownAsync += (_, _) =>
        {
            arrived.Writer.TryComplete();
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(options.Value.Queue, autoAck: false, consumer, stoppingToken);
        LogListening(options.Value.Queue);
        while (await arrived.Reader.WaitToReadAsync(stoppingToken))
            await DealAsync(await CollectAsync(arrived.Reader, stoppingToken), channel, stoppingToken);
    }

    /// <summary>What is there, and what comes within the time for which changes are collected.</summary>
    private async Task<List<Arrived>> CollectAsync(ChannelReader<Arrived> reader, CancellationToken stoppingToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(options.Value.CollectMilliseconds), time, stoppingToken);
        var messages = new List<Arrived>();
        while (reader.TryRead(out var message))
            messages.Add(message);
        return messages;
    }

    private async Task DealAsync(List<Arrived> messages, IChannel channel, CancellationToken stoppingToken)
    {
        var done = new Dictionary<string, bool>(StringComparer.Ordinal);
        var types = ReadTypes();
        int changes = 0, dropped = 0, ignored = 0;
        foreach (var message in messages)
        {
            if (message.Changes is null)
            {
                // It would come again for ever; the broker keeps it where a dead-letter exchange is configured.
                LogUnreadable();
                await channel.BasicNackAsync(message.Tag, multiple: false, requeue: false, stoppingToken);
                continue;
            }
            bool all = true;
            foreach (var change in message.Changes)
            {
                changes++;
                if (_recent.Contains(change.Key))
                {
                    dropped++;
                    continue;
                }
                if (await PatientOfAsync(change, types, stoppingToken) is not { } patient)
                {
                    ignored++;
                    continue;
                }
                if (!done.TryGetValue(patient, out bool scored))
                    done.Add(patient, scored = await ScoreAsync(patient, stoppingToken));
                all &= scored;
            }
            if (!all)
            {
                await channel.BasicNackAsync(message.Tag, multiple: false, requeue: false, stoppingToken);
                continue;
            }
            foreach (var change in message.Changes)
                _recent.Add(change.Key);
            await channel.BasicAckAsync(message.Tag, multiple: false, stoppingToken);
        }
        LogDealt(messages.Count, changes, done.Count, dropped, ignored);
    }

    /// <summary>Id of the patient that is to be scored because of a change; null for none.</summary>
    private async Task<string?> PatientOfAsync(ResourceChange change, HashSet<string> types, CancellationToken stoppingToken)
    {
        if (!types.Contains(change.Type) || change.Source?.StartsWith(form.Source, StringComparison.Ordinal) == true)
            return null;
        string? reference = change.Patient;
        if (reference is null && !change.HasResource && change.Kind != "delete")
            reference = await upstream.ReadAsync(change.Type, change.Id, static resource => ResourceChange.PatientOf(resource), stoppingToken);
        string theirs = source.Value.BaseUrl + "/";
        if (reference?.StartsWith(theirs, StringComparison.Ordinal) == true)
            reference = reference[theirs.Length..];
        return reference?.Split('/') is ["Patient", var id] && Reading.FhirId.IsValid(id) ? id : null;
    }

    /// <summary>Types that a model reads and that say whom they are about.</summary>
    private HashSet<string> ReadTypes() => [.. models.All.SelectMany(m => PrefetchTemplates.For(m.Manifest, m.IcuLocationTypes))
        .Where(t => t.Key != PrefetchTemplates.Locations).Select(t => new EhrSearch(t.Key, t.Value).Type)];

    private async Task<bool> ScoreAsync(string patient, CancellationToken stoppingToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            bool scored = false;
            try
            {
                scored = await scoring.ScoreAsync(patient, stoppingToken);
            }
            catch (StoreUnavailableException)
            {
                // Tried again like a record that cannot be had.
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One patient must not end the listening; the type alone is told, a message could hold data.
                LogBroken(error.GetType().Name);
                return false;
            }
            if (scored || attempt >= options.Value.Attempts)
            {
                if (!scored)
                    LogGivenUp(attempt);
                return scored;
            }
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(options.Value.RetrySeconds * Math.Pow(2, attempt - 1), 600)), time, stoppingToken);
        }
    }

    /// <param name="Changes">Null when the message cannot be read.</param>
    private sealed record Arrived(ulong Tag, IReadOnlyList<ResourceChange>? Changes);

    [LoggerMessage(3300, LogLevel.Information, "Listening to changes on queue {Queue}")]
    private partial void LogListening(string queue);

    [LoggerMessage(3301, LogLevel.Information, "{Messages} messages held {Changes} changes of {Patients} patients; {Dropped} came twice, {Ignored} concern no score")]
    private partial void LogDealt(int messages, int changes, int patients, int dropped, int ignored);

    [LoggerMessage(3302, LogLevel.Error, "A message of changes cannot be read, or is not of FHIR R4; it was given back as undeliverable")]
    private partial void LogUnreadable();

    [LoggerMessage(3303, LogLevel.Warning, "The broker is not there ({Error}); it will be asked again")]
    private partial void LogLost(string error);

    [LoggerMessage(3304, LogLevel.Error, "A patient could not be scored after {Attempts} attempts; the message was given back as undeliverable")]
    private partial void LogGivenUp(int attempts);

    [LoggerMessage(3305, LogLevel.Error, "Scoring a patient in the background broke: {Error}")]
    private partial void LogBroken(string error);
}
