using System.Globalization;
using System.Text;
using System.Text.Json;
using MedAI.Fhir.Store;
using MedAI.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Store.Search;

/// <summary>A server whose store holds results of a few patients of two EHRs.</summary>
public class SearchedServer : IAsyncLifetime
{
    public const string Ehr = "https://ehr.example.org/fhir";

    public MedAIServer Server { get; private set; } = null!;

    public IResourceStore Store => Server.App.Services.GetRequiredService<IResourceStore>();

    public async ValueTask InitializeAsync()
    {
        Server = await MedAIServer.StartAsync(null, Arguments(), builder => builder.Services.AddSingleton<TimeProvider>(new StandingClock(Call.SampleTime)));
        await AddAsync(Risk("r1", "p1", "2026-03-01T08:00:00Z", 0.91m, "high"), Provenance("prov-r1", "r1"));
        await AddAsync(Risk("r2", "p1", "2026-03-02", 12.5m, "low"), Provenance("prov-r2", "r2"));
        await AddAsync(Risk("r3", "p2", "2026-02-28T23:59:59.500Z", 50m, "moderate"), Provenance("prov-r3", "r3"));
        await AddAsync(Risk("r4", "p2", "2026", 51m, "moderate", """ ,"identifier":[{"system":"urn:a,b","value":"x|y"}]"""));
        await AddAsync(Resource("Device", "d9", """ "status":"inactive","deviceName":[{"name":"Économètre Größe","type":"user-friendly-name"}],"manufacturer":"100 % sure_thing" """));
        // Reports of a study of ours, of one of the EHR, and of both; the last says which version it read.
        await AddAsync(Report("read-1", "ImagingStudy/s1"), Report("read-2", Ehr + "/ImagingStudy/s1"), Report("read-3", "ImagingStudy/s2", Ehr + "/ImagingStudy/s1/_history/2"), Report("read-4"));
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Server is null ? ValueTask.CompletedTask : Server.DisposeAsync();
    }

    /// <summary>Where the store is.</summary>
    protected virtual string[] Arguments() => [];

    /// <summary>Runs SQL over a connection that the store knows nothing of.</summary>
    public virtual void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Server.DataFolder, "medai.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public async Task AddAsync(params ResourceWrite[] resources) => await Store.CommitAsync(new StoreTransaction { Resources = resources, Tenant = "default" }, default);

    public ResourceWrite Risk(string id, string patient, string when, decimal percent, string band, string more = "") => Resource("RiskAssessment", id, string.Create(CultureInfo.InvariantCulture,
        $$$"""
        "status":"final","subject":{"reference":"{{{Ehr}}}/Patient/{{{patient}}}"},"encounter":{"reference":"{{{Ehr}}}/Encounter/e-{{{patient}}}/_history/3"},
        "occurrenceDateTime":"{{{when}}}","method":{"coding":[{"system":"urn:medai:method","code":"icu"}]},"performer":{"reference":"{{{Server.FhirBase}}}/Device/d9"},
        "prediction":[{"probabilityDecimal":{{{percent}}},"qualitativeRisk":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/risk-probability","code":"{{{band}}}"}]}}]{{{more}}}
        """));

    public ResourceWrite Provenance(string id, string target) => Resource("Provenance", id,
        $$$"""
        "target":[{"reference":"{{{Server.FhirBase}}}/RiskAssessment/{{{target}}}/_history/1"}],"recorded":"2026-03-02T08:00:00Z",
        "agent":[{"type":{"coding":[{"code":"author"}]},"who":{"reference":"{{{Server.FhirBase}}}/Device/d9"}}]
        """);

    public static ResourceWrite Report(string id, params string[] studies) => Resource("DiagnosticReport", id,
        $$"""
        "status":"partial","code":{"text":"x"}{{(studies.Length == 0 ? "" : ",\"imagingStudy\":[" + string.Join(',', studies.Select(s => "{\"reference\":\"" + s + "\"}")) + "]")}}
        """);

    public static ResourceWrite Resource(string type, string id, string members) => new(type, id, Encoding.UTF8.GetBytes(
        $$"""{"resourceType":"{{type}}","id":"{{id}}","meta":{"versionId":"1","lastUpdated":"2026-03-02T08:00:00.000Z","profile":["{{CollectedResources.MadeUp}}"],"security":[{"system":"s","code":"AIAST"}]},{{members}}}"""), Call.SampleTime, null);

    /// <summary>Ids of the matches, and of what was brought along, in their order.</summary>
    public static string[] Ids(JsonElement bundle, string mode = "match") => bundle.TryGetProperty("entry", out var entries)
        ? [.. entries.EnumerateArray().Where(e => e.GetProperty("search").GetProperty("mode").GetString() == mode).Select(e => e.GetProperty("resource").TryGetProperty("id", out var id) ? id.GetString()! : "")]
        : [];

    public async Task<string[]> FindAsync(string query) => Ids((await Server.GetAsync("/fhir/" + query)).AssertOk().Json);

    public static string? Link(JsonElement bundle, string relation) =>
        bundle.GetProperty("link").EnumerateArray().Where(l => l.GetProperty("relation").GetString() == relation).Select(l => l.GetProperty("url").GetString()).SingleOrDefault();
}

/// <summary>The same on PostgreSQL.</summary>
public sealed class PostgresSearchedServer : SearchedServer
{
    private PostgresOfTest? _database;

    protected override string[] Arguments() => ["--Store:ConnectionString", (_database = new PostgresOfTest()).ConnectionString];

    public override void Run(string sql) => _database!.Ask(sql);
}
