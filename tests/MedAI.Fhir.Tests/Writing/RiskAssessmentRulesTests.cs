using Hl7.Fhir.Model;
using MedAI.Fhir.Writing;

namespace MedAI.Fhir.Tests.Writing;

/// <summary>Every rule refuses a resource that breaks it and nothing else.</summary>
[Trait("promise", "M-62")]
public sealed class RiskAssessmentRulesTests
{
    public static TheoryData<string, Action<RiskAssessment>> Broken => new()
    {
        { "ras-2", r => r.Prediction[0].Probability = new FhirDecimal(120m) },
        { "ras-2", r => r.Prediction[0].Probability = new FhirDecimal(-0.1m) },
        { "ras-1", r => r.Prediction[0].Probability = new Hl7.Fhir.Model.Range { Low = new Quantity(1, "mg"), High = new Quantity(2, "mg") } },
        { "rng-2", r => r.Prediction[0].Probability = new Hl7.Fhir.Model.Range { Low = new Quantity(20, "%"), High = new Quantity(2, "%") } },
        { "probability[x]: is required", r => r.Prediction[0].Probability = null },
        { "per-1", r => ((Period)r.Prediction[0].When!).End = "2026-03-02T06:00:00Z" },
        { "whenPeriod.start", r => ((Period)r.Prediction[0].When!).Start = null },
        { "whenPeriod.end: is required without an encounter", r => r.Encounter = null },
        { "when[x]: is required", r => r.Prediction[0].When = null },
        { "relativeRisk", r => r.Prediction[0].RelativeRisk = 2 },
        { "outcome: is required", r => r.Prediction[0].Outcome = null },
        { "prediction: at least one", r => r.Prediction.Clear() },
        { "subject: is required", r => r.Subject = null! },
        { "subject: must refer to Patient or Group", r => r.Subject = new ResourceReference("Practitioner/1") },
        { "performer: is required", r => r.Performer = null },
        { "performer: must refer to Device", r => r.Performer = new ResourceReference("http://x.test/fhir/Patient/1") },
        { "performer: must be absolute", r => r.Performer = new ResourceReference("Device/1") },
        { "encounter: must refer to Encounter", r => r.Encounter = new ResourceReference("Patient/1") },
        { "basis: is empty", r => r.Basis.Clear() },
        { "occurs twice", r => r.Basis.Add(new ResourceReference(r.Basis[0].Reference)) },
        { "is not a reference to a resource", r => r.Basis[0] = new ResourceReference("#contained") },
        { "no reference, no identifier and no words", r => r.Basis[0] = new ResourceReference { Type = "Observation" } },
        { "AIAST", r => r.Meta!.Security.Clear() },
        { "versionId and lastUpdated", r => r.Meta!.VersionId = null },
        { "status: is required", r => r.Status = null },
        { "code: a coding", r => r.Code = null },
        { "method: a coding with a version", r => r.Method!.Coding[0].Version = null },
        { "occurrence: a dateTime", r => r.Occurrence = new FhirDateTime("2026-03-02") },
        { "dom-5", r => r.Contained.Add(new Device()) },
        { "id: is missing", r => r.Id = "not an id" },
        { "note.text", r => r.Note.Add(new Annotation()) },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_resource_is_refused_with_the_rule_named(string rule, Action<RiskAssessment> breakIt)
    {
        RiskAssessment resource = WritingExample.Create().Write().Resource;
        Assert.Empty(RiskAssessmentRules.Check(resource));
        breakIt(resource);
        string problem = Assert.Single(RiskAssessmentRules.Check(resource));
        Assert.Contains(rule, problem);
    }

    [Fact]
    public void Result_that_breaks_a_rule_is_not_serialised()
    {
        WritingExample example = WritingExample.Create();
        WrittenRiskAssessment written = (example with { Context = example.Context with { EncounterReference = null } }).Write();
        Assert.NotEmpty(written.Problems);
        Assert.True(written.Json.IsEmpty);
    }
}
