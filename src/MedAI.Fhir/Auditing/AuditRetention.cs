using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Auditing;

/// <summary>Removes once a day what has been kept long enough, a bounded piece at a time, and says in the audit trail that it did.</summary>
/// <remarks>Results and their explanations belong to the patient's record and stay. Nobody else can remove rows: the store lets it happen within this transaction alone.</remarks>
public sealed partial class AuditRetention(IResourceStore store, IdSource ids, TimeProvider time, IOptions<AuditOptions> options, ILogger<AuditRetention> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>Pieces of one day: a long backlog takes several days and never the whole night.</summary>
    private const int MostPieces = 200;

    /// <summary>One day's removal.</summary>
    /// <returns>Rows that were removed.</returns>
    public async Task<int> RemoveExpiredAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow().AddDays(-options.Value.RetentionDays);
        int removed = 0;
        for (int piece = 0; piece < MostPieces; piece++)
        {
            int now = (await store.CommitAsync(new StoreTransaction { Expire = new Expiry(before, options.Value.RemovedAtOnce) }, cancellationToken)).Expired;
            removed += now;
            if (now == 0)
                break;
        }
        if (removed > 0)
        {
            await store.CommitAsync(new StoreTransaction
            {
                Audit = AuditRow.Of(new RequestFacts(ids.NewOrderedId(time.GetUtcNow()), time.GetUtcNow()), ids, time, "retention") with
                {
                    Client = ReservedClients.Configuration,
                    Outcome = "retention",
                    Reasons = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{removed} rows from before {before:O}"),
                },
            }, cancellationToken);
            LogRemoved(removed, before);
        }
        return removed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await RemoveExpiredAsync(stoppingToken);
            }
            catch (StoreUnavailableException unavailable)
            {
                // Tomorrow is early enough; the store's own log says what is wrong with it.
                LogLater(unavailable.Reason);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(4100, LogLevel.Information, "{Removed} expired rows of audit and inference log from before {Before:O} were removed")]
    private partial void LogRemoved(int removed, DateTimeOffset before);

    [LoggerMessage(4101, LogLevel.Warning, "Expired audit rows could not be removed: {Reason}; tried again tomorrow")]
    private partial void LogLater(StoreUnavailableReason reason);
}
