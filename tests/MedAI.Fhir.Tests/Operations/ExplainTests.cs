using System.Net;
using System.Text.Json;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Operations;

[Trait("promise", "M-450")]
public sealed class ExplainTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private MedAIServer Server => demo.Server;

    [Fact]
    public async Task Explanation_is_the_stored_one_and_names_the_Observations_that_fed_it()
    {
        string id = (await Server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "")).AssertOk().Id;
        var stored = await Server.App.Services.GetRequiredService<IResourceStore>().ReadResultAsync(id, TestContext.Current.CancellationToken);
        var detail = ResultDetailJson.Read(stored!.Detail);
        var got = (await Server.GetAsync($"/fhir/RiskAssessment/{id}/$explain")).AssertOk();
        var posted = (await Server.PostTextAsync($"/fhir/RiskAssessment/{id}/$explain", "", "")).AssertOk();
        Assert.Equal(got.Text, posted.Text);
        Assert.Equal("AIAST", got.Json.GetProperty("meta").GetProperty("security")[0].GetProperty("code").GetString());
        Assert.Equal($"{Server.FhirBase}/RiskAssessment/{id}", One(got.Json, "result").GetProperty("valueReference").GetProperty("reference").GetString());
        Assert.Contains("not causes", One(got.Json, "caution").GetProperty("valueString").GetString(), StringComparison.Ordinal);
        (await Server.GetAsync(One(got.Json, "model").GetProperty("valueReference").GetProperty("reference").GetString()!)).AssertOk();

        var contributions = All(got.Json, "contribution");
        Assert.Equal(detail.Explanation.Contributions.Select(c => c.Id), contributions.Select(c => Part(c, "variable").GetProperty("valueCode").GetString()));
        foreach (var (expected, given) in detail.Explanation.Contributions.Zip(contributions))
        {
            Assert.InRange(Part(given, "logOdds").GetProperty("valueDecimal").GetDouble() - expected.LogOdds, -1e-6, 1e-6);
            Assert.Equal(expected.LogOdds > 0 ? "raised" : expected.LogOdds < 0 ? "lowered" : "none", Part(given, "direction").GetProperty("valueCode").GetString());
            Assert.Equal(expected.Sources, Parts(given, "source").Select(s => s.GetProperty("valueReference").GetProperty("reference").GetString()));
        }
        // Every source can be read here, and the values are those of the record.
        var heartRate = contributions.Single(c => Parts(c, "title").Any(t => t.GetProperty("valueString").GetString() == "Heart rate"));
        Assert.Equal(143, Part(heartRate, "value").GetProperty("valueQuantity").GetProperty("value").GetInt32());
        string source = Parts(heartRate, "source")[^1].GetProperty("valueReference").GetProperty("reference").GetString()!;
        var observation = (await Server.GetAsync(source)).AssertOk().Json;
        Assert.Equal(143, observation.GetProperty("valueQuantity").GetProperty("value").GetInt32());
    }

    [Fact]
    public async Task Explanation_is_not_computed_again_and_is_audited()
    {
        string id = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk().Id;
        int results = await Server.ResultsAsync();
        var answer = (await Server.GetAsync($"/fhir/RiskAssessment/{id}/$explain?top=3&_format=json")).AssertOk();
        Assert.Equal(3, All(answer.Json, "contribution").Count);
        Assert.Equal(results, await Server.ResultsAsync());
        var row = Assert.Single(await Server.AuditAsync(answer));
        Assert.Equal(("operation:explain", "read", id, "icu-mortality"), (row.Trigger, row.Outcome, row.ResultId, row.ModelId));
    }

    [Theory]
    [InlineData("?top=0")]
    [InlineData("?top=many")]
    [InlineData("?surprise=1")]
    [InlineData("?top=1&top=2")]
    public async Task Query_that_is_not_declared_is_400(string query)
    {
        string id = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk().Id;
        (await Server.GetAsync($"/fhir/RiskAssessment/{id}/$explain{query}")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }

    [Fact]
    public async Task What_is_not_there_is_404() => (await Server.GetAsync("/fhir/RiskAssessment/none/$explain")).AssertFailure(HttpStatusCode.NotFound, "not-found");

    internal static JsonElement One(JsonElement parameters, string name) => Assert.Single(All(parameters, name));

    internal static List<JsonElement> All(JsonElement parameters, string name) => Named(parameters, "parameter", name);

    internal static JsonElement Part(JsonElement parameter, string name) => Assert.Single(Parts(parameter, name));

    internal static List<JsonElement> Parts(JsonElement parameter, string name) => Named(parameter, "part", name);

    private static List<JsonElement> Named(JsonElement of, string list, string name) =>
        of.TryGetProperty(list, out var items) ? [.. items.EnumerateArray().Where(i => i.GetProperty("name").GetString() == name)] : [];
}
