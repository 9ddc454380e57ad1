using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;

namespace MedAI.Fhir.Tests.Access.Smart;

[Trait("promise", "M-500")]
public sealed class SmartScopeTests
{
    private static readonly PatientKey Patient = new("ehr", "https://ehr.example.org/fhir", "a");

    [Theory]
    [InlineData("patient/Observation.rs", ScopeContext.Patient, "Observation", "rs")]
    [InlineData("user/*.cruds", ScopeContext.User, null, "cruds")]
    [InlineData("system/RiskAssessment.c", ScopeContext.System, "RiskAssessment", "c")]
    [InlineData("patient/Observation.read", ScopeContext.Patient, "Observation", "rs")]
    [InlineData("patient/Observation.write", ScopeContext.Patient, "Observation", "cud")]
    [InlineData("user/Observation.*", ScopeContext.User, "Observation", "cruds")]
    [InlineData("system/*.*", ScopeContext.System, null, "cruds")]
    [InlineData("system/*.ds", ScopeContext.System, null, "ds")]
    public void Scopes_of_both_versions_are_understood(string text, ScopeContext context, string? type, string rights) =>
        Assert.Equal(new SmartScope(context, type, rights), SmartScope.Parse(text));

    [Theory]
    [InlineData("patient/Observation.sr")]
    [InlineData("patient/Observation.rr")]
    [InlineData("patient/Observation.")]
    [InlineData("patient/Observation")]
    [InlineData("patient/Observation.x")]
    [InlineData("patient/Observation.reads")]
    [InlineData("patient/observation.rs")]
    [InlineData("Patient/Observation.rs")]
    [InlineData("patient/Obs ervation.rs")]
    [InlineData("clinician/Observation.rs")]
    [InlineData("patient/Observation.rs\n")]
    [InlineData("launch/patient")]
    [InlineData("openid")]
    [InlineData("offline_access")]
    [InlineData("")]
    public void What_is_no_scope_of_resources_gives_nothing(string text) => Assert.Null(SmartScope.Parse(text));

    [Theory]
    [InlineData("patient/Observation.rs?category=laboratory")]
    [InlineData("patient/Observation.rs?")]
    [InlineData("user/*.cruds?_id=1")]
    [InlineData("patient/Observation.read?category=vital-signs")]
    public void Restricted_scope_is_never_taken_for_the_whole(string text)
    {
        Assert.Null(SmartScope.Parse(text));
        Assert.Equal(Reach.None, SmartScopes.Parse(text).Of("Observation", 'r'));
        // Beside an unrestricted one it takes nothing away.
        Assert.Equal(Reach.Patient, SmartScopes.Parse(text + " patient/Observation.r").Of("Observation", 'r'));
    }

    [Fact]
    public void Wider_scope_counts_and_the_narrowest_need_decides()
    {
        var access = new FhirAccess("ehr", SmartScopes.Parse("patient/Patient.r user/Observation.rs patient/RiskAssessment.cr openid"), Patient);
        Assert.Equal(Reach.Tenant, access.ReachOf(new ScopeNeed("Observation", "rs")));
        Assert.Equal(Reach.Patient, access.ReachOf(new ScopeNeed("RiskAssessment", "r")));
        Assert.Equal(Reach.None, access.ReachOf(new ScopeNeed("RiskAssessment", "rs")));
        Assert.Equal(Reach.Patient, access.ReachOf([new ScopeNeed("Patient", "r"), new ScopeNeed("Observation", "rs")]));
        Assert.Equal(Reach.None, access.ReachOf([new ScopeNeed("Patient", "r"), new ScopeNeed("Device", "r")]));
        Assert.Equal(Reach.None, access.ReachOf([new ScopeNeed("Observation", "rs")], systemOnly: true));
        Assert.Equal(Reach.None, (access with { Patient = null }).ReachOf(new ScopeNeed("RiskAssessment", "r")));
        Assert.Equal(Reach.None, access.ReachOf(new ScopeNeed(null, "r")));
    }

    [Fact]
    public void Resources_that_come_along_are_judged_by_their_own_type()
    {
        var access = new FhirAccess("ehr", SmartScopes.Parse("patient/RiskAssessment.rs user/Device.r"), Patient);
        Assert.True(access.MayInclude("RiskAssessment", out var only));
        Assert.Equal(Patient, only);
        Assert.True(access.MayInclude("Device", out only));
        Assert.Null(only);
        // What the request itself is restricted to holds for what comes along, however wide its own scope is.
        Assert.True((access with { Only = Patient }).MayInclude("Device", out only));
        Assert.Equal(Patient, only);
        Assert.False(access.MayInclude("Observation", out _));
    }

    /// <summary>Whatever a client sends as scopes: no text gives more than its well-formed parts do.</summary>
    [Fact]
    public void Invented_scopes_give_nothing()
    {
        var random = new Random(7);
        const string letters = "patienuserysm/*.crudsOb?=&% \t";
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => letters[random.Next(letters.Length)]));
            var scopes = SmartScopes.Parse(text);
            bool formed = text.Split(' ').Any(t => System.Text.RegularExpressions.Regex.IsMatch(t, @"^(patient|user|system)/(\*|[A-Z][A-Za-z]+)\.(c?r?u?d?s?|\*|read|write)$") && !t.EndsWith('.'));
            Assert.True(formed || scopes.Of("Observation", 'r') == Reach.None, text);
        }
    }
}
