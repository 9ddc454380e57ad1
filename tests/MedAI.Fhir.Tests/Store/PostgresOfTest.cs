using System.Globalization;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace MedAI.Fhir.Tests.Store;

/// <summary>A PostgreSQL database of one test.</summary>
internal sealed class PostgresOfTest : IStoreUnderTest
{
    public PostgresOfTest(PostgresServer? server = null) => ConnectionString = (server ?? PostgresServer.Shared).NewDatabase();

    public string ConnectionString { get; }

    public SqlResourceStore Open(Action<StoreOptions>? change = null)
    {
        var options = new StoreOptions { ConnectionString = ConnectionString };
        change?.Invoke(options);
        return PostgresResourceStore.Open(options, TimeProvider.System, NullLogger<PostgresResourceStore>.Instance);
    }

    public string? Ask(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    public IDisposable Lock()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand("BEGIN; LOCK TABLE resource, audit IN EXCLUSIVE MODE", connection);
        command.ExecuteNonQuery();
        return connection;
    }

    public void Dispose()
    {
        // The database goes with its server.
    }
}
