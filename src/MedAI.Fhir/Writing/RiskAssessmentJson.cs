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

    /// <summary>Room for what stands around the values of one entry.</summary>
    private const int Punctuation = 56;

    /// <param name="frame">Everything but the basis.</param>
    /// <param name="basis">What its basis will be.</param>
    public static ReadOnlyMemory<byte> ToUtf8(RiskAssessment frame, List<BasisEntry> basis)
    {
        byte[] rest = FhirJson.ToUtf8(frame);
        if (basis.Count == 0)
            return rest;
        // Made large enough at once: growing would copy what is already written several times.
        var buffer = new ArrayBufferWriter<byte>(rest.Length + RoomFor(basis));
        buffer.Write(rest.AsSpan(0, rest.Length - 1));
        buffer.Write(",\"basis\":"u8);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartArray();
            foreach (BasisEntry entry in basis)
                Write(writer, entry);
            writer.WriteEndArray();
        }
        buffer.Write("}"u8);
        return buffer.WrittenMemory;
    }

    private static int RoomFor(List<BasisEntry> basis)
    {
        // The writer asks for the most that a value could take escaped, before it knows.
        int room = 4096;
        foreach (var (reference, urn, display, hash) in basis)
        {
            room += 16 + (reference?.Length ?? 0) + (urn?.Length + Punctuation ?? 0) + (display?.Length ?? 0);
            if (hash is not null)
                room += CanonicalUrls.ContentSha256.Length + hash.Length + Punctuation;
        }
        return room;
    }

    private static void Write(Utf8JsonWriter writer, in BasisEntry entry)
    {
        writer.WriteStartObject();
        if (entry.ContentHash is { } hash)
        {
            writer.WriteStartArray("extension"u8);
            writer.WriteStartObject();
            writer.WriteString("url"u8, CanonicalUrls.ContentSha256);
            writer.WriteString("valueString"u8, hash);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        if (entry.Reference is { } literal)
            writer.WriteString("reference"u8, literal);
        if (entry.Urn is { } urn)
        {
            writer.WriteStartObject("identifier"u8);
            writer.WriteString("system"u8, InputReferences.UrnSystem);
            writer.WriteString("value"u8, urn);
            writer.WriteEndObject();
        }
        if (entry.Display is { } display)
            writer.WriteString("display"u8, display);
        writer.WriteEndObject();
    }
}
