using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>The files that a job over many patients writes piece by piece, and how far it has come.</summary>
/// <remarks>A piece and the position after it are one row change in one transaction: what a kill leaves is whole, and the next run goes on behind it.</remarks>
public sealed class JobFiles(string job, int position, IJobRows rows, IResourceStore store)
{
    /// <summary>How much of the work is done and on disk.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Writes what the work up to a position has given.</summary>
    /// <param name="to">Beyond <see cref="Position"/>.</param>
    public async ValueTask AdvanceAsync(int to, IReadOnlyList<JobPart> parts, CancellationToken cancellationToken)
    {
        await store.CommitAsync(new StoreTransaction { Job = new JobChange.Advanced(job, Position, to, parts) }, cancellationToken);
        Position = to;
    }

    /// <summary>Lines of each file.</summary>
    public ValueTask<IReadOnlyDictionary<string, int>> CountLinesAsync(CancellationToken cancellationToken) => rows.CountJobLinesAsync(job, cancellationToken);
}
