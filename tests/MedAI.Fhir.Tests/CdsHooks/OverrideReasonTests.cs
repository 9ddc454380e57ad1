using MedAI.Fhir.CdsHooks;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.CdsHooks;

public sealed class OverrideReasonTests
{
    /// <summary>Every code of the code system that a shipped package may use, with HL7's words (input/vocabulary/CodeSystem-non-adherence-reason-codes.json of HL7/cds-hooks).</summary>
    private static readonly Dictionary<string, string> Published = new()
    {
        ["cds-not-applicable"] = "PC CDS does not apply to patient",
        ["cds-suboptimal-context"] = "PC CDS delivered in suboptimal context",
        ["recipient-disagrees-evidence"] = "Recipient disagrees with recommendation because of issues with the evidence",
        ["recipient-concerns-outcomes"] = "Recipient has concerns regarding potential health outcomes",
        ["does-not-align-preferences"] = "Recommendation does not align with patient preferences or values",
        ["not-convenient-feasible"] = "Recommendation is not convenient or feasible",
    };

    private static readonly ManifestCoding Own = new("urn:site", "own", "Our own reason");

    private static ManifestService Service(string? set, params ManifestCoding[] own) => TestManifest.Create().Service with { OverrideReasonSet = set, OverrideReasons = own };

    [Fact, Trait("promise", "V8"), Trait("promise", "M-400")]
    public void Package_that_declares_none_has_the_six_groups_of_HL7()
    {
        var reasons = OverrideReasons.Of(Service(null))!;
        Assert.Equal(Published, reasons.ToDictionary(r => r.Code, r => r.Display));
        Assert.All(reasons, r => Assert.Equal("http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes", r.System));
    }

    [Fact, Trait("promise", "M-400")]
    public void Package_says_standard_own_or_both()
    {
        Assert.Equal(["own"], OverrideReasons.Of(Service(null, Own))!.Select(r => r.Code));
        Assert.Equal(["own"], OverrideReasons.Of(Service("own", Own))!.Select(r => r.Code));
        Assert.Null(OverrideReasons.Of(Service("own")));
        Assert.Equal([.. Published.Keys, "own"], OverrideReasons.Of(Service("standard", Own))!.Select(r => r.Code));
        // A group that the package lists too stands there once.
        Assert.Equal(6, OverrideReasons.Of(Service("standard", new ManifestCoding(OverrideReasons.NonAdherence, "cds-not-applicable", "x")))!.Count);
    }

    [Theory, Trait("promise", "M-400")]
    [InlineData("icu-mortality", "2.0.0")]
    [InlineData("chest-xray-pneumonia", "1.0.0")]
    public void Shipped_package_offers_reasons_of_HL7_in_its_own_words(string id, string version)
    {
        var (manifest, problems) = ManifestReader.Read(File.ReadAllBytes(RepositoryRoot.Combine("models", id, version, "manifest.json")));
        Assert.Empty(problems);
        var standard = OverrideReasons.Of(manifest!.Service)!.Where(r => r.System == OverrideReasons.NonAdherence).ToArray();
        Assert.True(standard.Length >= 3);
        Assert.All(standard, r => Assert.Equal(Published[r.Code], r.Display));
    }
}
