using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Store.Writes;

namespace MedAI.Fhir.Tests.Store.Bundles;

/// <summary>A batch answers each entry as if it had come alone.</summary>
[Trait("promise", "M-583")]
public sealed class BatchTests(BatchTests.Demo fixture) : IClassFixture<BatchTests.Demo>
{
    private MedAIServer Server => fixture.Server;

    private Task<Answer> BatchAsync(params JsonObject[] entries) => Server.SendAsync("POST", "", Write.Bundle("batch", entries));

    [Fact]
    public async Task Reads_searches_histories_operations_and_writes_are_answered_in_order()
    {
        var answer = (await BatchAsync(
            Write.Entry("GET", "Patient/demo-stable"),
            Write.Entry("GET", "Patient/demo-stable/_history/1"),
            Write.Entry("GET", "Observation?patient=demo-stable&_count=2"),
            Write.Entry("GET", "Patient/demo-stable/_history"),
            Write.Entry("GET", "Patient/nobody"),
            Write.Entry("POST", "Patient/demo-stable/$assess-risk", new JsonObject { ["resourceType"] = "Parameters" }),
            Write.Entry("POST", "Patient", Write.Patient()),
            Write.Entry("GET", "Observation?nonsense=1"),
            Write.Entry("GET", "metadata"))).AssertOk();
        Assert.Equal(("Bundle", "batch-response"), (answer.Json.GetProperty("resourceType").GetString(), answer.Json.GetProperty("type").GetString()));
        Assert.Equal(["200", "200", "200", "200", "404", "200", "201", "400", "200"], answer.Statuses());
        var entries = answer.Json.GetProperty("entry").EnumerateArray().ToArray();
        Assert.Equal(["Patient", "Patient", "Bundle", "Bundle", "", "RiskAssessment", "Patient", "", "CapabilityStatement"], entries.Select(e => e.TryGetProperty("resource", out var r) ? r.GetProperty("resourceType").GetString()! : ""));
        // As it is when it is asked alone, to the byte.
        var alone = (await Server.GetAsync("/fhir/Patient/demo-stable")).AssertOk();
        Assert.Equal(alone.Text, entries[0].GetProperty("resource").GetRawText());
        Assert.Equal(alone.ETag(), entries[0].GetProperty("response").GetProperty("etag").GetString());
        Assert.Equal(alone.Response.Content.Headers.LastModified, entries[0].GetProperty("response").GetProperty("lastModified").GetDateTimeOffset());
        Assert.Equal("not-found", entries[4].GetProperty("response").GetProperty("outcome").GetProperty("issue")[0].GetProperty("code").GetString());
        Assert.StartsWith($"{Server.FhirBase}/Patient/", entries[6].GetProperty("response").GetProperty("location").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_entry_has_the_audit_row_of_its_own_request_under_the_id_of_the_batch()
    {
        var answer = (await BatchAsync(Write.Entry("GET", "Patient/demo-stable"), Write.Entry("GET", "Patient/nobody"), Write.Entry("POST", "Patient", Write.Patient()), Write.Entry("GET", "Encounter?patient=demo-stable"))).AssertOk();
        Assert.Equal(["read:Patient", "read:Patient", "create:Patient", "search:Encounter"], (await Server.AuditAsync(answer)).Select(r => r.Trigger));
        Assert.Equal(["read", "error", "written", "read"], (await Server.AuditAsync(answer)).Select(r => r.Outcome));
    }

    [Fact]
    public async Task Conditions_of_an_entry_are_those_of_a_request()
    {
        string number = Guid.CreateVersion7().ToString();
        var answer = (await BatchAsync(
            Write.Entry("GET", "Patient/demo-stable", null, null, ("ifNoneMatch", "W/\"1\"")),
            Write.Entry("POST", "Patient", Write.Patient(number: number), null, ("ifNoneExist", $"identifier={number}")),
            Write.Entry("POST", "Patient", Write.Patient(number: number), null, ("ifNoneExist", $"identifier={number}")),
            Write.Entry("PUT", "Patient/demo-stable", Write.Patient("demo-stable"), null, ("ifMatch", "W/\"77\"")),
            Write.Entry("DELETE", "Patient/demo-stable", null, null, ("ifMatch", "W/\"77\"")))).AssertOk();
        Assert.Equal(["304", "201", "200", "412", "412"], answer.Statuses());
    }

    [Fact, Trait("promise", "M-585")]
    public async Task Batch_is_bounded_and_holds_nothing_that_is_no_request()
    {
        var answer = (await BatchAsync(
            Write.Entry("POST", "", Write.Bundle("batch")),
            Write.Entry("POST", "/", Write.Bundle("batch")),
            Write.Entry("POST", Server.FhirBase, Write.Bundle("batch")),
            Write.Entry("GET", "https://elsewhere.example.org/fhir/Patient/1"),
            Write.Entry("GET", "../cds-services"),
            Write.Entry("GET", "_jobs/1"),
            Write.Entry("OPTIONS", "Patient"),
            Write.Entry("PATCH", "Patient/demo-stable", Write.Patient()),
            new JsonObject { ["resource"] = Write.Patient() },
            Write.Entry("GET", Server.FhirBase + "/Patient/demo-stable"),
            Write.Entry("POST", "Group/demo-ward/$assess-risk", new JsonObject { ["resourceType"] = "Parameters" }))).AssertOk();
        Assert.Equal(["400", "400", "400", "400", "400", "400", "400", "405", "400", "200", "400"], answer.Statuses());
        var issue = answer.Json.GetProperty("entry")[0].GetProperty("response").GetProperty("outcome").GetProperty("issue")[0];
        Assert.Equal(("not-supported", "Bundle.entry[0].request.url"), (issue.GetProperty("code").GetString(), issue.GetProperty("expression")[0].GetString()));

        (await Server.SendAsync("POST", "", Write.Bundle("batch", [.. Enumerable.Range(0, 21).Select(_ => Write.Entry("GET", "Patient/demo-stable"))]))).AssertFailure(HttpStatusCode.UnprocessableEntity, "too-many-resources");
        (await Server.SendAsync("POST", "", Write.Bundle("batch", Write.Entry("GET", "Patient/demo-stable")), null, ("Prefer", "respond-async"))).AssertFailure(HttpStatusCode.BadRequest, "not-in-bundle");
        (await Server.SendAsync("POST", "", Write.Bundle("collection"))).AssertFailure(HttpStatusCode.BadRequest, "malformed-request");
        (await Server.SendAsync("POST", "", Write.Patient())).AssertFailure(HttpStatusCode.BadRequest, "malformed-request");
        var row = Assert.Single(await Server.AuditAsync(await Server.SendAsync("POST", "", Write.Patient())));
        Assert.Equal(("bundle", "error"), (row.Trigger, row.Outcome));
    }

    [Fact]
    public async Task Batch_may_come_and_go_as_XML()
    {
        const string Xml = """<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/><entry><request><method value="GET"/><url value="Patient/demo-stable?_format=xml"/></request></entry></Bundle>""";
        var answer = (await Server.PostTextAsync("/fhir", Xml, "application/fhir+xml", "application/fhir+xml")).AssertOk();
        Assert.Equal("application/fhir+xml; charset=utf-8", answer.ContentType);
        Assert.Contains("<status value=\"200 OK\"", answer.Text, StringComparison.Ordinal);
        Assert.Contains("<Patient", answer.Text, StringComparison.Ordinal);
        Assert.Equal("Bundle", (await BatchAsync()).AssertOk().Json.GetProperty("resourceType").GetString());
    }

    public sealed class Demo : IAsyncLifetime
    {
        public MedAIServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await MedAIServer.StartAsync("--demo", "--Limits:MaxBundleEntries", "20");

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
