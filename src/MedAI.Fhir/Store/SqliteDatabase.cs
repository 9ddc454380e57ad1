using Microsoft.Data.Sqlite;

namespace MedAI.Fhir.Store;

/// <summary>One SQLite file, prepared before.</summary>
internal sealed class SqliteDatabase(string path, StoreOptions options) : IStoreDatabase
{
    private readonly WalCheckpoints _checkpoints = new(path, options);

    public StoreSession OpenWriter() => SqliteSession.OpenWriter(path, options, _checkpoints);

    public StoreSession OpenReader() => SqliteSession.OpenReader(path, options);

    // The one writer holds the lock of the whole file.
    public bool IsRace(Exception error) => false;

    public Exception? Translate(Exception error) => error is SqliteException sqlite ? SqliteErrors.Translate(sqlite, path) : null;
}
