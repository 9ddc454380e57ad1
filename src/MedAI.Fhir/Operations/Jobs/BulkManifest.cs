using System.Buffers;
using System.Text.Json;
using MedAI.Fhir.Writing;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>What a bulk request ends in: the list of its files (Bulk Data Access, 3.4; R4, async.html).</summary>
/// <remarks>Only as the result of a job; no waiting caller gets one.</remarks>
/// <param name="Json">UTF-8 JSON of the manifest.</param>
public sealed record BulkManifest(ReadOnlyMemory<byte> Json) : IResult
{
    public const string ContentType = "application/json";

    public const string Ndjson = "application/fhir+ndjson";

    /// <param name="lines">Lines by file; the file of OperationOutcomes is the one of errors.</param>
    public static BulkManifest Of(JobRun job, DateTimeOffset received, bool requiresAccessToken, IReadOnlyDictionary<string, int> lines)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("transactionTime", FhirTime.Format(received));
        writer.WriteString("request", job.Url);
        writer.WriteBoolean("requiresAccessToken", requiresAccessToken);
        Files("output", lines.Where(l => l.Key != "OperationOutcome"));
        Files("error", lines.Where(l => l.Key == "OperationOutcome"));
        writer.WriteEndObject();
        writer.Flush();
        return new BulkManifest(buffer.WrittenMemory);

        void Files(string name, IEnumerable<KeyValuePair<string, int>> files)
        {
            writer.WriteStartArray(name);
            foreach (var (type, count) in files)
            {
                writer.WriteStartObject();
                writer.WriteString("type", type);
                writer.WriteString("url", $"{job.StatusUrl}/{type}.ndjson");
                writer.WriteNumber("count", count);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
    }

    public Task ExecuteAsync(HttpContext httpContext) => throw new InvalidOperationException("A bulk manifest is the result of a job.");
}
