using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.WriteBack;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace MedAI.Fhir.PubSub;

/// <summary>Writes results into a Firely Server by its StorePlan: result and Provenance in one transaction, under the ids that they have here.</summary>
/// <remarks>Firely does not validate what a StorePlan holds, and creates a resource once: that it is there already means that an earlier try arrived.</remarks>
public sealed class StorePlanCarrier(Broker broker, DeliveredForm form, IdSource ids, IOptions<WriteBackOptions> options, TimeProvider time) : IResultCarrier
{
    private const string AlreadyThere = "CreationFailedResourceAlreadyExists";

    public WriteBackMode Mode => WriteBackMode.StorePlan;

    public async Task<DeliveryEnd> BringAsync(StoredResource result, StoredResource provenance, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(options.Value.DeadlineMilliseconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await AskAsync(result, provenance, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return DeliveryEnd.Later("no-answer");
        }
        catch (PublishException unrouted) when (unrouted.IsReturn)
        {
            return DeliveryEnd.Later("nobody-listens");
        }
        catch (Exception lost) when (lost is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or PublishException or IOException or TimeoutException)
        {
            return DeliveryEnd.Later("broker-away");
        }
    }

    private async Task<DeliveryEnd> AskAsync(StoredResource result, StoredResource provenance, CancellationToken cancellationToken)
    {
        var connection = await broker.ConnectAsync(cancellationToken);
        // Confirmed: the broker has the command, and a queue took it.
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        string request = ids.NewId(), answers = "medai.answers-" + request;
        await channel.ExchangeDeclareAsync(FirelyContract.StorePlanExchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(answers, ExchangeType.Fanout, durable: false, autoDelete: true, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(answers, durable: false, exclusive: true, autoDelete: true, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(answers, answers, "", cancellationToken: cancellationToken);
        var answered = new TaskCompletionSource<DeliveryEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            if (Read(message.Body, request, result) is { } end)
                answered.TrySetResult(end);
            return Task.CompletedTask;
        };
        consumer.ShutdownAsync += (_, _) =>
        {
            answered.TrySetResult(DeliveryEnd.Later("broker-away"));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(answers, autoAck: true, consumer, cancellationToken);
        var properties = new BasicProperties { ContentType = FirelyContract.ContentType, DeliveryMode = DeliveryModes.Persistent, MessageId = request };
        await channel.BasicPublishAsync(FirelyContract.StorePlanExchange, "", mandatory: true, properties, Command(request, answers, result, provenance), cancellationToken);
        return await answered.Task.WaitAsync(cancellationToken);
    }

    private byte[] Command(string request, string answers, StoredResource result, StoredResource provenance)
    {
        JsonObject Create(StoredResource stored) => new()
        {
            ["itemId"] = stored.Id,
            ["resource"] = form.Of(stored, stored.Id, form.OwnReference(result), $"{result.Type}/{result.Id}", version: true).ToJsonString(),
            ["resourceType"] = stored.Type,
            ["resourceId"] = stored.Id,
            ["currentVersion"] = null,
            ["operation"] = "create",
        };
        var envelope = new JsonObject
        {
            ["messageId"] = request,
            ["requestId"] = request,
            ["conversationId"] = request,
            ["responseAddress"] = broker.AddressOf(answers),
            ["messageType"] = new JsonArray(FirelyContract.StorePlanType),
            ["message"] = new JsonObject { ["instructions"] = new JsonArray(Create(result), Create(provenance)) },
            ["headers"] = new JsonObject { [FirelyContract.ReleaseHeader] = FirelyContract.Release, ["MT-Request-AcceptType"] = new JsonArray(FirelyContract.StorePlanAnswerType) },
        };
        return Encoding.UTF8.GetBytes(envelope.ToJsonString());
    }

    /// <summary>What an answer says; null when it is another request's.</summary>
    private static DeliveryEnd? Read(ReadOnlyMemory<byte> message, string request, StoredResource result)
    {
        if (!StrictJson.TryParse(message, out var document, out _))
            return null;
        using (document)
        {
            if (!string.Equals(LooseJson.Text(document.RootElement, "requestId"), request, StringComparison.OrdinalIgnoreCase))
                return null;
            string place = $"{result.Type}/{result.Id}";
            // A plan is carried out as a whole: where one item is there already, so is the other.
            var failures = LooseJson.Items(LooseJson.Member(LooseJson.Member(document.RootElement, "message"), "errors"))
                .Select(e => LooseJson.Member(e, "status"))
                .Select(s => (Code: LooseJson.Text(s, "code") ?? "", Details: LooseJson.Text(s, "details") ?? ""))
                .Where(s => !s.Code.Equals("success", StringComparison.OrdinalIgnoreCase) && !s.Details.Equals(AlreadyThere, StringComparison.OrdinalIgnoreCase))
                .ToArray();
            if (failures.Length == 0)
                return DeliveryEnd.There(place, "store-plan");
            return Array.Exists(failures, f => f.Code.Equals("badRequest", StringComparison.OrdinalIgnoreCase)) ? DeliveryEnd.Never("store-plan-rejected") : DeliveryEnd.Later("store-plan-failed");
        }
    }
}
