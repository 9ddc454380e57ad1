using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Writing;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>Writes what became of an operation as R5's asynchronous pattern has it: a batch-response with one entry (R5, async-bundle.html 3.2.0.6; ADR 21).</summary>
internal static class JobBundle
{
    public static ReadOnlyMemory<byte> Of(FhirResult result, ReturnPreference preference, DateTimeOffset now) => Write(now, writer =>
    {
        // The resource of a result that is stored under an id of its own has a name; others are answers only.
        if (result.StoredAt is { } stored && preference != ReturnPreference.OperationOutcome && preference != ReturnPreference.Minimal)
            writer.WriteString("fullUrl", stored.Split("/_history/")[0]);
        if (result.StoredAt is null || preference is ReturnPreference.None or ReturnPreference.Representation)
        {
            writer.WritePropertyName("resource");
            writer.WriteRawValue(result.Json.Span, skipInputValidation: true);
        }
        writer.WriteStartObject("response");
        writer.WriteString("status", Status(result.StatusCode ?? StatusCodes.Status200OK));
        if (result.StoredAt is { } location)
            writer.WriteString("location", location);
        writer.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Of(Failure failure, string correlationId, DateTimeOffset now) => Write(now, writer =>
    {
        var answer = ErrorMap.Answer(failure, correlationId);
        writer.WriteStartObject("response");
        writer.WriteString("status", Status(answer.Status));
        writer.WritePropertyName("outcome");
        writer.WriteRawValue(answer.Outcome.Span, skipInputValidation: true);
        writer.WriteEndObject();
    });

    private static string Status(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static ReadOnlyMemory<byte> Write(DateTimeOffset now, Action<Utf8JsonWriter> entry)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", "batch-response");
        writer.WriteString("timestamp", FhirTime.Format(now));
        writer.WriteStartArray("entry");
        writer.WriteStartObject();
        entry(writer);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
