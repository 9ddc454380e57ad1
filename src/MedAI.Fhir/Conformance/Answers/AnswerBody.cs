using System.Buffers;
using System.Text.Json;
using MedAI.Fhir.Writing;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>Turns a resource's JSON into the bytes that a client asked for.</summary>
internal static class AnswerBody
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = FhirJson.Encoder, SkipValidation = true };
    private static readonly JsonWriterOptions Indented = Compact with { Indented = true, NewLine = "\n" };

    /// <param name="json">UTF-8 JSON of one resource. Sent as it is where nothing else is asked for: that is the fast path.</param>
    /// <exception cref="ArgumentException">A string holds a character that XML cannot hold.</exception>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json, ResponseFormat format, AnswerShape shape)
    {
        bool xml = format == ResponseFormat.Xml;
        if (shape.IsSubset || (shape.Pretty && !xml))
            json = Rewrite(json, shape, indented: shape.Pretty && !xml);
        return xml ? FhirXml.FromResource(json, shape.Pretty) : json;
    }

    private static ReadOnlyMemory<byte> Rewrite(ReadOnlyMemory<byte> json, AnswerShape shape, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length + 512);
        using var document = JsonDocument.Parse(json);
        using (var writer = new Utf8JsonWriter(buffer, indented ? Indented : Compact))
        {
            if (shape.IsSubset)
                new ResourceSubset(writer, shape).Write(document.RootElement);
            else
                document.RootElement.WriteTo(writer);
        }
        return buffer.WrittenMemory;
    }
}
