using MedAI.Fhir.Health;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>Works the jobs off, a few at a time, and takes up what a stopped or killed server left behind, this one or another that shares the database.</summary>
/// <remarks>
/// A job whose run was broken off is run again with the as-of of its receipt: the same input has the same idempotency key, so its result is stored once (ADR 3). The result
/// of the job replaces what was asked in one row: there is one of them, and never both.
/// </remarks>
public sealed partial class JobWorker(JobQueue queue, JobRunner runner, JobLease lease, IJobRows rows, IResourceStore store, Startup startup, TimeProvider time, IOptions<JobOptions> options,
    ILogger<JobWorker> log) : BackgroundService
{
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromMinutes(1);

    /// <summary>Removes results whose time is over.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // An idle server does not write.
        if (await rows.HasExpiredJobsAsync(now, cancellationToken))
            await store.CommitAsync(new StoreTransaction { Job = new JobChange.Expired(now) }, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Without its models the server would answer every job with "not ready".
            await startup.WaitAsync(stoppingToken);
            await Task.WhenAll([ForEverAsync(TakeUpAsync, lease.Length / 2, stoppingToken), ForEverAsync(SweepAsync, BetweenSweeps, stoppingToken), .. Enumerable.Range(0, options.Value.Parallel).Select(_ => WorkAsync(stoppingToken))]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What has not ended is still on disk.
        }
    }

    /// <summary>Places what is free among the jobs of this server; whoever begins it first has it.</summary>
    private async Task TakeUpAsync(CancellationToken stoppingToken)
    {
        foreach (var row in await rows.ListFreeJobsAsync(lease.Holder, stoppingToken))
        {
            var ticket = new JobTicket(row.Id, row.Owner, row.Received, time);
            if (queue.Reopen(ticket))
                queue.Enqueue(ticket);
            else
                ticket.Dispose();
        }
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await foreach (var ticket in queue.Waiting.ReadAllAsync(stoppingToken))
        {
            try
            {
                if (await runner.RunAsync(ticket, stoppingToken) is { } pause)
                    _ = EnqueueLaterAsync(ticket, pause, stoppingToken);
                else
                    queue.Close(ticket);
            }
            catch (StoreUnavailableException)
            {
                LogStoreUnavailable();
                _ = EnqueueLaterAsync(ticket, StorePause, stoppingToken);
            }
            catch (Exception bug) when (!stoppingToken.IsCancellationRequested)
            {
                // One job must not end all others; it is on disk and comes again when it is looked for.
                LogBroken(bug.GetType().FullName ?? "unknown", bug.StackTrace ?? "");
                queue.Close(ticket);
            }
        }
    }

    private async Task EnqueueLaterAsync(JobTicket ticket, TimeSpan pause, CancellationToken stoppingToken)
    {
        try
        {
            ticket.Progress = "waiting to be tried again";
            await Task.Delay(pause, time, stoppingToken);
            queue.Enqueue(ticket);
        }
        catch (OperationCanceledException)
        {
            // It is on disk.
        }
    }

    private async Task ForEverAsync(Func<CancellationToken, Task> look, TimeSpan pause, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await look(stoppingToken);
                await Task.Delay(pause, time, stoppingToken);
            }
            catch (StoreUnavailableException)
            {
                LogStoreUnavailable();
                await Task.Delay(StorePause, time, stoppingToken);
            }
        }
    }

    [LoggerMessage(3200, LogLevel.Error, "The store did not answer; jobs wait")]
    private partial void LogStoreUnavailable();

    [LoggerMessage(3201, LogLevel.Error, "Running a job broke with {ExceptionType}\n{Stack}")]
    private partial void LogBroken(string exceptionType, string stack);
}
