namespace MedAI.Fhir.Conformance;

/// <summary>In which form an answer is written.</summary>
public enum ResponseFormat
{
    Json,
    Xml,
    Html,
    NotAcceptable,
}
