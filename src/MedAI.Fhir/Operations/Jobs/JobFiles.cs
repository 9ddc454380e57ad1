using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>The files that a job over many patients writes piece by piece, and how far it has come.</summary>
/// <remarks>A piece and the position after it are one row change in one transaction: what a kill leaves is whole, and the next run goes on behind it.</remarks>
public sealed class JobFiles(string job, string holder, int position, IJobRows rows, IResourceStore store)
{
    /// <summary>No address leads to it: those of files hold letters alone.</summary>
    private const string Plan = "_plan";

    /// <summary>How much of the work is done and on disk.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Writes what the work up to a position has given.</summary>
    /// <param name="to">Beyond <see cref="Position"/>.</param>
    public async ValueTask AdvanceAsync(int to, IReadOnlyList<JobPart> parts, CancellationToken cancellationToken)
    {
        await store.CommitAsync(new StoreTransaction { Job = new JobChange.Advanced(job, holder, Position, to, parts) }, cancellationToken);
        Position = to;
    }

    /// <summary>Lines of each file that is for the caller.</summary>
    public async ValueTask<IReadOnlyDictionary<string, int>> CountLinesAsync(CancellationToken cancellationToken) =>
        (await rows.CountJobLinesAsync(job, cancellationToken)).Where(f => f.Key != Plan).ToDictionary(f => f.Key, f => f.Value, StringComparer.Ordinal);

    /// <summary>What the job set out to do; null before it has said so.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadPlanAsync(CancellationToken cancellationToken) => (await rows.ReadJobPartAsync(job, Plan, -1, cancellationToken))?.Bytes;

    /// <summary>Writes down what it sets out to do, so that a run which goes on does not find something else.</summary>
    public async ValueTask WritePlanAsync(ReadOnlyMemory<byte> plan, CancellationToken cancellationToken) =>
        await store.CommitAsync(new StoreTransaction { Job = new JobChange.Advanced(job, holder, Position, Position, [new JobPart(Plan, 0, plan)]) }, cancellationToken);
}
