using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Store.Writes;

namespace MedAI.Fhir.Tests.Store.Bundles;

/// <summary>A transaction does all or nothing, on every database.</summary>
[Trait("promise", "M-584")]
public abstract class TransactionTests(WritingServer fixture)
{
    private MedAIServer Server => fixture.Server;

    private Task<Answer> TransactAsync(params JsonObject[] entries) => Server.SendAsync("POST", "", Write.Bundle("transaction", entries));

    private async Task<int> CountAsync(string query) => (await Server.GetAsync("/fhir/" + query)).AssertOk().Json.GetProperty("total").GetInt32();

    private static string Urn() => $"urn:uuid:{Guid.CreateVersion7()}";

    private static string Number() => Guid.CreateVersion7().ToString();

    [Fact]
    public async Task Entries_refer_to_each_other_before_they_have_ids()
    {
        string patient = Urn(), encounter = Urn();
        var stay = new JsonObject
        {
            ["resourceType"] = "Encounter",
            ["status"] = "in-progress",
            ["class"] = new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActCode", ["code"] = "ACUTE" },
            ["subject"] = new JsonObject { ["reference"] = patient },
        };
        var observation = Write.HeartRate(patient);
        observation["encounter"] = new JsonObject { ["reference"] = encounter };
        var answer = (await TransactAsync(Write.Entry("POST", "Observation", observation, Urn()), Write.Entry("POST", "Encounter", stay, encounter), Write.Entry("POST", "Patient", Write.Patient(), patient))).AssertOk();
        Assert.Equal("transaction-response", answer.Json.GetProperty("type").GetString());
        Assert.Equal(["201", "201", "201"], answer.Statuses());
        var entries = answer.Json.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource")).ToArray();
        Assert.Equal(["Observation", "Encounter", "Patient"], entries.Select(e => e.GetProperty("resourceType").GetString()));
        string id = entries[2].GetProperty("id").GetString()!;
        Assert.Equal([$"Patient/{id}", $"Patient/{id}"], entries[..2].Select(e => e.GetProperty("subject").GetProperty("reference").GetString()));
        Assert.Equal("Encounter/" + entries[1].GetProperty("id").GetString(), entries[0].GetProperty("encounter").GetProperty("reference").GetString());
        Assert.Equal(1, await CountAsync($"Observation?patient={id}&encounter={entries[1].GetProperty("id").GetString()}"));
        Assert.StartsWith($"{Server.FhirBase}/Patient/{id}/_history/1", answer.Json.GetProperty("entry")[2].GetProperty("response").GetProperty("location").GetString(), StringComparison.Ordinal);
        // One row for each, all under the id of the request.
        Assert.Equal(["create:Encounter", "create:Observation", "create:Patient"], (await Server.AuditAsync(answer)).Select(r => r.Trigger).Order(StringComparer.Ordinal));
        Assert.All(await Server.AuditAsync(answer), r => Assert.Equal(id, r.Patient!.Id));
    }

    [Fact]
    public async Task Resources_that_come_with_the_urls_of_another_server_keep_their_references_to_each_other()
    {
        const string Other = "https://other.example.org/r4";
        var answer = (await TransactAsync(
            Write.Entry("POST", "Observation", Write.HeartRate("Patient/7"), $"{Other}/Observation/8"),
            Write.Entry("POST", "Observation", Write.HeartRate($"{Other}/Patient/7"), $"{Other}/Observation/9"),
            Write.Entry("POST", "Patient", Write.Patient(), $"{Other}/Patient/7"))).AssertOk();
        var entries = answer.Json.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource")).ToArray();
        Assert.All(entries[..2], e => Assert.Equal("Patient/" + entries[2].GetProperty("id").GetString(), e.GetProperty("subject").GetProperty("reference").GetString()));
    }

    [Fact]
    public async Task Deletes_come_first_then_creates_then_updates_then_reads()
    {
        string number = Number(), kept = "kept-" + Guid.CreateVersion7();
        string old = (await Server.SendAsync("POST", "Patient", Write.Patient(number: Number()))).Id;
        var answer = (await TransactAsync(
            Write.Entry("GET", $"Patient/{kept}"),
            Write.Entry("GET", $"Patient?identifier={number}"),
            Write.Entry("PUT", $"Patient/{kept}", Write.Patient(kept)),
            Write.Entry("POST", "Patient", Write.Patient(number: number)),
            Write.Entry("DELETE", $"Patient/{old}"))).AssertOk();
        Assert.Equal(["200", "200", "201", "201", "204"], answer.Statuses());
        Assert.Equal(1, answer.Json.GetProperty("entry")[1].GetProperty("resource").GetProperty("total").GetInt32());
        (await Server.GetAsync($"/fhir/Patient/{old}")).AssertFailure(HttpStatusCode.Gone, "gone");
    }

    [Theory]
    [InlineData("content", 422, "invalid-resource")]
    [InlineData("precondition", 412, "precondition-failed")]
    [InlineData("several", 412, "precondition-failed")]
    [InlineData("reference", 422, "invalid-resource")]
    [InlineData("search", 412, "precondition-failed")]
    [InlineData("unknownSearch", 422, "invalid-resource")]
    [InlineData("read", 404, "not-found")]
    [InlineData("badRead", 400, "invalid-parameter")]
    [InlineData("authored", 405, "method-not-allowed")]
    [InlineData("operation", 400, "not-in-bundle")]
    [InlineData("conditionalOperation", 400, "not-in-bundle")]
    [InlineData("recursion", 400, "not-in-bundle")]
    [InlineData("nothing", 400, "malformed-request")]
    [InlineData("sameTwice", 400, "malformed-request")]
    [InlineData("sameUrl", 400, "malformed-request")]
    [InlineData("sameCondition", 400, "malformed-request")]
    [InlineData("patch", 405, "method-not-allowed")]
    public async Task One_entry_that_fails_undoes_all_and_is_named(string fault, int status, string code)
    {
        string number = Number(), same = Urn(), twice = Number();
        string id = "first-" + Guid.CreateVersion7();
        (await Server.SendAsync("POST", "Patient", Write.Patient(number: twice))).AssertStatus(HttpStatusCode.Created);
        (await Server.SendAsync("POST", "Patient", Write.Patient(number: twice))).AssertStatus(HttpStatusCode.Created);
        var bad = Write.HeartRate($"Patient/{id}");
        bad["status"] = "never";
        var failing = fault switch
        {
            "content" => Write.Entry("POST", "Observation", bad),
            "precondition" => Write.Entry("PUT", "Patient/none", Write.Patient("none"), null, ("ifMatch", "W/\"1\"")),
            "several" => Write.Entry("POST", "Patient", Write.Patient(), null, ("ifNoneExist", $"identifier={twice}")),
            "reference" => Write.Entry("POST", "Observation", Write.HeartRate(Urn())),
            "search" => Write.Entry("POST", "Observation", Write.HeartRate("Patient?identifier=nobody-has-this")),
            "unknownSearch" => Write.Entry("POST", "Observation", Write.HeartRate("Patient?shoe=44")),
            "read" => Write.Entry("GET", "Patient/not-here"),
            "badRead" => Write.Entry("GET", "Patient?shoe=44"),
            "authored" => Write.Entry("POST", "RiskAssessment", new JsonObject { ["resourceType"] = "RiskAssessment" }),
            "operation" => Write.Entry("POST", "Patient/x/$assess-risk", new JsonObject { ["resourceType"] = "Parameters" }),
            "conditionalOperation" => Write.Entry("GET", "Device/$model-card"),
            "recursion" => Write.Entry("POST", "", Write.Bundle("batch")),
            "nothing" => Write.Entry("POST", "Patient"),
            "sameTwice" => Write.Entry("PUT", $"Patient/{id}", Write.Patient(id)),
            "sameUrl" => Write.Entry("POST", "Patient", Write.Patient(), same),
            "sameCondition" => Write.Entry("POST", "Patient", Write.Patient(), null, ("ifNoneExist", $"identifier={number}")),
            _ => Write.Entry("PATCH", $"Patient/{id}", Write.Patient()),
        };
        var answer = await TransactAsync(Write.Entry("PUT", $"Patient/{id}", Write.Patient(id)), Write.Entry("POST", "Patient", Write.Patient(number: number), same, ("ifNoneExist", $"identifier={number}")), failing);
        answer.AssertFailure((HttpStatusCode)status, code);
        Assert.StartsWith("Bundle.entry[2]", answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString(), StringComparison.Ordinal);
        (await Server.GetAsync($"/fhir/Patient/{id}")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Equal(0, await CountAsync($"Patient?identifier={number}"));
        Assert.Contains(await Server.AuditAsync(answer), r => r.Outcome == "error" && r.Status == status);
        Assert.DoesNotContain(await Server.AuditAsync(answer), r => r.Outcome == "written");
    }

    [Fact]
    public async Task Conditions_and_references_by_search_find_what_is_there()
    {
        string number = Number();
        var first = (await TransactAsync(Write.Entry("POST", "Patient", Write.Patient(number: number), null, ("ifNoneExist", $"identifier=urn:example:numbers|{number}")))).AssertOk();
        string id = first.Json.GetProperty("entry")[0].GetProperty("resource").GetProperty("id").GetString()!;
        string patient = Urn();
        var second = (await TransactAsync(
            Write.Entry("POST", "Patient", Write.Patient(number: number), patient, ("ifNoneExist", $"identifier=urn:example:numbers|{number}")),
            Write.Entry("POST", "Observation", Write.HeartRate(patient)),
            Write.Entry("POST", "Observation", Write.HeartRate($"Patient?identifier=urn:example:numbers|{number}")))).AssertOk();
        Assert.Equal(["200", "201", "201"], second.Statuses());
        Assert.All(second.Json.GetProperty("entry").EnumerateArray().Skip(1), e => Assert.Equal($"Patient/{id}", e.GetProperty("resource").GetProperty("subject").GetProperty("reference").GetString()));
        Assert.Equal(1, await CountAsync($"Patient?identifier={number}"));
        var third = (await Server.SendAsync("POST", "", Write.Bundle("transaction", Write.Entry("PUT", $"Patient/{id}", Write.Patient(id, number), null, ("ifMatch", "W/\"1\""))), null, ("Prefer", "return=minimal"))).AssertOk();
        Assert.False(third.Json.GetProperty("entry")[0].TryGetProperty("resource", out _));
    }

    [Fact, Trait("promise", "M-577")]
    public async Task Of_many_transactions_that_create_the_same_at_once_one_does()
    {
        string number = Number();
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() =>
        {
            string patient = Urn();
            return TransactAsync(Write.Entry("POST", "Patient", Write.Patient(number: number), patient, ("ifNoneExist", $"identifier={number}")), Write.Entry("POST", "Observation", Write.HeartRate(patient)));
        })));
        Assert.All(answers, a => a.AssertOk());
        Assert.Single(answers, a => a.Statuses()[0] == "201");
        Assert.Equal(1, await CountAsync($"Patient?identifier={number}"));
        string subject = Assert.Single(answers.Select(a => a.Json.GetProperty("entry")[1].GetProperty("resource").GetProperty("subject").GetProperty("reference").GetString()!).Distinct());
        Assert.Equal(32, await CountAsync($"Observation?subject={subject}&_summary=count"));
    }

    [Fact, Trait("promise", "M-582")]
    public async Task Patient_whose_record_clients_wrote_is_scored_with_it_and_anew_when_it_grows()
    {
        var record = Call.Record("demo-deteriorating")["entry"]!.AsArray().Select(e => e!["resource"]!.AsObject()).ToArray();
        var sent = await TransactAsync([.. record.Select(r => Write.Entry("PUT", $"{r["resourceType"]}/{r["id"]}", r.DeepClone().AsObject()))]);
        Assert.All(sent.AssertOk().Statuses(), s => Assert.Equal("201", s));
        var before = (await Server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "")).AssertOk();
        Assert.Equal(before.Id, (await Server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "")).AssertOk().Id);

        var written = (await Server.SendAsync("POST", "Observation", Write.HeartRate("Patient/demo-deteriorating", 178, at: "2026-03-02T07:58:00Z"))).AssertStatus(HttpStatusCode.Created);
        var after = (await Server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "")).AssertOk();
        Assert.NotEqual(before.Id, after.Id);
        Assert.NotEqual(before.Percent, after.Percent);
        Assert.Contains(after.Json.GetProperty("basis").EnumerateArray(), b => b.GetProperty("reference").GetString()!.Contains($"Observation/{written.Id}", StringComparison.Ordinal));

        (await Server.SendAsync("DELETE", $"Observation/{written.Id}")).AssertStatus(HttpStatusCode.NoContent);
        Assert.Equal(before.Percent, (await Server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "")).AssertOk().Percent);
        foreach (var r in record)
            (await Server.SendAsync("DELETE", $"{r["resourceType"]}/{r["id"]}")).AssertStatus(HttpStatusCode.NoContent);
        (await Server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "")).AssertFailure(HttpStatusCode.NotFound, "not-found");
    }
}

public sealed class SqliteTransactionTests(WritingServer fixture) : TransactionTests(fixture), IClassFixture<WritingServer>;

[Trait("promise", "M-486")]
public sealed class PostgresTransactionTests(PostgresWritingServer fixture) : TransactionTests(fixture), IClassFixture<PostgresWritingServer>;

/// <summary>Where clients may not write.</summary>
public sealed class ReadOnlyTests(ReadOnlyTests.Closed fixture) : IClassFixture<ReadOnlyTests.Closed>
{
    private MedAIServer Server => fixture.Server;

    [Fact, Trait("promise", "M-572")]
    public async Task Writes_are_405_and_not_advertised()
    {
        (await Server.SendAsync("POST", "Patient", Write.Patient())).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        (await Server.SendAsync("PUT", "Patient/x", Write.Patient("x"))).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        (await Server.SendAsync("DELETE", "Patient/x")).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        var rest = (await Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0];
        Assert.Equal(["batch", "transaction"], rest.GetProperty("interaction").EnumerateArray().Select(i => i.GetProperty("code").GetString()));
        Assert.All(rest.GetProperty("resource").EnumerateArray(), r =>
        {
            Assert.False(r.TryGetProperty("conditionalCreate", out _));
            Assert.DoesNotContain(r.TryGetProperty("interaction", out var list) ? list.EnumerateArray().ToArray() : [], i => i.GetProperty("code").GetString() is "create" or "update" or "delete");
        });
        (await Server.GetAsync("/fhir/Patient/x")).AssertFailure(HttpStatusCode.NotFound, "not-found");
    }

    [Fact, Trait("promise", "M-572")]
    public async Task Demo_accepts_writes_unless_it_is_told_not_to()
    {
        await using var open = await MedAIServer.StartAsync("--demo");
        var patient = (await open.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0].GetProperty("resource").EnumerateArray().Single(r => r.GetProperty("type").GetString() == "Patient");
        Assert.True(patient.GetProperty("conditionalCreate").GetBoolean() && patient.GetProperty("updateCreate").GetBoolean());
        Assert.Equal(3, patient.GetProperty("interaction").EnumerateArray().Count(i => i.GetProperty("code").GetString() is "create" or "update" or "delete"));
        await using var closed = await MedAIServer.StartAsync("--demo", "--Store:AcceptsWrites", "false");
        (await closed.SendAsync("PUT", "Patient/demo-stable", Write.Patient("demo-stable"))).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        (await closed.GetAsync("/fhir/Patient/demo-stable")).AssertOk();
    }

    [Fact, Trait("promise", "M-584")]
    public async Task Transaction_of_reads_is_answered_and_one_that_writes_is_refused()
    {
        string device = (await Server.GetAsync("/fhir/Device?_count=1")).AssertOk().Json.GetProperty("entry")[0].GetProperty("resource").GetProperty("id").GetString()!;
        var answer = (await Server.SendAsync("POST", "", Write.Bundle("transaction", Write.Entry("GET", $"Device/{device}"), Write.Entry("GET", "RiskAssessment?_count=1")))).AssertOk();
        Assert.Equal(["200", "200"], answer.Statuses());
        (await Server.SendAsync("POST", "", Write.Bundle("transaction", Write.Entry("GET", $"Device/{device}"), Write.Entry("GET", "Device/none")))).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await Server.SendAsync("POST", "", Write.Bundle("transaction", Write.Entry("POST", "Patient", Write.Patient())))).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        Assert.Equal(["200", "405"], (await Server.SendAsync("POST", "", Write.Bundle("batch", Write.Entry("GET", $"Device/{device}"), Write.Entry("POST", "Patient", Write.Patient())))).AssertOk().Statuses());
    }

    public sealed class Closed : IAsyncLifetime
    {
        public MedAIServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await MedAIServer.StartAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
