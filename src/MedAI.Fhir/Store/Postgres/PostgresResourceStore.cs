using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Store.Postgres;

/// <summary>A store in a database of a PostgreSQL server; several servers may share it.</summary>
public sealed class PostgresResourceStore : SqlResourceStore
{
    private PostgresResourceStore(PostgresDatabase database, StoreOptions options, RequestLoad? load, TimeProvider time, ILogger logger)
        : base(database, options, load, time, logger)
    {
    }

    /// <summary>Opens the store, making or upgrading its schema.</summary>
    /// <param name="load">How many requests are being answered, each of which will write; null where nobody counts them.</param>
    /// <exception cref="StoreUnavailableException">The server cannot be reached, or the database is another program's or of a newer version. The message names it; nothing was changed.</exception>
    public static PostgresResourceStore Open(StoreOptions options, TimeProvider time, ILogger<PostgresResourceStore> logger, RequestLoad? load = null)
    {
        var database = new PostgresDatabase(options);
        var (found, reached, indexed) = PostgresSchema.Prepare(database);
        if (found != reached)
            StoreLog.Migrated(logger, database.Place, found, reached);
        if (indexed is > 0 and { } count)
            StoreLog.Indexed(logger, count);
        KeepThreads(options.ReadConnections);
        var store = new PostgresResourceStore(database, options, load, time, logger);
        StoreLog.Opened(logger, database.Place, reached);
        return store;
    }

    /// <summary>A read holds a thread of the pool for the way to the server and back, and the search for more threads is off (Directory.Build.props).</summary>
    private static void KeepThreads(int reads)
    {
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + reads), ports);
    }
}
