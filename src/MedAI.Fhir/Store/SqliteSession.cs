using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MedAI.Fhir.Store;

/// <summary>One open connection to the store's file with its settings.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class SqliteSession : StoreSession
{
    /// <summary>Bytes of a page; SQLite's default, stated because <see cref="StoreOptions.MaxSizeMiB"/> is counted in pages.</summary>
    private const int PageSize = 4096;

    private readonly SqliteConnection _connection;
    private WalCheckpoints? _checkpoints;

    private SqliteSession(string path, SqliteOpenMode mode)
    {
        // Pooling stays off: this class's owners pool, and a pooled handle would outlive the store.
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        _connection.Open();
    }

    public sqlite3 Handle => _connection.Handle!;

    public override bool InTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    // IMMEDIATE takes the write lock here, where waiting for it is allowed, and not at the first row.
    public override string BeginWriting => "BEGIN IMMEDIATE";

    public override string BeginReading => "BEGIN";

    public override string Clock => "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

    /// <summary>Opens the file for writing; it must exist, so that a vanished file is an error and not an empty store.</summary>
    /// <param name="checkpoints">Who moves the log's pages into the file; null where a COMMIT may wait for that.</param>
    public static SqliteSession OpenWriter(string path, StoreOptions options, WalCheckpoints? checkpoints = null) => Open(path, SqliteOpenMode.ReadWrite, options, session =>
    {
        session._checkpoints = checkpoints;
        session.Run("PRAGMA journal_mode = WAL");
        // FULL: COMMIT returns after the log is on the disk, so an answer that was given survives a power cut.
        session.Run("PRAGMA synchronous = FULL");
        session.Run("PRAGMA foreign_keys = ON");
        session.Run($"PRAGMA max_page_count = {options.MaxSizeMiB * (1024L * 1024 / PageSize)}");
        // What is removed (the body of a job that has ended) is overwritten, not only given free.
        session.Run("PRAGMA secure_delete = ON");
        // The log shrinks to this after a checkpoint; without it one large import keeps its size for ever.
        session.Run("PRAGMA journal_size_limit = 67108864");
        session.Run($"PRAGMA wal_autocheckpoint = {(checkpoints is null ? WalCheckpoints.Pages : 0)}");
        // 32 MiB: the ends of the indexes stay in memory.
        session.Run("PRAGMA cache_size = -32768");
    });

    public static SqliteSession OpenReader(string path, StoreOptions options) =>
        Open(path, SqliteOpenMode.ReadOnly, options, session => session.Run("PRAGMA query_only = ON"));

    /// <summary>A connection that moves the log's pages into the file and does nothing else.</summary>
    public static SqliteSession OpenForCheckpoints(string path, StoreOptions options) => Open(path, SqliteOpenMode.ReadWrite, options, session => session.Run("PRAGMA synchronous = FULL"));

    public override void Run(string sql) => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(Handle, sql), Handle);

    public override StoreStatement Prepare(string sql) => new SqliteStatement(Handle, sql);

    // SQLite knows the last key anyway; rows that an insertion returns are gathered in a table first.
    public override StoreStatement PrepareInsert(string sql, string key) => Prepare(sql);

    public override void HoldOthers()
    {
        // BEGIN IMMEDIATE did.
    }

    public override void Flush()
    {
        // Everything runs at once.
    }

    public override void Committed() => _checkpoints?.Committed(Handle);

    public override void Dispose()
    {
        _checkpoints?.End();
        _connection.Dispose();
    }

    private static SqliteSession Open(string path, SqliteOpenMode mode, StoreOptions options, Action<SqliteSession> configure)
    {
        var session = new SqliteSession(path, mode);
        try
        {
            _ = raw.sqlite3_busy_timeout(session.Handle, options.BusyTimeoutMilliseconds);
            configure(session);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
