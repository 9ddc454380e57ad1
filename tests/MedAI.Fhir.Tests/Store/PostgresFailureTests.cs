using System.Net;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

/// <summary>A server of its own that these tests kill and start again.</summary>
public sealed class MortalPostgres : IDisposable
{
    public PostgresServer Server { get; } = new();

    public void Dispose() => Server.Dispose();
}

public sealed class PostgresFailureTests(MortalPostgres postgres) : IClassFixture<MortalPostgres>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact, Trait("promise", "M-487")]
    public async Task Store_whose_server_is_away_refuses_loses_nothing_and_works_again_when_it_is_back()
    {
        var database = new PostgresOfTest(postgres.Server);
        await using var store = database.Open();
        await store.CommitAsync(Prediction("r1", "k1"), None);
        Assert.NotNull(await store.FindResultAsync("k1", None));
        Assert.True(await store.IsHealthyAsync(None));

        postgres.Server.Kill();
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(StoreUnavailableReason.Away, (await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.CommitAsync(Prediction("r2", "k2"), None))).Reason);
            Assert.Equal(StoreUnavailableReason.Away, (await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.FindResultAsync("k1", None))).Reason);
        }
        await Task.Delay(1_100, None);
        Assert.False(await store.IsHealthyAsync(None));

        postgres.Server.Start();
        Assert.Equal("r1", (await store.FindResultAsync("k1", None))!.ResultId);
        Assert.Null(await store.FindResultAsync("k2", None));
        Assert.Null((await store.CommitAsync(Prediction("r2", "k2"), None)).ExistingResult);
        Assert.Equal("r2", (await store.FindResultAsync("k2", None))!.ResultId);
        await Task.Delay(1_100, None);
        Assert.True(await store.IsHealthyAsync(None));
    }

    [Fact, Trait("promise", "M-487")]
    public async Task Connections_that_died_unnoticed_cost_nobody_an_answer()
    {
        var database = new PostgresOfTest(postgres.Server);
        await using var store = database.Open();
        await store.CommitAsync(Prediction("r1", "k1"), None);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () => await store.FindResultAsync("k1", None))));
        postgres.Server.Kill();
        postgres.Server.Start();

        Assert.Equal("r1", (await store.FindResultAsync("k1", None))!.ResultId);
        Assert.Null((await store.CommitAsync(Prediction("r2", "k2"), None)).ExistingResult);
        Assert.Equal("2", database.Ask("SELECT count(*) FROM outcome"));
    }

    [Fact, Trait("promise", "M-487")]
    public async Task Clients_are_told_503_while_the_database_is_away()
    {
        var database = new PostgresOfTest(postgres.Server);
        await using var server = await MedAIServer.StartAsync("--Store:ConnectionString", database.ConnectionString);
        (await server.GetAsync("/fhir/RiskAssessment")).AssertOk();
        Assert.False(File.Exists(Path.Combine(server.DataFolder, "medai.db")));
        postgres.Server.Kill();
        (await server.GetAsync("/fhir/RiskAssessment")).AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable");
        (await server.AssessAsync(Call.Parameters("demo-recovering", asOf: "2026-03-02T08:00:00Z"))).AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable");
        postgres.Server.Start();
        Assert.Empty((await server.GetAsync("/fhir/RiskAssessment")).AssertOk().Json.TryGetProperty("entry", out var entries) ? entries.EnumerateArray() : []);
        string id = (await server.AssessAsync(Call.Parameters("demo-recovering", asOf: "2026-03-02T08:00:00Z"))).AssertOk().Id;
        Assert.Equal(id, (await server.GetAsync($"/fhir/RiskAssessment?_id={id}")).AssertOk().Json.GetProperty("entry")[0].GetProperty("resource").GetProperty("id").GetString());
    }

    [Fact, Trait("promise", "M-488")]
    public async Task Servers_that_share_a_database_store_one_result_for_one_key()
    {
        var database = new PostgresOfTest(postgres.Server);
        await using var one = database.Open();
        await using var other = database.Open();
        var receipts = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () => await (i % 2 == 0 ? one : other).CommitAsync(Prediction($"r{i}", $"same-{i / 8}"), None))));

        Assert.Equal(5, receipts.Count(r => r.ExistingResult is null));
        Assert.Equal("5", database.Ask("SELECT count(*) FROM outcome"));
        Assert.Equal("10", database.Ask("SELECT count(*) FROM resource"));
        Assert.Equal("40", database.Ask("SELECT count(*) FROM audit"));
    }

    [Fact, Trait("promise", "M-489")]
    public void Foreign_newer_and_unreachable_databases_are_refused_and_left_alone()
    {
        var foreign = new PostgresOfTest(postgres.Server);
        foreign.Ask("CREATE TABLE recipe (name TEXT)");
        Assert.Equal(StoreUnavailableReason.Corrupt, Assert.Throws<StoreUnavailableException>(() => foreign.Open()).Reason);
        Assert.Equal("1", foreign.Ask("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"));
        var newer = new PostgresOfTest(postgres.Server);
        newer.Open().Dispose();
        newer.Ask("UPDATE medai_schema SET version = 99");
        Assert.Contains("schema 99", Assert.Throws<StoreUnavailableException>(() => newer.Open()).Message, StringComparison.Ordinal);
        var options = new StoreOptions { ConnectionString = "Host=127.0.0.1;Port=1;Database=none;Username=u;Password=secret" };
        var away = Assert.Throws<StoreUnavailableException>(() => PostgresResourceStore.Open(options, TimeProvider.System, NullLogger<PostgresResourceStore>.Instance));
        Assert.Equal(StoreUnavailableReason.Away, away.Reason);
        Assert.DoesNotContain("secret", away.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-489")]
    public void Schemas_of_both_databases_have_the_same_numbers_tables_and_columns()
    {
        Assert.Equal(Migration.OfSqlite.Select(m => m.Version), Migration.OfPostgres.Select(m => m.Version));
        var postgresOfTest = new PostgresOfTest(postgres.Server);
        using var folder = new StoreFolder();
        postgresOfTest.Open().Dispose();
        folder.Open().Dispose();
        string sqlite = folder.Ask("SELECT group_concat(m.name || '.' || c.name, ' ' ORDER BY m.name, c.name) FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'")!;
        string server = postgresOfTest.Ask("SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\") FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'medai_schema'")!;
        Assert.Equal(sqlite, server);
    }

    [Theory, Trait("promise", "M-489")]
    [InlineData("Host=x")]
    [InlineData("Database=x")]
    [InlineData("Nonsense=1;Password=secret")]
    [InlineData("secret")]
    public async Task Connection_string_that_names_no_database_stops_the_start(string text)
    {
        var stopped = await Assert.ThrowsAnyAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => MedAIServer.StartAsync("--Store:ConnectionString", text));
        Assert.DoesNotContain("secret", stopped.Message, StringComparison.Ordinal);
    }
}
