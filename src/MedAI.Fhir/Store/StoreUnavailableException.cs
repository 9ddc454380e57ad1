namespace MedAI.Fhir.Store;

/// <summary>The store cannot keep or give what was asked; the caller answers 503, never a result without its durable record.</summary>
/// <remarks>The message may name the store's file and is for the operator's log only.</remarks>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(StoreUnavailableReason reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    public StoreUnavailableReason Reason { get; }
}

/// <summary>Why a store does not answer; closed.</summary>
public enum StoreUnavailableReason
{
    /// <summary>No space: the disk, or <see cref="StoreOptions.MaxSizeMiB"/>.</summary>
    Full,
    /// <summary>The file or folder may not be written or opened.</summary>
    Unwritable,
    /// <summary>Another process holds the lock for longer than <see cref="StoreOptions.BusyTimeoutMilliseconds"/>.</summary>
    Locked,
    /// <summary>The disk reported an error.</summary>
    Faulty,
    /// <summary>The file is damaged, or is not a store of this or an earlier version.</summary>
    Corrupt,
    /// <summary>The database server cannot be reached, or ended the connection.</summary>
    Away,
    /// <summary>The server is shutting down.</summary>
    Closed,
}
