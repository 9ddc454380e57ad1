using System.Globalization;
using System.Text;
using MedAI.Fhir.Access;
using MedAI.Fhir.Store;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedAI.Fhir.Tests.Store;

/// <summary>A data folder of one test, removed with it, and what the tests put into stores.</summary>
internal sealed class StoreFolder : IStoreUnderTest
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Lazy<string> _path = new(() => Directory.CreateTempSubdirectory("medai-store-").FullName);

    public string Path => _path.Value;

    public string Database => System.IO.Path.Combine(Path, "medai.db");

    public StoreOptions Options => new() { DataFolder = Path };

    public SqliteResourceStore Open(Action<StoreOptions>? change = null)
    {
        var options = Options;
        change?.Invoke(options);
        return SqliteResourceStore.Open(options, TimeProvider.System, NullLogger<SqliteResourceStore>.Instance);
    }

    SqlResourceStore IStoreUnderTest.Open(Action<StoreOptions>? change) => Open(change);

    public static ResourceWrite Resource(string type, string id, string members = "", string? patient = null) =>
        new(type, id, Encoding.UTF8.GetBytes(
            $$"""{"resourceType":"{{type}}","id":"{{id}}","meta":{"versionId":"1","lastUpdated":"2026-03-01T12:00:00.000Z"}{{(members.Length > 0 ? "," + members : "")}}}"""), Noon, patient);

    /// <summary>What the server writes for one prediction.</summary>
    public static StoreTransaction Prediction(string id, string key, string? auditId = null) => new()
    {
        Resources = [Resource("RiskAssessment", id, "\"status\":\"final\"", "p1"), Resource("Provenance", "prov-" + id, patient: "p1")],
        Outcome = new OutcomeWrite
        {
            OutcomeId = "outcome-" + id,
            Kind = "prediction",
            Patient = Patient,
            ModelId = "icu-mortality",
            ModelVersion = "1.0.0",
            ModelHash = "abc",
            AsOf = Noon,
            IdempotencyKey = key,
            ResultId = id,
            Detail = Encoding.UTF8.GetBytes("{\"detail\":\"" + id + "\"}"),
        },
        Audit = Audit(auditId ?? "audit-" + id, id),
    };

    public static readonly PatientKey Patient = new("default", "https://ehr.example/fhir", "p1");

    public static AuditRow Audit(string id, string? resultId) => new()
    {
        Id = id,
        RequestId = "request-" + id,
        Started = Noon,
        Ended = Noon.AddMilliseconds(12),
        Trigger = "cds-hooks:patient-view",
        Service = "icu-mortality",
        HookInstance = "hook-1",
        Client = "client-1",
        User = "Practitioner/7",
        Patient = Patient,
        ModelId = "icu-mortality",
        ModelVersion = "1.0.0",
        ModelHash = "abc",
        InputHash = "def",
        Outcome = "prediction",
        Reasons = "",
        ResultId = resultId,
        Threshold = "high@1.0.0",
        Cards = "card-1",
        Status = 200,
    };

    public static string Text(StoredResource? resource) => Encoding.UTF8.GetString(resource!.Json.Span);

    /// <summary>Asks the file over a connection that the store knows nothing of.</summary>
    public string? Ask(string sql) => Ask(Path, sql);

    /// <summary>The same of a server's data folder.</summary>
    public static string? Ask(string dataFolder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(dataFolder, "medai.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>Holds the write lock as another process would, until disposed.</summary>
    public IDisposable Lock()
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    public void Dispose()
    {
        // Not made where it was not asked for: the process that is killed could not remove it.
        if (_path.IsValueCreated)
            Directory.Delete(Path, recursive: true);
    }
}
