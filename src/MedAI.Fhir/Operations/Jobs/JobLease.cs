using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>Which jobs this server runs: where several share a database each is run by one of them, and by another one when that is gone.</summary>
/// <remarks>
/// A job is held for a while and longer as long as its run lasts, by the database's clock, of which there is one. What a server writes of a job that it holds no more is not
/// written. Thread safe.
/// </remarks>
public sealed class JobLease(IJobRows rows, IResourceStore store, IdSource ids, TimeProvider time, IOptions<JobOptions> options, IOptions<StoreOptions> database)
{
    /// <summary>This process. A file has one server at a time: what the one before it held is free.</summary>
    public string Holder { get; } = string.IsNullOrWhiteSpace(database.Value.ConnectionString) ? "file" : ids.NewId();

    public TimeSpan Length { get; } = TimeSpan.FromSeconds(options.Value.LeaseSeconds);

    /// <summary>Takes a job and counts that it is begun.</summary>
    /// <returns>Null where it has ended, is gone, or another server has it.</returns>
    public async ValueTask<JobRow?> TakeAsync(string id, CancellationToken cancellationToken)
    {
        await ChangeAsync(new JobChange.Taken(id, Holder, Length), cancellationToken);
        // It may be ours from here on: nobody gives up before that is known.
        return await rows.FindJobAsync(id, CancellationToken.None) is { State: JobState.Waiting } row && row.Holder == Holder ? row : null;
    }

    /// <summary>Holds a job while it is run; ends its run where that is no longer possible.</summary>
    /// <param name="ended">The run has ended.</param>
    public async Task KeepAsync(JobTicket ticket, CancellationToken ended)
    {
        long held = time.GetTimestamp();
        while (true)
        {
            try
            {
                await Task.Delay(Length / 3, time, ended);
                long now = time.GetTimestamp();
                await HoldAsync(ticket.Id, TimeSpan.Zero, ended);
                if ((await rows.FindJobAsync(ticket.Id, ended))?.Holder != Holder)
                    break;
                held = now;
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException)
            {
                if (time.GetElapsedTime(held) >= Length)
                    break;
            }
        }
        ticket.Cancel();
    }

    /// <summary>Keeps a job that is to be tried again after a pause.</summary>
    public ValueTask HoldAsync(string id, TimeSpan pause, CancellationToken cancellationToken) => ChangeAsync(new JobChange.Held(id, Holder, pause + Length), cancellationToken);

    /// <summary>Lets others have a job at once, as if it had not been begun.</summary>
    public ValueTask GiveBackAsync(string id, CancellationToken cancellationToken) => ChangeAsync(new JobChange.GivenBack(id, Holder), cancellationToken);

    private async ValueTask ChangeAsync(JobChange change, CancellationToken cancellationToken) => await store.CommitAsync(new StoreTransaction { Job = change }, cancellationToken);
}
