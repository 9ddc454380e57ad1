using System.Buffers;
using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Puts a report and its parts into one Bundle, byte by byte as they are stored.</summary>
public static class ReportBundle
{
    /// <param name="parts">The DiagnosticReport first.</param>
    /// <param name="publicBase">Our public FHIR base without a trailing slash.</param>
    /// <param name="created">When the report was made.</param>
    /// <returns>A collection, UTF-8; the same parts give the same bytes.</returns>
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<WrittenResource> parts, string publicBase, DateTimeOffset created)
    {
        var buffer = new ArrayBufferWriter<byte>(parts.Sum(p => p.Json.Length + 256) + 1024);
        buffer.Write(Encoding.UTF8.GetBytes(
            $$"""{"resourceType":"Bundle","meta":{"security":[{"system":"{{AITransparency.ObservationValue}}","code":"AIAST","display":"Artificial Intelligence asserted"}]},"type":"collection","timestamp":"{{FhirTime.Format(created)}}","entry":["""));
        for (int i = 0; i < parts.Count; i++)
        {
            if (i > 0)
                buffer.Write(","u8);
            buffer.Write("{\"fullUrl\":\""u8);
            buffer.Write(JsonEncodedText.Encode($"{publicBase}/{parts[i].Type}/{parts[i].Id}", FhirJson.Encoder).EncodedUtf8Bytes);
            buffer.Write("\",\"resource\":"u8);
            buffer.Write(parts[i].Json.Span);
            buffer.Write("}"u8);
        }
        buffer.Write("]}"u8);
        return buffer.WrittenMemory;
    }
}
