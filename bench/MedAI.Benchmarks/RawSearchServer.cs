using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedAI.Benchmarks;

/// <summary>The least that any search does: bare Kestrel that runs the SQL over the same file and writes the bytes of the rows.</summary>
internal sealed class RawSearchServer : IAsyncDisposable
{
    private const string Sql = "SELECT r.json FROM search_reference v JOIN search_entry e ON e.entry = v.entry JOIN resource r ON r.type = e.type AND r.id = e.id AND r.version = e.version "
        + "WHERE v.parameter = 'RiskAssessment.subject' AND v.target = $patient ORDER BY e.entry DESC LIMIT 1000";

    private readonly WebApplication _app;
    private readonly SqliteConnection _connection;

    private RawSearchServer(WebApplication app, SqliteConnection connection)
    {
        (_app, _connection) = (app, connection);
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    public int Port { get; }

    /// <param name="database">The store's file.</param>
    /// <param name="patient">Reference of the patient that is searched for.</param>
    public static async Task<RawSearchServer> StartAsync(string database, string patient)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        var command = connection.CreateCommand();
        command.CommandText = Sql;
        command.Parameters.AddWithValue("$patient", patient);
        command.Prepare();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            using var rows = command.ExecuteReader();
            while (rows.Read())
                await context.Response.BodyWriter.WriteAsync(rows.GetFieldValue<byte[]>(0), context.RequestAborted);
        });
        await app.StartAsync();
        return new RawSearchServer(app, connection);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _connection.Dispose();
    }
}
