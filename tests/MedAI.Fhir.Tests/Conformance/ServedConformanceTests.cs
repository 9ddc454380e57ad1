using System.Net;
using System.Text.Json;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.CdsHooks;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Conformance;

[Trait("promise", "M-69")]
public sealed class ServedConformanceTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Theory]
    [InlineData("/fhir/metadata", "capability-statement.fhir.json")]
    [InlineData("/fhir/OperationDefinition/assess-risk", "operation-definition-assess-risk.fhir.json")]
    [InlineData("/fhir/OperationDefinition/interpret-imaging", "operation-definition-interpret-imaging.fhir.json")]
    public async Task Self_description_is_the_golden_one(string path, string golden)
    {
        var answer = (await demo.Server.GetAsync(path)).AssertOk();
        Assert.Equal("application/fhir+json; charset=utf-8", answer.ContentType);
        Golden.AssertJson(golden, Normal.Json(answer.Text, demo.Server));
    }

    [Fact]
    public async Task Everything_that_the_statement_lists_answers()
    {
        var rest = (await demo.Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0];
        var store = demo.Server.App.Services.GetRequiredService<IResourceStore>();
        await demo.Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "");
        int answered = 0;
        foreach (var resource in rest.GetProperty("resource").EnumerateArray())
        {
            string type = resource.GetProperty("type").GetString()!;
            string? id = type == "OperationDefinition" ? "assess-risk" : (await store.ListAsync(type, 1, TestContext.Current.CancellationToken)) is [var first, ..] ? first.Id : null;
            foreach (string code in resource.GetProperty("interaction").EnumerateArray().Select(i => i.GetProperty("code").GetString()!))
            {
                string path = code switch
                {
                    "read" => $"/fhir/{type}/{id ?? "none"}",
                    "vread" => $"/fhir/{type}/{id ?? "none"}/_history/1",
                    "search-type" => $"/fhir/{type}",
                    _ => throw new InvalidOperationException($"{type} {code} has no test."),
                };
                var answer = await demo.Server.GetAsync(path);
                // The samples hold no resource of some types; those are served, but there is none.
                Assert.Equal(id is null && code != "search-type" ? HttpStatusCode.NotFound : HttpStatusCode.OK, answer.Status);
                answered++;
            }
        }
        Assert.True(answered > 20);
        Operations(rest, "assess-risk");
        Operations(rest.GetProperty("resource").EnumerateArray().Single(r => r.GetProperty("type").GetString() == "Patient"), "assess-risk");
        Operations(rest.GetProperty("resource").EnumerateArray().Single(r => r.GetProperty("type").GetString() == "ImagingStudy"), "interpret-imaging");

        void Operations(JsonElement of, string code)
        {
            string definition = Assert.Single(of.GetProperty("operation").EnumerateArray()).GetProperty("definition").GetString()!;
            Assert.Equal(demo.Server.FhirBase + "/OperationDefinition/" + code, definition);
        }
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
