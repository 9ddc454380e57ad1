using MedAI.Fhir.Health;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.WriteBack;

/// <summary>Brings results that wait to the hospital's FHIR server, one after the other, for as long as it takes.</summary>
/// <remarks>A delivery that fails waits longer each time and holds up no other; only a server that takes it in no form ends it.</remarks>
public sealed partial class ResultDelivery(ResultDeliveries deliveries, IEnumerable<IResultCarrier> carriers, IResourceStore store, IOptions<WriteBackOptions> options, TimeProvider time,
    IHostApplicationLifetime lifetime, ILogger<ResultDelivery> log) : BackgroundService
{
    /// <summary>Rows looked at at once.</summary>
    private const int Few = 50;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!deliveries.AreOn)
            return;
        var carrier = carriers.First(c => c.Mode == options.Value.Mode);
        try
        {
            // The store is open and the addresses are known when the server listens.
            await lifetime.WaitForStartAsync(stoppingToken);
            while (true)
                await deliveries.WaitAsync(await RoundAsync(carrier, stoppingToken), stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // Stopping: what waits is on disk.
        }
    }

    /// <summary>Brings what is due; says how long nothing else is.</summary>
    private async Task<TimeSpan> RoundAsync(IResultCarrier carrier, CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var waiting = await store.ListDeliveriesAsync(Few, stoppingToken);
                var due = waiting.TakeWhile(d => d.Due <= time.GetUtcNow()).ToArray();
                foreach (var delivery in due)
                    await BringAsync(carrier, delivery, stoppingToken);
                // What failed has a new date; the list is read again before anybody sleeps.
                if (due.Length == 0)
                    return waiting.Count > 0 && waiting[0].Due - time.GetUtcNow() is var next && next < LookAgain ? Max(next, TimeSpan.FromMilliseconds(1)) : LookAgain;
            }
        }
        catch (StoreUnavailableException)
        {
            LogStoreUnavailable();
            return TimeSpan.FromSeconds(options.Value.RetrySeconds);
        }
    }

    private async Task BringAsync(IResultCarrier carrier, DeliveryRow delivery, CancellationToken stoppingToken)
    {
        var result = await store.ReadAsync("RiskAssessment", delivery.ResultId, null, stoppingToken);
        var provenance = await store.ReadAsync("Provenance", delivery.ProvenanceId, null, stoppingToken);
        DeliveryEnd end;
        if (result is not { Deleted: false } || provenance is not { Deleted: false })
        {
            end = DeliveryEnd.Never("gone");
        }
        else
        {
            try
            {
                end = await carrier.BringAsync(result, provenance, stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One result must not hold up all others; the type alone is told, a message could hold data.
                LogBroken(error.GetType().Name);
                end = DeliveryEnd.Later("broken");
            }
        }
        int attempts = end.State == DeliveryState.Waiting ? delivery.Attempts + 1 : delivery.Attempts;
        await store.CommitAsync(new StoreTransaction
        {
            Delivery = delivery with { State = end.State, Place = end.Place, Attempts = attempts, Due = end.State == DeliveryState.Waiting ? time.GetUtcNow() + Pause(attempts) : time.GetUtcNow() },
        }, stoppingToken);
        if (end.State == DeliveryState.Delivered)
            LogDelivered(end.Reason);
        else if (end.State == DeliveryState.Waiting)
            LogLater(end.Reason, attempts);
        else
            LogRefused(delivery.ResultId, end.Reason);
    }

    private TimeSpan Pause(int attempts)
    {
        double seconds = options.Value.RetrySeconds * Math.Pow(3, Math.Min(attempts - 1, 20));
        return TimeSpan.FromSeconds(Math.Min(seconds, options.Value.LongestPauseSeconds));
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    [LoggerMessage(3250, LogLevel.Information, "A result was written to the hospital's FHIR server as {Way}")]
    private partial void LogDelivered(string way);

    [LoggerMessage(3251, LogLevel.Warning, "A result could not be written to the hospital's FHIR server: {Reason}, attempt {Attempt}; it will be tried again")]
    private partial void LogLater(string reason, int attempt);

    [LoggerMessage(3252, LogLevel.Error, "Result {ResultId} is not written to the hospital's FHIR server: {Reason}")]
    private partial void LogRefused(string resultId, string reason);

    [LoggerMessage(3253, LogLevel.Error, "Writing a result to the hospital's FHIR server broke: {Error}")]
    private partial void LogBroken(string error);

    [LoggerMessage(3254, LogLevel.Error, "The store did not answer; results that wait are written later")]
    private partial void LogStoreUnavailable();
}
