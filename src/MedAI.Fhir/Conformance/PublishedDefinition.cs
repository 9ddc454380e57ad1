namespace MedAI.Fhir.Conformance;

/// <summary>One definition that this software coined.</summary>
/// <param name="Url">Canonical, without version.</param>
/// <param name="Constrains">The type that a StructureDefinition constrains; null for anything else.</param>
/// <param name="Json">UTF-8 FHIR JSON.</param>
/// <param name="Tag">Weak entity tag; another one as soon as a byte is another.</param>
public sealed record PublishedDefinition(string Type, string Id, string Url, string Version, string? Constrains, ReadOnlyMemory<byte> Json, string Tag);
