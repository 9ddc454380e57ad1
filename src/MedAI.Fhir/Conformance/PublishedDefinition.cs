using System.Security.Cryptography;
using System.Text.Json;

namespace MedAI.Fhir.Conformance;

/// <summary>One definition that this software coined.</summary>
/// <param name="Url">Canonical, without version.</param>
/// <param name="Constrains">The type that a StructureDefinition constrains; null for anything else.</param>
/// <param name="Json">UTF-8 FHIR JSON.</param>
/// <param name="Tag">Weak entity tag; another one as soon as a byte is another.</param>
public sealed record PublishedDefinition(string Type, string Id, string Url, string Version, string? Constrains, ReadOnlyMemory<byte> Json, string Tag)
{
    /// <param name="json">UTF-8 JSON of a canonical resource with a version.</param>
    public static PublishedDefinition Read(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        string type = Text("resourceType");
        return new PublishedDefinition(type, Text("id"), Text("url"), Text("version"), type == "StructureDefinition" ? Text("type") : null,
            json, $"W/\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 8))}\"");

        string Text(string member) => root.GetProperty(member).GetString()!;
    }
}
