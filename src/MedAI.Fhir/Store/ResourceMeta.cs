using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MedAI.Fhir.Store;

/// <summary>Writes a resource's JSON again with its version and time of change, all else kept: numbers to the digit, unknown members too.</summary>
internal static class ResourceMeta
{
    // Only what JSON itself demands is escaped: the text goes into a store, not into HTML.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The tag of a version as HTTP has it (R4, http.html 3.1.0.1.3).</summary>
    public static string ETag(int version) => string.Create(CultureInfo.InvariantCulture, $"W/\"{version}\"");

    /// <summary>The same resource with meta.versionId and meta.lastUpdated set.</summary>
    /// <param name="references">Values of <c>reference</c> members to write differently, for instance urn:uuid of a Bundle; null for none.</param>
    public static byte[] Stamp(JsonElement resource, int version, DateTimeOffset lastUpdated, IReadOnlyDictionary<string, string>? references = null) =>
        Stamp(resource, version, lastUpdated, references is null ? null : references.GetValueOrDefault);

    /// <summary>A client's resource as it is stored: under its id, resourceType, id and meta first whatever their order was.</summary>
    /// <param name="other">What a <c>reference</c> is to be instead; null where it stays.</param>
    public static byte[] Place(JsonElement resource, string id, int version, DateTimeOffset lastUpdated, Func<string, string?> other)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, Plain);
        writer.WriteStartObject();
        writer.WriteString("resourceType", resource.GetProperty("resourceType").GetString());
        writer.WriteString("id", id);
        WriteMeta(writer, resource.TryGetProperty("meta", out var meta) ? meta : default, version, lastUpdated);
        foreach (var member in resource.EnumerateObject())
        {
            if (!member.NameEquals("resourceType") && !member.NameEquals("id") && !member.NameEquals("meta"))
                CopyMember(writer, member, other);
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Stamp(JsonElement resource, int version, DateTimeOffset lastUpdated, Func<string, string?>? references)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, Plain);
        // FHIR's own order: resourceType, id, meta, the rest.
        string place = resource.TryGetProperty("meta", out _) ? "meta" : resource.TryGetProperty("id", out _) ? "id" : "resourceType";
        writer.WriteStartObject();
        foreach (var member in resource.EnumerateObject())
        {
            if (!member.NameEquals("meta"))
                CopyMember(writer, member, references);
            if (member.NameEquals(place))
                WriteMeta(writer, place == "meta" ? member.Value : default, version, lastUpdated);
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteMeta(Utf8JsonWriter writer, JsonElement old, int version, DateTimeOffset lastUpdated)
    {
        writer.WriteStartObject("meta");
        writer.WriteString("versionId", version.ToString());
        writer.WriteString("lastUpdated", lastUpdated.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
        if (old.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in old.EnumerateObject())
            {
                if (!member.NameEquals("versionId") && !member.NameEquals("lastUpdated"))
                    member.WriteTo(writer);
            }
        }
        writer.WriteEndObject();
    }

    private static void CopyMember(Utf8JsonWriter writer, JsonProperty member, Func<string, string?>? references)
    {
        if (references is null)
        {
            member.WriteTo(writer);
        }
        else if (member.NameEquals("reference") && member.Value.ValueKind == JsonValueKind.String
            && references(member.Value.GetString()!) is { } local)
        {
            writer.WriteString("reference", local);
        }
        else
        {
            writer.WritePropertyName(member.Name);
            Copy(writer, member.Value, references);
        }
    }

    private static void Copy(Utf8JsonWriter writer, JsonElement value, Func<string, string?> references)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                    CopyMember(writer, member, references);
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Copy(writer, item, references);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
