using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing;

/// <summary>Writes the Provenance of a result in the shape of HL7's AI-Provenance: a machine made it, this machine, after this model card.</summary>
/// <remarks>The inputs stand in RiskAssessment.basis and are not repeated here.</remarks>
public static class ProvenanceWriter
{
    public static Provenance Compose(Prediction prediction, ModelManifest manifest, ResultContext context) => new()
    {
        Id = context.ProvenanceId,
        Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(context.Created), Profile = [MedAIProfiles.Provenance, AITransparency.ProvenanceProfile] },
        Target = [new ResourceReference($"{context.PublicBase}/RiskAssessment/{context.RiskAssessmentId}/_history/1")],
        Occurred = new FhirDateTime(FhirTime.Format(context.Created)),
        Recorded = FhirTime.Truncate(context.Created),
        Reason = [new CodeableConcept { Coding = [AITransparency.Asserted()] }],
        Activity = ModelReferences.Creation(context.Trigger),
        Agent = [ModelReferences.Author(manifest, prediction.Model, context.PublicBase)],
        Entity = [ModelReferences.Card(prediction.Model, context.PublicBase)],
    };

    public static byte[] Write(Prediction prediction, ModelManifest manifest, ResultContext context) => FhirJson.ToUtf8(Compose(prediction, manifest, context));
}
