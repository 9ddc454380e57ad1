using System.Data.Common;
using Npgsql;

namespace MedAI.Fhir.Store.Postgres;

/// <summary>One database of a PostgreSQL server.</summary>
internal sealed class PostgresDatabase : IStoreDatabase
{
    private readonly string _connectionString;
    private readonly StoreOptions _options;

    public PostgresDatabase(StoreOptions options)
    {
        _options = options;
        var given = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        Place = $"{given.Host}/{given.Database}";
        // Owners of sessions pool them. Statements are prepared by the driver when they come again.
        given.Pooling = false;
        given.MaxAutoPrepare = 200;
        given.AutoPrepareMinUsages = 2;
        given.ApplicationName ??= "MedAI";
        given.Multiplexing = false;
        // A clinician waits: no attempt may take longer than a hook.
        var said = new DbConnectionStringBuilder { ConnectionString = options.ConnectionString };
        if (!said.ContainsKey("Timeout"))
            given.Timeout = 5;
        if (!said.ContainsKey("Command Timeout"))
            given.CommandTimeout = 15;
        _connectionString = given.ConnectionString;
    }

    /// <summary>Host and database, for the operator's log; nothing of the credentials.</summary>
    public string Place { get; }

    public StoreSession OpenWriter() => PostgresSession.Open(_connectionString, _options, writes: true);

    public StoreSession OpenReader() => PostgresSession.Open(_connectionString, _options, writes: false);

    public bool IsRace(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected };

    public Exception? Translate(Exception error) => PostgresErrors.Translate(error, Place);
}
