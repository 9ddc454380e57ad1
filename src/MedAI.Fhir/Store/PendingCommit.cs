using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store;

/// <summary>A caller's transaction on its way to the writer, and the promise that the caller waits on.</summary>
/// <param name="transaction">Null for the health check's row.</param>
/// <remarks>Whoever fulfils it runs what the caller does next, so the writer thread never does that itself.</remarks>
internal sealed class PendingCommit(StoreTransaction? transaction, CancellationToken cancellationToken) : TaskCompletionSource<StoreReceipt>
{
    public StoreTransaction? Transaction => transaction;

    /// <summary>What each resource of the transaction is found by: read here, on the caller's thread, because the writer's is the one that all wait for.</summary>
    public IReadOnlyList<SearchValues> Found { get; } = transaction is not { Resources.Count: > 0 } ? [] : [.. transaction.Resources.Select(r => SearchValueReader.Read(r.Type, r.Id, r.Json))];

    /// <summary>Written inside the open SQLite transaction; the caller learns of it after COMMIT.</summary>
    public StoreReceipt? Receipt { get; set; }

    /// <summary>True when the caller gave up before the writer took the transaction up; it is then not written.</summary>
    public bool GaveUp()
    {
        if (!cancellationToken.IsCancellationRequested)
            return false;
        Elsewhere(static pending => pending.TrySetCanceled(pending.Token));
        return true;
    }

    /// <summary>Tells the caller that nothing was written.</summary>
    public void Fail(Exception error) => Elsewhere(pending => pending.TrySetException(error));

    private CancellationToken Token => cancellationToken;

    private void Elsewhere(Action<PendingCommit> tell) => ThreadPool.UnsafeQueueUserWorkItem(tell, this, preferLocal: false);
}
