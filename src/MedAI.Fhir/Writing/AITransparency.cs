using Hl7.Fhir.Model;

namespace MedAI.Fhir.Writing;

/// <summary>Names of HL7's "AI Transparency on FHIR" guide (1.0.0-ballot) that results, devices and provenance carry.</summary>
internal static class AITransparency
{
    private const string Guide = "http://hl7.org/fhir/uv/aitransparency";

    public const string DeviceProfile = Guide + "/StructureDefinition/AI-Device";
    public const string ProvenanceProfile = Guide + "/StructureDefinition/AI-Provenance";
    public const string KindExtension = Guide + "/StructureDefinition/aitransparency.AIKind";
    public const string ModelCardExtension = Guide + "/StructureDefinition/aitransparency.modelCardDescription";
    public const string ConfidenceExtension = Guide + "/StructureDefinition/AIconfidence";
    public const string DeviceTypes = Guide + "/CodeSystem/AIdeviceTypeCS";
    public const string Inputs = Guide + "/CodeSystem/AIinputsCS";
    public const string ObservationValue = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

    /// <summary>The label of everything that an AI asserted.</summary>
    public static Coding Asserted() => new(ObservationValue, "AIAST", "Artificial Intelligence asserted");

    public static Coding ArtificialIntelligence() => new(DeviceTypes, "Artificial-Intelligence", "Artificial Intelligence");
}
