using Hl7.Fhir.Model;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>The body site of a model's images, where all of them show one.</summary>
internal static class BodySites
{
    public static CodeableConcept? Of(ModelManifest manifest) =>
        manifest.Imaging?.BodyParts is { Count: > 0 } parts && parts.All(p => p is "CHEST" or "THORAX")
            ? new CodeableConcept("http://snomed.info/sct", "51185008", "Thoracic structure", null)
            : null;
}
