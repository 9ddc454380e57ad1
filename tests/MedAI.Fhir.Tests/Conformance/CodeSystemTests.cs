using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Predictions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Conformance;

/// <summary>What the published code systems say is what the code says.</summary>
[Trait("promise", "M-422")]
public sealed class CodeSystemTests
{
    [Theory]
    [InlineData("failure-codes.fsh")]
    [InlineData("issue-types.fsh")]
    public void Source_of_the_published_codes_is_what_the_error_map_says(string file) =>
        Golden.AssertText("../../../profiles/input/fsh/" + file, file == "failure-codes.fsh" ? CodeSystemSource.Failures() : CodeSystemSource.IssueTypes());

    [Fact]
    public void Published_failures_are_those_of_the_server_with_their_statuses()
    {
        var published = Concepts("failure").ToDictionary(c => c.GetProperty("code").GetString()!, c => c.GetProperty("property")[0].GetProperty("valueInteger").GetInt32());
        Assert.Equal(Enum.GetValues<FailureCode>().ToDictionary(KebabCase.Of, f => ErrorMap.StatusOf(f)), published);
    }

    [Fact]
    public void Published_reasons_for_an_abstention_are_those_of_the_models() =>
        Assert.Equal(Enum.GetValues<AbstentionKind>().Select(k => new AbstentionReason(k, "x").Code).Order(StringComparer.Ordinal), Codes("abstention-reason").Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("failure")]
    [InlineData("abstention-reason")]
    public void Every_code_has_one_issue_type(string system)
    {
        var group = Json(PublishedDefinitions.Find("ConceptMap", system + "-to-issue-type")!).GetProperty("group")[0];
        Assert.Equal($"{CanonicalUrls.Base}/CodeSystem/{system}", group.GetProperty("source").GetString());
        // What was abstained from is told by its reason.
        Assert.Equal(Codes(system).Where(c => c != "abstained"), group.GetProperty("element").EnumerateArray().Select(e => e.GetProperty("code").GetString()!));
        Assert.All(group.GetProperty("element").EnumerateArray(), e => Assert.Equal(1, e.GetProperty("target").GetArrayLength()));
    }

    [Theory]
    [InlineData("failure", CanonicalUrls.FailureCodes)]
    [InlineData("abstention-reason", CanonicalUrls.AbstentionReasons)]
    [InlineData("device-version-type", CanonicalUrls.DeviceVersionTypes)]
    [InlineData("report", CanonicalUrls.Reports)]
    [InlineData("ai-estimate", CanonicalUrls.Estimates)]
    public void Code_system_is_published_under_the_name_that_the_code_writes(string id, string url) =>
        Assert.Equal(url, PublishedDefinitions.Find("CodeSystem", id)?.Url);

    [Theory]
    [InlineData("content-sha256", CanonicalUrls.ContentSha256)]
    [InlineData("frame-sha256", CanonicalUrls.FrameSha256)]
    [InlineData("correlation-id", CanonicalUrls.CorrelationId)]
    [InlineData("model", CanonicalUrls.Model)]
    public void Extension_is_published_under_the_name_that_the_code_writes(string id, string url) =>
        Assert.Equal(url, PublishedDefinitions.Find("StructureDefinition", id)?.Url);

    [Fact]
    public void Estimates_of_the_shipped_imaging_models_are_published()
    {
        var codes = Codes("ai-estimate").ToHashSet(StringComparer.Ordinal);
        foreach (string folder in Directory.EnumerateDirectories(RepositoryRoot.Combine("models", "chest-xray-pneumonia")))
        {
            var manifest = ShippedManifest.Read(folder);
            for (int index = 0; index <= manifest.Findings.Count; index++)
                Assert.Contains(FindingWriter.CodeOf(manifest, index), codes);
        }
        Assert.Contains("disorder", codes);
    }

    private static IEnumerable<JsonElement> Concepts(string system) => Json(PublishedDefinitions.Find("CodeSystem", system)!).GetProperty("concept").EnumerateArray();

    private static IEnumerable<string> Codes(string system) => Concepts(system).Select(c => c.GetProperty("code").GetString()!);

    private static JsonElement Json(PublishedDefinition definition) => JsonDocument.Parse(definition.Json).RootElement;
}
