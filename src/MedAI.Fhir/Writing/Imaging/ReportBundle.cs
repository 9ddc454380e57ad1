using System.Buffers;
using System.Text.Json;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Puts a report and its parts into one Bundle, as they are stored.</summary>
public static class ReportBundle
{
    /// <param name="parts">The DiagnosticReport first.</param>
    /// <param name="publicBase">Our public FHIR base without a trailing slash.</param>
    /// <returns>A collection, UTF-8.</returns>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<WrittenResource> parts, string publicBase)
    {
        var buffer = new ArrayBufferWriter<byte>(parts.Sum(p => p.Json.Length) + 256 * (parts.Count + 1));
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", "collection");
        writer.WriteStartArray("entry");
        foreach (var part in parts)
        {
            writer.WriteStartObject();
            writer.WriteString("fullUrl", $"{publicBase}/{part.Type}/{part.Id}");
            writer.WritePropertyName("resource");
            writer.WriteRawValue(part.Json.Span, skipInputValidation: true);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
