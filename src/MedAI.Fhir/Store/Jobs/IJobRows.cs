namespace MedAI.Fhir.Store.Jobs;

/// <summary>Questions about jobs; they are changed by <see cref="StoreTransaction.Job"/>.</summary>
/// <remarks>Thread safe. Throws <see cref="StoreUnavailableException"/> like <see cref="IResourceStore"/>.</remarks>
public interface IJobRows
{
    /// <summary>Null when there is none.</summary>
    ValueTask<JobRow?> FindJobAsync(string id, CancellationToken cancellationToken);

    /// <summary>What is to be run; null when the job has ended or is gone.</summary>
    ValueTask<JobRequest?> ReadJobRequestAsync(string id, CancellationToken cancellationToken);

    /// <summary>The result; null while there is none.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadJobResultAsync(string id, CancellationToken cancellationToken);

    /// <summary>Jobs without a result that a server may take: its own, those that nobody has, and those whose time at another one is over. Longest waiting first.</summary>
    ValueTask<IReadOnlyList<JobRow>> ListFreeJobsAsync(string holder, CancellationToken cancellationToken);

    /// <summary>Lines of each file that a job over many patients has written.</summary>
    ValueTask<IReadOnlyDictionary<string, int>> CountJobLinesAsync(string id, CancellationToken cancellationToken);

    /// <summary>The first piece of a file after a place; null after the last.</summary>
    ValueTask<StoredPart?> ReadJobPartAsync(string id, string file, int after, CancellationToken cancellationToken);

    /// <summary>Whether there is a result whose time is over.</summary>
    ValueTask<bool> HasExpiredJobsAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Results that are kept.</summary>
    ValueTask<int> CountEndedJobsAsync(CancellationToken cancellationToken);
}
