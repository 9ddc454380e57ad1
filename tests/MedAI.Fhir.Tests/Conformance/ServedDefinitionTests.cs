using System.Net;
using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Store;
using MedAI.Testing;
using Task = System.Threading.Tasks.Task;

namespace MedAI.Fhir.Tests.Conformance;

/// <summary>Whoever meets a canonical of ours can look it up.</summary>
public sealed class ServedDefinitionTests(DemoServer demo) : IClassFixture<DemoServer>
{
    public static TheoryData<string, string> Every => [.. PublishedDefinitions.All.Select(d => (d.Type, d.Id))];

    [Theory]
    [MemberData(nameof(Every))]
    [Trait("promise", "M-423")]
    public async Task Definition_is_read_by_id_as_committed_and_found_by_url(string type, string id)
    {
        var read = (await demo.Server.GetAsync($"/fhir/{type}/{id}")).AssertOk();
        Assert.Equal("application/fhir+json; charset=utf-8", read.ContentType);
        Assert.Equal(await File.ReadAllTextAsync(RepositoryRoot.Combine("profiles", "package", $"{type}-{id}.json"), TestContext.Current.CancellationToken), read.Text);
        string url = read.Json.GetProperty("url").GetString()!;
        Assert.Equal($"{CanonicalUrls.Base}/{type}/{id}", url);
        var found = (await demo.Server.GetAsync($"/fhir/{type}?url={Uri.EscapeDataString(url)}")).AssertOk().Json;
        Assert.Equal(1, found.GetProperty("total").GetInt32());
        var entry = Assert.Single(found.GetProperty("entry").EnumerateArray());
        Assert.Equal($"{demo.Server.FhirBase}/{type}/{id}", entry.GetProperty("fullUrl").GetString());
        Assert.Equal(id, entry.GetProperty("resource").GetProperty("id").GetString());
        Assert.Equal($"{demo.Server.FhirBase}/{type}?url={Uri.EscapeDataString(url)}", found.GetProperty("link")[0].GetProperty("url").GetString());
    }

    [Fact]
    [Trait("promise", "M-423")]
    public async Task Definition_that_has_not_changed_is_304()
    {
        const string path = "/fhir/StructureDefinition/medai-device";
        using var first = await demo.Server.Client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal("public, no-cache", first.Headers.CacheControl!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, (await demo.Server.GetAsync(path, ifNoneMatch: first.Headers.ETag!.ToString())).Status);
        Assert.Equal(HttpStatusCode.OK, (await demo.Server.GetAsync(path, ifNoneMatch: "W/\"0000000000000000\"")).Status);
    }

    [Fact]
    [Trait("promise", "M-423")]
    public async Task Search_joins_parameters_takes_alternatives_and_finds_nothing_for_an_unknown_url()
    {
        Assert.Equal(0, await TotalAsync("?url=https%3A%2F%2Felsewhere.example.org%2Fx"));
        Assert.Equal(0, await TotalAsync($"?url={CanonicalUrls.DeviceVersionTypes}&_id=failure"));
        Assert.Equal(2, await TotalAsync("?_id=failure,report&version=0.1.0"));
        Assert.Equal(PublishedDefinitions.All.Count(d => d.Type == "CodeSystem"), await TotalAsync(""));

        async Task<int> TotalAsync(string query) => (await demo.Server.GetAsync("/fhir/CodeSystem" + query)).AssertOk().Json.GetProperty("total").GetInt32();
    }

    [Fact]
    [Trait("promise", "M-612")]
    public async Task Operation_is_found_by_code_and_url_as_it_is_read()
    {
        var all = (await demo.Server.GetAsync("/fhir/OperationDefinition")).AssertOk().Json;
        Assert.Equal(all.GetProperty("entry").GetArrayLength(), all.GetProperty("total").GetInt32());
        foreach (var entry in all.GetProperty("entry").EnumerateArray())
        {
            var resource = entry.GetProperty("resource");
            string id = resource.GetProperty("id").GetString()!, url = resource.GetProperty("url").GetString()!, code = resource.GetProperty("code").GetString()!;
            Assert.Equal(url, entry.GetProperty("fullUrl").GetString());
            Assert.Equal((await demo.Server.GetAsync("/fhir/OperationDefinition/" + id)).AssertOk().Json.GetRawText(), resource.GetRawText());
            Assert.Equal([id], await IdsAsync("url=" + Uri.EscapeDataString(url)));
            Assert.Contains(id, await IdsAsync("code=" + code));
        }
        // One code, two definitions: of one patient, and of a Group.
        Assert.Equal(2, (await IdsAsync("code=assess-risk")).Length);
        Assert.Empty(await IdsAsync("code=assess-risk&_id=explain"));
        (await demo.Server.GetAsync("/fhir/OperationDefinition?base=x")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");

        async Task<string[]> IdsAsync(string query) => (await demo.Server.GetAsync("/fhir/OperationDefinition?" + query)).AssertOk().Json.TryGetProperty("entry", out var found)
            ? [.. found.EnumerateArray().Select(e => e.GetProperty("resource").GetProperty("id").GetString()!)] : [];
    }

    [Fact]
    [Trait("promise", "M-423")]
    public async Task Unknown_parameter_is_refused_unless_the_client_is_lenient()
    {
        (await demo.Server.GetAsync("/fhir/ValueSet?title=x")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/fhir/ValueSet?title=x&_id=report");
        request.Headers.Add("Prefer", "handling=lenient");
        var bundle = (await Answer.ReadAsync(await demo.Server.Client.SendAsync(request, TestContext.Current.CancellationToken))).AssertOk().Json;
        Assert.Equal(["match", "outcome"], bundle.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("search").GetProperty("mode").GetString()));
        Assert.Equal($"{demo.Server.FhirBase}/ValueSet?_id=report", bundle.GetProperty("link")[0].GetProperty("url").GetString());
    }

    [Theory]
    [InlineData("GET", "/fhir/StructureDefinition/none", HttpStatusCode.NotFound, "not-found")]
    [InlineData("PUT", "/fhir/StructureDefinition/medai-device", HttpStatusCode.MethodNotAllowed, "method-not-allowed")]
    [InlineData("DELETE", "/fhir/ValueSet/failure", HttpStatusCode.MethodNotAllowed, "method-not-allowed")]
    [InlineData("POST", "/fhir/CodeSystem", HttpStatusCode.MethodNotAllowed, "method-not-allowed")]
    [Trait("promise", "M-423")]
    public async Task Definitions_are_not_changed(string method, string path, HttpStatusCode status, string failure)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        (await Answer.ReadAsync(await demo.Server.Client.SendAsync(request, TestContext.Current.CancellationToken))).AssertFailure(status, failure);
    }

    [Fact]
    [Trait("promise", "M-424")]
    public async Task Statement_lists_the_definitions_and_the_profiles_that_authored_resources_keep()
    {
        var resources = (await demo.Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0].GetProperty("resource").EnumerateArray()
            .ToDictionary(r => r.GetProperty("type").GetString()!);
        foreach (string type in PublishedDefinitions.Types)
            Assert.Equal(["read", "search-type"], resources[type].GetProperty("interaction").EnumerateArray().Select(i => i.GetProperty("code").GetString()!));
        foreach (string type in ResourceEndpoints.AuthoredTypes)
        {
            var profiles = resources[type].GetProperty("supportedProfile").EnumerateArray().Select(p => p.GetString()!).ToArray();
            Assert.NotEmpty(profiles);
            Assert.All(profiles, p => Assert.Contains(PublishedDefinitions.All, d => d.Url == p && d.Constrains == type));
        }
    }

    [Fact]
    [Trait("promise", "M-621")]
    public async Task Reports_of_a_study_that_was_read_are_found_by_it_and_the_statement_says_how()
    {
        var read = (await demo.Server.PostTextAsync("/fhir/ImagingStudy/demo-chest-two-views/$interpret-imaging", "", "")).AssertOk().Json;
        string report = read.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource")).Single(r => r.GetProperty("resourceType").GetString() == "DiagnosticReport").GetProperty("id").GetString()!;
        foreach (string study in (string[])["demo-chest-two-views", "ImagingStudy/demo-chest-two-views", demo.Server.FhirBase + "/ImagingStudy/demo-chest-two-views"])
        {
            var found = (await demo.Server.GetAsync($"/fhir/DiagnosticReport?imaging-study={Uri.EscapeDataString(study)}&_include=DiagnosticReport:imaging-study")).AssertOk().Json;
            Assert.Equal([report, "demo-chest-two-views"], found.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource").GetProperty("id").GetString()!));
        }
        var resource = (await demo.Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0].GetProperty("resource").EnumerateArray().Single(r => r.GetProperty("type").GetString() == "DiagnosticReport");
        var parameter = resource.GetProperty("searchParam").EnumerateArray().Single(p => p.TryGetProperty("definition", out _));
        Assert.Equal(("imaging-study", CanonicalUrls.ImagingStudyParameter), (parameter.GetProperty("name").GetString(), parameter.GetProperty("definition").GetString()));
        var defined = (await demo.Server.GetAsync($"/fhir/SearchParameter?url={CanonicalUrls.ImagingStudyParameter}")).AssertOk().Json.GetProperty("entry")[0].GetProperty("resource");
        Assert.Equal("imaging-study", defined.GetProperty("code").GetString());
    }

    [Fact]
    [Trait("promise", "M-424")]
    public async Task Search_parameter_that_is_not_of_R4_is_defined_by_us()
    {
        var rest = (await demo.Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0];
        foreach (var resource in rest.GetProperty("resource").EnumerateArray())
        {
            string type = resource.GetProperty("type").GetString()!;
            foreach (var parameter in resource.TryGetProperty("searchParam", out var list) ? list.EnumerateArray().ToArray() : [])
            {
                string name = parameter.GetProperty("name").GetString()!;
                bool ofR4 = name.StartsWith('_') || ModelInfo.SearchParameters.Any(p => p.Resource == type && p.Name == name);
                Assert.True(ofR4 || PublishedDefinitions.All.Any(d => d.Type == "SearchParameter" && Fits(d, type, name)), $"{type}?{name} is defined nowhere.");
            }
        }

        static bool Fits(PublishedDefinition definition, string type, string name)
        {
            using var json = JsonDocument.Parse(definition.Json);
            return json.RootElement.GetProperty("code").GetString() == name && json.RootElement.GetProperty("base").EnumerateArray().Any(b => b.GetString() == type);
        }
    }

    [Fact]
    [Trait("promise", "M-424")]
    public async Task Authored_resources_claim_their_profile()
    {
        var assessed = (await demo.Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk().Json;
        Assert.Equal([MedAIProfiles.RiskAssessment], Claims(assessed));
        var read = (await demo.Server.PostTextAsync("/fhir/ImagingStudy/demo-chest-clear/$interpret-imaging", "", "")).AssertOk().Json;
        var claims = read.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource")).ToLookup(r => r.GetProperty("resourceType").GetString()!, r => Claims(r)[0]);
        Assert.All(claims["DiagnosticReport"], p => Assert.Equal(MedAIProfiles.DiagnosticReport, p));
        Assert.All(claims["Observation"], p => Assert.Equal(MedAIProfiles.ImagingFinding, p));
        Assert.All(claims["Media"], p => Assert.Equal(MedAIProfiles.Heatmap, p));
        Assert.All(claims["Binary"], p => Assert.Equal(MedAIProfiles.Picture, p));
        Assert.All(claims["Provenance"], p => Assert.Equal(MedAIProfiles.Provenance, p));
        Assert.Equal(5, claims.Count);
        string device = assessed.GetProperty("performer").GetProperty("reference").GetString()![demo.Server.Origin.Length..];
        Assert.Contains(MedAIProfiles.Device, Claims((await demo.Server.GetAsync(device)).AssertOk().Json));
        Assert.Contains(MedAIProfiles.ModelCard, Claims((await demo.Server.GetAsync(device.Replace("/Device/", "/DocumentReference/", StringComparison.Ordinal))).AssertOk().Json));
        foreach (string profile in claims.SelectMany(c => c).Append(MedAIProfiles.RiskAssessment).Append(MedAIProfiles.Device).Append(MedAIProfiles.ModelCard))
            Assert.Contains(PublishedDefinitions.All, d => d.Url == profile);

        static string[] Claims(JsonElement resource) => [.. resource.GetProperty("meta").GetProperty("profile").EnumerateArray().Select(p => p.GetString()!)];
    }
}
