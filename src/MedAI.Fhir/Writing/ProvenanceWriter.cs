using Hl7.Fhir.Model;
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
        Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(context.Created), Profile = [AITransparency.ProvenanceProfile] },
        Target = [new ResourceReference($"{context.PublicBase}/RiskAssessment/{context.RiskAssessmentId}/_history/1")],
        Occurred = new FhirDateTime(FhirTime.Format(context.Created)),
        Recorded = FhirTime.Truncate(context.Created),
        Reason = [new CodeableConcept { Coding = [AITransparency.Asserted()] }],
        Activity = new CodeableConcept("http://terminology.hl7.org/CodeSystem/v3-DataOperation", "CREATE", "create", context.Trigger),
        Agent =
        [
            new Provenance.AgentComponent
            {
                Type = new CodeableConcept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "author", "Author", null),
                Role = [new CodeableConcept { Coding = [AITransparency.ArtificialIntelligence()] }],
                Who = new ResourceReference(DeviceIds.Reference(prediction.Model, context.PublicBase), $"{manifest.Title} {prediction.Model.Version}"),
            },
        ],
        Entity =
        [
            new Provenance.EntityComponent
            {
                Role = Provenance.ProvenanceEntityRole.Derivation,
                What = new ResourceReference(DeviceIds.ModelCardReference(prediction.Model, context.PublicBase), "Model card"),
            },
        ],
    };

    public static byte[] Write(Prediction prediction, ModelManifest manifest, ResultContext context) => FhirJson.ToUtf8(Compose(prediction, manifest, context));
}
