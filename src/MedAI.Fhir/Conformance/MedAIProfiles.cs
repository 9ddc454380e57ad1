namespace MedAI.Fhir.Conformance;

/// <summary>Canonicals of the profiles that authored resources keep; their definitions are compiled from <c>profiles/</c> and served by <see cref="DefinitionEndpoints"/>.</summary>
public static class MedAIProfiles
{
    public const string RiskAssessment = CanonicalUrls.Base + "/StructureDefinition/medai-risk-assessment";
    public const string DiagnosticReport = CanonicalUrls.Base + "/StructureDefinition/medai-diagnostic-report";
    public const string ImagingFinding = CanonicalUrls.Base + "/StructureDefinition/medai-imaging-finding";
    public const string Heatmap = CanonicalUrls.Base + "/StructureDefinition/medai-heatmap";
    public const string Picture = CanonicalUrls.Base + "/StructureDefinition/medai-picture";
    public const string Provenance = CanonicalUrls.Base + "/StructureDefinition/medai-provenance";
    public const string AuditEvent = CanonicalUrls.Base + "/StructureDefinition/medai-audit-event";
    public const string Device = CanonicalUrls.Base + "/StructureDefinition/medai-device";
    public const string ModelCard = CanonicalUrls.Base + "/StructureDefinition/medai-model-card";
}
