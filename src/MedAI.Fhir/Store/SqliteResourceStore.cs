using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Store;

/// <summary>The embedded store: one SQLite file.</summary>
public sealed class SqliteResourceStore : SqlResourceStore
{
    private SqliteResourceStore(string path, StoreOptions options, RequestLoad? load, TimeProvider time, ILogger logger)
        : base(new SqliteDatabase(path, options), options, load, time, logger) => Path = path;

    /// <summary>Full path of the database file.</summary>
    public string Path { get; }

    /// <summary>Opens the store, making or upgrading its file.</summary>
    /// <param name="load">How many requests are being answered, each of which will write; null where nobody counts them.</param>
    /// <exception cref="StoreUnavailableException">The file is damaged, another program's, of a newer version, locked or not writable. The message names it; nothing was changed.</exception>
    public static SqliteResourceStore Open(StoreOptions options, TimeProvider time, ILogger<SqliteResourceStore> logger, RequestLoad? load = null)
    {
        var (path, found, reached, indexed) = StoreFile.Prepare(options);
        if (found != reached)
            StoreLog.Migrated(logger, path, found, reached);
        if (indexed is > 0 and { } count)
            StoreLog.Indexed(logger, count);
        var store = new SqliteResourceStore(path, options, load, time, logger);
        StoreLog.Opened(logger, path, reached);
        return store;
    }
}
