using System.Data;
using System.Globalization;
using Npgsql;

namespace MedAI.Fhir.Store.Postgres;

/// <summary>One open connection to a PostgreSQL server.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class PostgresSession : StoreSession
{
    /// <summary>Statements that wait for the next way to the server; more are sent on, to bound memory.</summary>
    private const int MostWaiting = 500;

    /// <summary>Number of the lock under which conditions are looked at; it means nothing but itself.</summary>
    private const long ConditionLock = 0x4D656441_49000001;

    private readonly NpgsqlConnection _connection;
    private NpgsqlBatch? _waiting;
    private bool _inTransaction;

    private PostgresSession(NpgsqlConnection connection) => _connection = connection;

    public override bool InTransaction => _inTransaction && _connection.FullState.HasFlag(ConnectionState.Open) && !_connection.FullState.HasFlag(ConnectionState.Broken);

    public override string BeginWriting => "BEGIN";

    public override string BeginReading => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    public override string Clock => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";

    public static PostgresSession Open(string connectionString, StoreOptions options, bool writes)
    {
        var session = new PostgresSession(new NpgsqlConnection(connectionString));
        try
        {
            session._connection.Open();
            session.Run(string.Create(CultureInfo.InvariantCulture, $"SET lock_timeout = {options.BusyTimeoutMilliseconds}"));
            // An answer that was given survives the loss of the server's power, whatever the server's default is.
            session.Run(writes ? "SET synchronous_commit = on" : "SET default_transaction_read_only = on");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public override StoreStatement Prepare(string sql) => new PostgresStatement(this, sql);

    public override StoreStatement PrepareInsert(string sql, string key) => new PostgresStatement(this, $"{sql} RETURNING {key}");

    /// <inheritdoc/>
    /// <remarks>Undoing drops what waits: it would be undone anyway.</remarks>
    public override void Run(string sql)
    {
        if (sql.StartsWith("ROLLBACK", StringComparison.Ordinal))
            Drop();
        Flush();
        using (var command = new NpgsqlCommand(sql, _connection))
            command.ExecuteNonQuery();
        Follow(sql);
    }

    public override void HoldOthers() => Run(string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({ConditionLock})"));

    public override void Flush()
    {
        if (_waiting is not { } waiting)
            return;
        _waiting = null;
        using (waiting)
            waiting.ExecuteNonQuery();
        foreach (var command in waiting.BatchCommands)
            Follow(command.CommandText);
    }

    /// <summary>Asks at once, after all that waits.</summary>
    public NpgsqlDataReader Ask(string sql, List<NpgsqlParameter> parameters)
    {
        Flush();
        using var command = new NpgsqlCommand(sql, _connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command.ExecuteReader();
    }

    /// <summary>Runs at once, after all that waits.</summary>
    /// <returns>How many rows were changed or removed.</returns>
    public int Now(string sql, List<NpgsqlParameter> parameters)
    {
        Flush();
        using var command = new NpgsqlCommand(sql, _connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs it with the next question, flush or commit.</summary>
    public void Later(string sql, List<NpgsqlParameter> parameters)
    {
        _waiting ??= new NpgsqlBatch(_connection);
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        _waiting.BatchCommands.Add(command);
        // Open from here on as far as the caller can tell: what goes wrong, it undoes.
        if (sql.StartsWith("BEGIN", StringComparison.Ordinal))
            _inTransaction = true;
        if (_waiting.BatchCommands.Count >= MostWaiting)
            Flush();
    }

    public override void Dispose()
    {
        Drop();
        _connection.Dispose();
    }

    private void Drop()
    {
        _waiting?.Dispose();
        _waiting = null;
    }

    private void Follow(string sql)
    {
        if (sql.StartsWith("BEGIN", StringComparison.Ordinal))
            _inTransaction = true;
        else if (sql == "COMMIT" || sql == "ROLLBACK")
            _inTransaction = false;
    }
}
