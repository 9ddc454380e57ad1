using System.Net;
using System.Text.Json.Nodes;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Tests.Operations;

[Trait("promise", "M-452")]
public sealed class ScoreAllTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private MedAIServer Server => demo.Server;

    [Fact]
    public async Task Bundle_holds_each_model_s_RiskAssessment_as_the_operation_of_one_model_gives_it()
    {
        var one = (await Server.PostTextAsync("/fhir/Patient/demo-recovering/$assess-risk", "", "")).AssertOk();
        var all = (await Server.PostTextAsync("/fhir/Patient/demo-recovering/$score-all", "", "")).AssertOk().Json;
        Assert.Equal(("Bundle", "collection"), (all.GetProperty("resourceType").GetString(), all.GetProperty("type").GetString()));
        var entry = Assert.Single(all.GetProperty("entry").EnumerateArray());
        Assert.Equal(one.Text, entry.GetProperty("resource").GetRawText());
        Assert.Equal($"{Server.FhirBase}/RiskAssessment/{one.Id}", entry.GetProperty("fullUrl").GetString());
        (await Server.GetAsync(entry.GetProperty("fullUrl").GetString()!)).AssertOk();
        var withData = (await Server.PostTextAsync("/fhir/Patient/$score-all", Call.Record("demo-recovering").ToJsonString())).AssertOk().Json;
        Assert.Equal(one.Percent, withData.GetProperty("entry")[0].GetProperty("resource").GetProperty("prediction")[0].GetProperty("probabilityDecimal").GetDecimal());
    }

    [Fact]
    public async Task Model_that_makes_no_estimate_says_why_in_its_place_and_who_it_is()
    {
        var answer = (await Server.PostTextAsync("/fhir/Patient/demo-child/$score-all", "", "")).AssertOk();
        var entry = Assert.Single(answer.Json.GetProperty("entry").EnumerateArray());
        Assert.StartsWith("urn:uuid:", entry.GetProperty("fullUrl").GetString(), StringComparison.Ordinal);
        var outcome = entry.GetProperty("resource");
        Assert.Equal("OperationOutcome", outcome.GetProperty("resourceType").GetString());
        Assert.Contains("age-outside-population", outcome.GetRawText(), StringComparison.Ordinal);
        string model = outcome.GetProperty("extension").EnumerateArray().Single(e => e.TryGetProperty("valueReference", out _)).GetProperty("valueReference").GetProperty("reference").GetString()!;
        Assert.Equal("icu-mortality", (await Server.GetAsync(model)).AssertOk().Json.GetProperty("modelNumber").GetString());
        Assert.Equal("abstention", Assert.Single(await Server.AuditAsync(answer)).Outcome);
    }

    [Fact]
    public async Task What_is_not_stored_has_no_address()
    {
        int before = await Server.ResultsAsync();
        var body = new JsonObject
        {
            ["resourceType"] = "Parameters",
            ["parameter"] = new JsonArray(new JsonObject { ["name"] = "persist", ["valueBoolean"] = false }, new JsonObject { ["name"] = "asOf", ["valueDateTime"] = "2026-03-01T23:11:00Z" }),
        };
        var entry = Assert.Single((await Server.PostTextAsync("/fhir/Patient/demo-recovering/$score-all", body.ToJsonString())).AssertOk().Json.GetProperty("entry").EnumerateArray());
        Assert.Equal("urn:uuid:" + entry.GetProperty("resource").GetProperty("id").GetString(), entry.GetProperty("fullUrl").GetString());
        Assert.Equal(before, await Server.ResultsAsync());
    }

    [Fact]
    public async Task Where_no_model_could_be_asked_the_whole_is_a_failure()
    {
        (await Server.PostTextAsync("/fhir/Patient/nobody/$score-all", "", "")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await Server.PostTextAsync("/fhir/Patient/$score-all", "", "")).AssertFailure(HttpStatusCode.BadRequest, "missing-parameter");
        await using var broken = await Call.ServerAtSampleTime(builder => StubbornCatalog.Use(builder, () => new InferenceError(InferenceErrorKind.QueueFull)));
        (await broken.PostTextAsync("/fhir/Patient/$score-all", Call.Record("demo-recovering").ToJsonString())).AssertFailure(HttpStatusCode.ServiceUnavailable, "queue-full");
    }
}
