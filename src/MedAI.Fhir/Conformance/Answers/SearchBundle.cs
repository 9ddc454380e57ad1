using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Writing;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>Writes the Bundle that answers a search or a history. Resources go in as they are stored, byte for byte: nothing is parsed again.</summary>
public static class SearchBundle
{
    // The resources were checked when they were stored.
    private static readonly JsonWriterOptions Options = new() { Encoder = FhirJson.Encoder, SkipValidation = true };

    /// <param name="total">All matches; null where they were not counted.</param>
    /// <param name="self">The search as it was understood.</param>
    /// <param name="next">The next page; null on the last.</param>
    /// <param name="entries">Matches first, then what was brought along.</param>
    /// <param name="unknown">Parameters that were left out because they are not known, in words that repeat nothing of a client's.</param>
    public static ReadOnlyMemory<byte> Write(long? total, string self, string? next, IReadOnlyList<SearchBundleEntry> entries, IReadOnlyList<string> unknown) =>
        Write("searchset", total, self, next, entries, unknown);

    /// <summary>The Bundle of a history, newest version first.</summary>
    /// <inheritdoc cref="Write(long?, string, string?, IReadOnlyList{SearchBundleEntry}, IReadOnlyList{string})"/>
    public static ReadOnlyMemory<byte> WriteHistory(long total, string self, string? next, IReadOnlyList<SearchBundleEntry> entries) =>
        Write("history", total, self, next, entries, unknown: []);

    private static ReadOnlyMemory<byte> Write(string type, long? total, string self, string? next, IReadOnlyList<SearchBundleEntry> entries, IReadOnlyList<string> unknown)
    {
        var buffer = new ArrayBufferWriter<byte>(entries.Sum(e => e.Json.Length + 400) + 2_000);
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", type);
        if (total is { } all)
            writer.WriteNumber("total", all);
        writer.WriteStartArray("link");
        Link(writer, "self", self);
        if (next is not null)
            Link(writer, "next", next);
        writer.WriteEndArray();
        if (entries.Count > 0 || unknown.Count > 0)
        {
            writer.WriteStartArray("entry");
            foreach (var entry in entries)
                Entry(writer, entry);
            if (unknown.Count > 0)
                Outcome(writer, unknown);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void Link(Utf8JsonWriter writer, string relation, string url)
    {
        writer.WriteStartObject();
        writer.WriteString("relation", relation);
        writer.WriteString("url", url);
        writer.WriteEndObject();
    }

    private static void Entry(Utf8JsonWriter writer, SearchBundleEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("fullUrl", entry.FullUrl);
        if (!entry.Json.IsEmpty)
        {
            writer.WritePropertyName("resource");
            writer.WriteRawValue(entry.Json.Span, skipInputValidation: true);
        }
        if (entry.Mode is { } mode)
            Mode(writer, mode);
        if (entry.Change is { } change)
        {
            writer.WriteStartObject("request");
            writer.WriteString("method", change.Method);
            writer.WriteString("url", change.Url);
            writer.WriteEndObject();
            writer.WriteStartObject("response");
            writer.WriteString("status", change.Status);
            writer.WriteString("etag", change.ETag);
            writer.WriteString("lastModified", change.LastModified.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void Outcome(Utf8JsonWriter writer, IReadOnlyList<string> unknown)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("resource");
        writer.WriteString("resourceType", "OperationOutcome");
        writer.WriteStartArray("issue");
        writer.WriteStartObject();
        writer.WriteString("severity", "warning");
        writer.WriteString("code", "not-supported");
        writer.WriteString("diagnostics", $"Not known to this search and left out: {string.Join(", ", unknown)}.");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        Mode(writer, "outcome");
        writer.WriteEndObject();
    }

    private static void Mode(Utf8JsonWriter writer, string mode)
    {
        writer.WriteStartObject("search");
        writer.WriteString("mode", mode);
        writer.WriteEndObject();
    }
}

/// <summary>One resource of the Bundle.</summary>
/// <param name="FullUrl">Absolute URL of the resource, without version.</param>
/// <param name="Json">UTF-8 JSON of the resource; empty where it was deleted.</param>
/// <param name="Mode">match or include; null in a history.</param>
public sealed record SearchBundleEntry(string FullUrl, ReadOnlyMemory<byte> Json, string? Mode)
{
    /// <summary>How the version came to be; null in a search.</summary>
    public BundleChange? Change { get; init; }
}

/// <summary>The interaction that made a version, as R4 wants it told in a history.</summary>
public sealed record BundleChange(string Method, string Url, string Status, string ETag, DateTimeOffset LastModified);
