namespace MedAI.Fhir.Conformance;

/// <summary>Sorts of things that a CapabilityStatement lists.</summary>
public enum ServedInteractionKind
{
    Interaction,
    Operation,
    SearchParameter,
    Include,
    ReverseInclude,
}
