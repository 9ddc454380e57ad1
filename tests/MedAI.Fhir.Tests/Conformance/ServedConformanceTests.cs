using System.Net;
using MedAI.Fhir.Tests.CdsHooks;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Conformance;

[Trait("promise", "M-69")]
public sealed class ServedConformanceTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Theory]
    [InlineData("/fhir/metadata", "capability-statement.fhir.json")]
    [InlineData("/fhir/OperationDefinition/assess-risk", "operation-definition-assess-risk.fhir.json")]
    [InlineData("/fhir/OperationDefinition/group-assess-risk", "operation-definition-group-assess-risk.fhir.json")]
    [InlineData("/fhir/OperationDefinition/interpret-imaging", "operation-definition-interpret-imaging.fhir.json")]
    [InlineData("/fhir/OperationDefinition/explain", "operation-definition-explain.fhir.json")]
    [InlineData("/fhir/OperationDefinition/model-card", "operation-definition-model-card.fhir.json")]
    [InlineData("/fhir/OperationDefinition/score-all", "operation-definition-score-all.fhir.json")]
    public async Task Self_description_is_the_golden_one(string path, string golden)
    {
        var answer = (await demo.Server.GetAsync(path)).AssertOk();
        Assert.Equal("application/fhir+json; charset=utf-8", answer.ContentType);
        Golden.AssertJson(golden, Normal.Json(answer.Text, demo.Server));
    }

    [Fact]
    public async Task Summary_of_the_statement_holds_nothing_empty()
    {
        string text = (await demo.Server.GetAsync("/fhir/metadata?_summary=true")).AssertOk().Text;
        Assert.DoesNotContain("{}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_is_served_in_XML_too()
    {
        var answer = (await demo.Server.GetAsync("/fhir/metadata", "application/fhir+xml")).AssertOk();
        Assert.Equal("application/fhir+xml; charset=utf-8", answer.ContentType);
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"utf-8\"?><CapabilityStatement xmlns=\"http://hl7.org/fhir\">", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_in_what_nobody_writes_is_406() =>
        (await demo.Server.GetAsync("/fhir/metadata", "text/turtle")).AssertFailure(HttpStatusCode.NotAcceptable, "not-acceptable");
}
