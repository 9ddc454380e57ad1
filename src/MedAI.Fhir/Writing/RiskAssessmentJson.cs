using System.Buffers;
using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Writing;

/// <summary>Serialises a RiskAssessment whose basis has hundreds of entries.</summary>
/// <remarks>
/// Firely writes everything but <c>basis</c>; that one list of plain references is written here, because Firely's generic walk over
/// 430 of them allocates 100 KB of the 860 KB that a hook call may have. A test holds both ways to the same JSON.
/// </remarks>
internal static class RiskAssessmentJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = FhirJson.Encoder, SkipValidation = true };

    public static ReadOnlyMemory<byte> ToUtf8(RiskAssessment resource)
    {
        List<ResourceReference> basis = resource.Basis;
        if (basis.Count == 0)
            return FhirJson.ToUtf8(resource);
        byte[] rest;
        resource.Basis = [];
        try
        {
            rest = FhirJson.ToUtf8(resource);
        }
        finally
        {
            resource.Basis = basis;
        }

        int entry = basis[0].Reference?.Length + 24 ?? 100;
        var buffer = new ArrayBufferWriter<byte>(rest.Length + basis.Count * entry);
        buffer.Write(rest.AsSpan(0, rest.Length - 1));
        buffer.Write(",\"basis\":"u8);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartArray();
            foreach (ResourceReference reference in basis)
                Write(writer, reference);
            writer.WriteEndArray();
        }
        buffer.Write("}"u8);
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, ResourceReference reference)
    {
        writer.WriteStartObject();
        if (InputReferences.HashOf(reference) is { } hash)
        {
            writer.WriteStartArray("extension"u8);
            writer.WriteStartObject();
            writer.WriteString("url"u8, CanonicalUrls.ContentSha256);
            writer.WriteString("valueString"u8, hash);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        if (reference.Reference is { } literal)
            writer.WriteString("reference"u8, literal);
        if (reference.Identifier is { } identifier)
        {
            writer.WriteStartObject("identifier"u8);
            writer.WriteString("system"u8, identifier.System);
            writer.WriteString("value"u8, identifier.Value);
            writer.WriteEndObject();
        }
        if (reference.Display is { } words)
            writer.WriteString("display"u8, words);
        writer.WriteEndObject();
    }
}
