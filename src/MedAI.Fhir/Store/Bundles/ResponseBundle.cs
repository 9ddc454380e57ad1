using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Writing;
using Microsoft.AspNetCore.WebUtilities;

namespace MedAI.Fhir.Store.Bundles;

/// <summary>Writes the Bundle that answers a Bundle: an entry for each entry, in their order.</summary>
internal static class ResponseBundle
{
    private static readonly JsonWriterOptions Options = new() { Encoder = FhirJson.Encoder, SkipValidation = true };

    /// <param name="type">batch-response or transaction-response.</param>
    public static ReadOnlyMemory<byte> Write(string type, IReadOnlyList<EntryAnswer> answers)
    {
        var buffer = new ArrayBufferWriter<byte>(answers.Sum(a => a.Json.Length + 300) + 200);
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", type);
        if (answers.Count > 0)
        {
            writer.WriteStartArray("entry");
            foreach (var answer in answers)
                Entry(writer, answer);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void Entry(Utf8JsonWriter writer, EntryAnswer answer)
    {
        writer.WriteStartObject();
        if (!answer.IsFailure && !answer.Json.IsEmpty)
            Resource(writer, "resource", answer.Json);
        writer.WriteStartObject("response");
        writer.WriteString("status", string.Create(CultureInfo.InvariantCulture, $"{answer.Status} {ReasonPhrases.GetReasonPhrase(answer.Status)}").TrimEnd());
        if (answer.Location is { } location)
            writer.WriteString("location", location);
        if (answer.ETag is { } etag)
            writer.WriteString("etag", etag);
        if (answer.LastModified is { } modified)
            writer.WriteString("lastModified", modified.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        if (answer.IsFailure && !answer.Json.IsEmpty)
            Resource(writer, "outcome", answer.Json);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Resource(Utf8JsonWriter writer, string name, ReadOnlyMemory<byte> json)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(json.Span, skipInputValidation: true);
    }
}
