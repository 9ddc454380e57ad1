namespace MedAI.Fhir.Conformance;

/// <summary>The chosen form.</summary>
/// <param name="ContentType">Content-Type header, with charset; empty when nothing acceptable can be written.</param>
public readonly record struct Negotiated(ResponseFormat Format, string ContentType);
