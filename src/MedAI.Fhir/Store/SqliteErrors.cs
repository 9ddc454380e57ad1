using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MedAI.Fhir.Store;

/// <summary>Tells what SQLite's result codes mean for the server: out of service, or a broken rule of ours.</summary>
internal static class SqliteErrors
{
    /// <summary>Null when the error is not about the disk, the file or a lock: then the transaction itself is wrong, which is a bug.</summary>
    public static StoreUnavailableReason? Unavailable(SqliteException error) => error.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => StoreUnavailableReason.Full,
        raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_CANTOPEN or raw.SQLITE_AUTH => StoreUnavailableReason.Unwritable,
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL => StoreUnavailableReason.Locked,
        raw.SQLITE_IOERR or raw.SQLITE_NOMEM => StoreUnavailableReason.Faulty,
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => StoreUnavailableReason.Corrupt,
        _ => null,
    };

    public static Exception Translate(SqliteException error, string path) => Unavailable(error) is { } reason
        ? new StoreUnavailableException(reason, $"The store {path} does not answer: {reason} (SQLite {error.SqliteExtendedErrorCode}).", error)
        : new InvalidOperationException($"A transaction breaks a rule of the store (SQLite {error.SqliteExtendedErrorCode}).", error);
}
