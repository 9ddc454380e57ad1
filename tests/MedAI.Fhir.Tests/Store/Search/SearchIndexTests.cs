using System.Text;
using MedAI.Fhir.Access;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Search;
using MedAI.Testing;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store.Search;

/// <summary>The index below the endpoints: what is in it, for whom, and how it comes to be in a store that had none.</summary>
public abstract class SearchIndexTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly IStoreUnderTest _folder;

    private protected SearchIndexTests(IStoreUnderTest folder) => _folder = folder;

    /// <summary>Makes the database as the first version of the server made it.</summary>
    private protected abstract void MakeFirstSchema();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static SearchQuery Query(string type, params (string Name, string Value)[] parameters)
    {
        var ask = new SearchAsk(parameters, Lenient: false, "http://localhost/fhir", Noon) { ReadableTypes = [.. ResourceEndpoints.AuthoredTypes] };
        var question = SearchQuestionReader.Read(SearchParameters.Of(type)!, ask);
        Assert.Null(question.Failure(lenient: false));
        return new SearchQuery(question.Definition, AccessScope.Everything)
        {
            Criteria = question.Criteria,
            Order = question.Order,
            Count = question.Count,
            Includes = question.Includes,
            ReverseIncludes = question.ReverseIncludes,
            FhirBase = "http://localhost/fhir",
            ReadableTypes = ask.ReadableTypes,
        };
    }

    /// <summary>Bytes as a literal of this database.</summary>
    private protected abstract string Hex(string text);

    private static ResourceWrite Risk(string id, string subject) => Resource("RiskAssessment", id, "\"subject\":{\"reference\":\"" + subject + "\"}");

    private static ResourceWrite Provenance(string id, string target) => Resource("Provenance", id, "\"target\":[{\"reference\":\"http://localhost/fhir/" + target + "/_history/1\"}]");

    private static async Task<string[]> FindAsync(IResourceStore store, SearchQuery query)
    {
        var page = await store.SearchAsync(query, None);
        Assert.Equal(page.Matches.Count, page.Total);
        return [.. page.Matches.Concat(page.Included).Select(m => m.Id)];
    }

    [Fact, Trait("promise", "M-482")]
    public async Task Caller_finds_what_is_of_its_tenant_and_its_patient_and_of_nobody()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Resources = [Provenance("pa", "RiskAssessment/a"), Risk("a", "http://a/Patient/1")], Tenant = "one" }, None);
        await store.CommitAsync(new StoreTransaction { Resources = [Risk("b", "http://b/Patient/1"), Provenance("pb", "RiskAssessment/b")], Tenant = "two" }, None);
        await store.CommitAsync(new StoreTransaction { Resources = [Risk("g", "http://a/Group/1"), Provenance("pg", "RiskAssessment/g"), Resource("Provenance", "px"), Resource("RiskAssessment", "n")], Tenant = "one" }, None);
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Device", "d")] }, None);
        var one = new AccessScope("one");
        var patient = new AccessScope("one", ["http://a/Patient/1", "Patient/9"]);

        Assert.Equal(["n", "g", "b", "a"], await FindAsync(store, Query("RiskAssessment")));
        Assert.Equal(["n", "g", "a"], await FindAsync(store, Query("RiskAssessment") with { Scope = one }));
        Assert.Equal(["n", "a"], await FindAsync(store, Query("RiskAssessment") with { Scope = patient }));
        // A Provenance is its target's patient's, in whatever order both were written; one of nobody known is nobody's.
        Assert.Equal(["px", "pg", "pa"], await FindAsync(store, Query("Provenance") with { Scope = one }));
        Assert.Equal(["pa"], await FindAsync(store, Query("Provenance") with { Scope = patient }));
        Assert.Equal(["d"], await FindAsync(store, Query("Device") with { Scope = patient }));
        // What is brought along is held to the same.
        Assert.Equal(["b", "a", "pa", "pb"], await FindAsync(store, Query("RiskAssessment", ("_id", "a,b"), ("_revinclude", "Provenance:target"))));
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Provenance", "cross", """ "target":[{"reference":"RiskAssessment/a"},{"reference":"RiskAssessment/b"}]""")] }, None);
        Assert.Equal(["a", "pa"], await FindAsync(store, Query("RiskAssessment", ("_id", "a,b"), ("_revinclude", "Provenance:target")) with { Scope = patient }));
        Assert.Equal(["cross", "a"], (await FindAsync(store, Query("Provenance", ("_id", "cross"), ("_include", "Provenance:target")) with { Scope = one })));
        Assert.Equal("http://a/Patient/1", (await store.ReadAsync("RiskAssessment", "a", null, None))!.Patient);
        Assert.Equal("http://a/Patient/1", (await store.ReadAsync("Provenance", "pa", null, None))!.Patient);
        Assert.Equal("", (await store.ReadAsync("Provenance", "cross", null, None))!.Patient);
        Assert.Null((await store.ReadAsync("Device", "d", null, None))!.Patient);
    }

    [Fact, Trait("promise", "M-483")]
    public async Task Index_and_resource_are_written_together_or_not_at_all()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(Prediction("r1", "key-1", auditId: "same"), None);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.CommitAsync(Prediction("r2", "key-2", auditId: "same"), None));
        // The same result again is the earlier one, and is not in the index twice.
        await store.CommitAsync(Prediction("r3", "key-1"), None);
        Assert.Equal(["r1"], await FindAsync(store, Query("RiskAssessment")));
        Assert.Equal("2", _folder.Ask("SELECT count(*) FROM search_entry"));
    }

    [Fact, Trait("promise", "M-484")]
    public async Task Page_ends_before_it_weighs_too_much()
    {
        await using var store = _folder.Open();
        string filling = "\"text\":\"" + new string('x', 9 * 1024 * 1024) + "\"";
        foreach (string id in (string[])["a", "b", "c", "d", "e"])
            await store.CommitAsync(new StoreTransaction { Resources = [Resource("RiskAssessment", id, filling)] }, None);
        var first = await store.SearchAsync(Query("RiskAssessment"), None);
        Assert.Equal(["e", "d", "c"], first.Matches.Select(m => m.Id));
        Assert.Equal(5, first.Total);
        var second = await store.SearchAsync(Query("RiskAssessment") with { After = first.Next }, None);
        Assert.Equal(["b", "a"], second.Matches.Select(m => m.Id));
        Assert.Null(second.Next);
    }

    [Fact, Trait("promise", "M-485")]
    public async Task Store_of_the_first_schema_is_upgraded_and_everything_in_it_is_found()
    {
        MakeFirstSchema();
        Insert("Provenance", "prov-old", 1, 500, """{"resourceType":"Provenance","id":"prov-old","target":[{"reference":"https://medai.example.org/fhir/RiskAssessment/old/_history/1"}]}""");
        Insert("RiskAssessment", "newer", 1, 2000, """{"resourceType":"RiskAssessment","id":"newer","subject":{"reference":"Patient/p2"},"prediction":[{"probabilityDecimal":7.5}]}""");
        Insert("RiskAssessment", "old", 1, 1000, """{"resourceType":"RiskAssessment","id":"old","subject":{"reference":"Patient/p1"},"occurrenceDateTime":"2025-01-01"}""");
        Insert("RiskAssessment", "old", 2, 3000, """{"resourceType":"RiskAssessment","id":"old","subject":{"reference":"Patient/p1"},"occurrenceDateTime":"2026-01-01"}""");
        Insert("RiskAssessment", "gone", 1, 1000, """{"resourceType":"RiskAssessment","id":"gone","subject":{"reference":"Patient/p1"}}""");
        Insert("RiskAssessment", "gone", 2, 1500, "", deleted: 1);
        Insert("Device", "broken", 1, 1, "{no JSON");
        _folder.Ask($"INSERT INTO outcome VALUES ('o1','prediction',5,'default','https://ehr','p1','m','1','h',4,'key-old','RiskAssessment','old',1,'',{Hex("{}")})");
        _folder.Ask("INSERT INTO audit (id, request_id, started, ended, cause, client, outcome, reasons, status) VALUES ('a1','q1',1,2,'read:RiskAssessment','anonymous','read','',200)");

        void Insert(string type, string id, int version, long updated, string json, int deleted = 0) =>
            _folder.Ask($"INSERT INTO resource (type, id, version, last_updated, patient_id, deleted, json) VALUES ('{type}', '{id}', {version}, {updated}, NULL, {deleted}, {Hex(json)})");

        for (int start = 0; start < 2; start++)
        {
            await using var store = _folder.Open();
            Assert.Equal(["newer", "old"], await FindAsync(store, Query("RiskAssessment")));
            Assert.Equal(["old", "prov-old"], await FindAsync(store, Query("RiskAssessment", ("patient", "p1"), ("date", "2026"), ("_revinclude", "Provenance:target")) with { FhirBase = "https://medai.example.org/fhir" }));
            Assert.Empty(await FindAsync(store, Query("RiskAssessment", ("date", "2025"))));
            Assert.Equal(["newer"], await FindAsync(store, Query("RiskAssessment", ("probability", "7.5"))));
            Assert.Equal("Patient/p1", (await store.ReadAsync("Provenance", "prov-old", null, None))!.Patient);
            Assert.Equal([2, 1], (await store.ReadHistoryAsync(new HistoryQuery("RiskAssessment", "old", 10), None))!.Versions.Select(v => v.Version));
            Assert.True((await store.ReadHistoryAsync(new HistoryQuery("RiskAssessment", "gone", 10), None))!.Current.Deleted);
            Assert.Equal("old", (await store.FindResultAsync("key-old", None))!.ResultId);
            Assert.Single(await store.ReadNewestAsync(10, None));
            // The next version takes its place.
            await store.CommitAsync(new StoreTransaction { Resources = [Risk("newer", "Patient/p3")] }, None);
            Assert.Equal(["newer"], await FindAsync(store, Query("RiskAssessment", ("patient", "p3"))));
            Assert.Empty(await FindAsync(store, Query("RiskAssessment", ("patient", "p2"))));
            await store.CommitAsync(new StoreTransaction { Resources = [Resource("RiskAssessment", "newer", """ "subject":{"reference":"Patient/p2"},"prediction":[{"probabilityDecimal":7.5}]""")] }, None);
        }
    }

    [Fact, Trait("promise", "M-485")]
    public async Task Index_of_a_server_that_knew_other_parameters_is_built_anew_and_entries_keep_their_order()
    {
        await using (var store = _folder.Open())
        {
            await store.CommitAsync(new StoreTransaction { Resources = [Risk("a", "Patient/1")] }, None);
            await store.CommitAsync(new StoreTransaction { Resources = [Risk("b", "Patient/1")] }, None);
            await store.CommitAsync(new StoreTransaction { Resources = [Resource("RiskAssessment", "a", """ "subject":{"reference":"Patient/2"}""")] }, None);
        }
        _folder.Ask("UPDATE search_built SET parameters = 'of another server'");
        _folder.Ask("DELETE FROM search_reference");
        _folder.Ask("INSERT INTO search_token VALUES (1, 'RiskAssessment.risk', 'stale', '')");
        await using (var store = _folder.Open())
        {
            Assert.Equal(["b", "a"], await FindAsync(store, Query("RiskAssessment")));
            Assert.Equal(["b"], await FindAsync(store, Query("RiskAssessment", ("patient", "1"))));
            Assert.Equal(["a"], await FindAsync(store, Query("RiskAssessment", ("patient", "2"))));
            Assert.Empty(await FindAsync(store, Query("RiskAssessment", ("risk", "stale"))));
        }
        Assert.Equal(SearchParameters.Fingerprint, _folder.Ask("SELECT parameters FROM search_built"));
    }
}

public sealed class SqliteSearchIndexTests : SearchIndexTests
{
    private readonly StoreFolder _folder;

    public SqliteSearchIndexTests() : this(new StoreFolder())
    {
    }

    private SqliteSearchIndexTests(StoreFolder folder) : base(folder) => _folder = folder;

    private protected override void MakeFirstSchema()
    {
        Directory.CreateDirectory(_folder.Path);
        _folder.Ask(File.ReadAllText(RepositoryRoot.Combine("src", "MedAI.Fhir", "Store", "Migrations", "0001.sql")));
        _folder.Ask($"PRAGMA application_id = {0x4D644149}; PRAGMA user_version = 1");
    }

    private protected override string Hex(string text) => $"x'{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text))}'";
}

[Trait("promise", "M-486")]
public sealed class PostgresSearchIndexTests : SearchIndexTests
{
    private readonly PostgresOfTest _database;

    public PostgresSearchIndexTests() : this(new PostgresOfTest())
    {
    }

    private PostgresSearchIndexTests(PostgresOfTest database) : base(database) => _database = database;

    private protected override void MakeFirstSchema()
    {
        _database.Ask(File.ReadAllText(RepositoryRoot.Combine("src", "MedAI.Fhir", "Store", "Postgres", "Migrations", "0001.sql")));
        _database.Ask("CREATE TABLE medai_schema (\"only\" BIGINT PRIMARY KEY CHECK (\"only\" = 1), version BIGINT NOT NULL); INSERT INTO medai_schema VALUES (1, 1)");
    }

    private protected override string Hex(string text) => $"'\\x{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text))}'";
}
