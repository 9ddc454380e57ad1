using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Operations;

[Trait("promise", "M-98")]
public sealed class ResultReadTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private MedAIServer Server => demo.Server;

    [Fact]
    public async Task Result_is_read_in_its_version_with_an_etag()
    {
        var answer = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk();
        var read = (await Server.GetAsync($"/fhir/RiskAssessment/{answer.Id}")).AssertOk();
        Assert.Equal(answer.Text, read.Text);
        string etag = Assert.Single(read.Response.Headers.GetValues("ETag"));
        Assert.Equal("W/\"1\"", etag);
        Assert.NotNull(read.Response.Content.Headers.LastModified);
        Assert.Equal(read.Text, (await Server.GetAsync($"/fhir/RiskAssessment/{answer.Id}/_history/1")).AssertOk().Text);
        var unchanged = await Server.GetAsync($"/fhir/RiskAssessment/{answer.Id}", ifNoneMatch: etag);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.Status);
        Assert.Equal("", unchanged.Text);
        Assert.Equal(HttpStatusCode.OK, (await Server.GetAsync($"/fhir/RiskAssessment/{answer.Id}", ifNoneMatch: "W/\"2\"")).Status);
    }

    [Theory]
    [InlineData("/fhir/RiskAssessment/no-such")]
    [InlineData("/fhir/RiskAssessment/no-such/_history/1")]
    [InlineData("/fhir/RiskAssessment/no-such/_history/x")]
    [InlineData("/fhir/Nonsense/1")]
    [InlineData("/fhir/AuditEvent/1")]
    [InlineData("/fhir/OperationDefinition/no-such")]
    [InlineData("/fhir/riskassessment/1")]
    [InlineData("/fhir/a/b/c/d/e")]
    [InlineData("/nowhere")]
    public async Task What_is_not_there_is_404(string path) => (await Server.GetAsync(path)).AssertFailure(HttpStatusCode.NotFound, "not-found");

    [Theory]
    [InlineData("DELETE")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    public async Task Results_cannot_be_changed(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/fhir/RiskAssessment/1");
        (await Answer.ReadAsync(await Server.Client.SendAsync(request, TestContext.Current.CancellationToken))).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    [Fact]
    public async Task Everything_that_a_result_refers_to_can_be_read()
    {
        var answer = (await Server.PostTextAsync("/fhir/Patient/demo-recovering/$assess-risk", "", "")).AssertOk();
        string device = answer.Json.GetProperty("performer").GetProperty("reference").GetString()!;
        Assert.Equal("Device", (await Server.GetAsync(Path(device))).AssertOk().Json.GetProperty("resourceType").GetString());
        // All references of the result to our own base lead somewhere.
        var own = References(answer.Json).Select(Path).Distinct().ToArray();
        Assert.True(own.Length > 100);
        foreach (string path in own)
            (await Server.GetAsync(path)).AssertOk();
        var provenances = await Server.App.Services.GetRequiredService<MedAI.Fhir.Store.IResourceStore>().ListAsync("Provenance", 1000, TestContext.Current.CancellationToken);
        var provenance = Assert.Single(provenances, p => System.Text.Encoding.UTF8.GetString(p.Json.Span).Contains("RiskAssessment/" + answer.Id, StringComparison.Ordinal));
        var read = (await Server.GetAsync("/fhir/Provenance/" + provenance.Id)).AssertOk();
        foreach (string path in References(read.Json).Select(Path).Distinct())
            (await Server.GetAsync(path)).AssertOk();
        var cards = await Server.App.Services.GetRequiredService<MedAI.Fhir.Store.IResourceStore>().ListAsync("DocumentReference", 10, TestContext.Current.CancellationToken);
        Assert.Equal(2, cards.Count);
        foreach (var card in cards)
            (await Server.GetAsync("/fhir/DocumentReference/" + card.Id)).AssertOk();
    }

    [Fact]
    public async Task Demo_records_are_not_served_outside_demo_mode()
    {
        await using var server = await Call.ServerAtSampleTime();
        (await server.GetAsync("/fhir/Patient/demo-stable")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await Server.GetAsync("/fhir/Patient/demo-stable")).AssertOk();
    }

    private string Path(string reference) => reference.StartsWith(Server.FhirBase, StringComparison.Ordinal) ? reference : "/fhir/" + reference;

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(m =>
            m is { Name: "reference", Value.ValueKind: JsonValueKind.String } ? [m.Value.GetString()!] : References(m.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
