namespace MedAI.Fhir.Store;

/// <summary>A caller's transaction on its way to the writer, and the promise that the caller waits on.</summary>
/// <param name="transaction">Null for the health check's row.</param>
internal sealed class PendingCommit(StoreTransaction? transaction, CancellationToken cancellationToken)
    // The writer thread must not run what a caller does next.
    : TaskCompletionSource<StoreReceipt>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public StoreTransaction? Transaction => transaction;

    /// <summary>Written inside the open SQLite transaction; the caller learns of it after COMMIT.</summary>
    public StoreReceipt? Receipt { get; set; }

    /// <summary>True when the caller gave up before the writer took the transaction up; it is then not written.</summary>
    public bool GaveUp() => cancellationToken.IsCancellationRequested && TrySetCanceled(cancellationToken);
}
