using System.Text.Json;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Store;
using FhirTime = MedAI.Fhir.Writing.FhirTime;

namespace MedAI.Fhir.Auditing;

/// <summary>Writes one inference as a line of the log, from what was stored with it: nothing is computed again.</summary>
internal static class InferenceLogWriter
{
    public static void Write(Utf8JsonWriter writer, InferenceRecord record)
    {
        var row = record.Audit;
        writer.WriteStartObject();
        writer.WriteString("id", row.Id);
        writer.WriteString("requestId", row.RequestId);
        writer.WriteString("kind", record.Kind);
        writer.WriteString("started", FhirTime.Format(row.Started));
        writer.WriteString("ended", FhirTime.Format(row.Ended));
        writer.WriteString("asOf", FhirTime.Format(record.AsOf));
        writer.WriteString("trigger", row.Trigger);
        Text("hookInstance", row.HookInstance);
        writer.WriteString("client", row.Client);
        Text("user", row.User);
        writer.WriteNumber("status", row.Status);
        if (row.Patient is { } patient)
        {
            writer.WriteStartObject("patient");
            writer.WriteString("tenant", patient.Tenant);
            writer.WriteString("fhirBase", patient.FhirBase);
            writer.WriteString("id", patient.Id);
            writer.WriteEndObject();
        }
        writer.WriteStartObject("model");
        writer.WriteString("id", row.ModelId);
        writer.WriteString("version", row.ModelVersion);
        writer.WriteString("sha256", row.ModelHash);
        writer.WriteEndObject();
        Text("inputHash", row.InputHash);
        Text("reasons", row.Reasons.Length == 0 ? null : row.Reasons);
        Text("threshold", row.Threshold);
        Text("result", row.ResultId is null ? null : $"{row.ResultType ?? "RiskAssessment"}/{row.ResultId}");
        if (record.Resource is { } resource)
            WriteInputs(writer, resource);
        if (!record.Detail.IsEmpty)
        {
            // Estimates, thresholds with their values, contributions, quality of the data; its own inputs where nothing was stored.
            writer.WritePropertyName("output");
            writer.WriteRawValue(record.Detail.Span, skipInputValidation: true);
        }
        Text("cards", row.Cards);
        if (record.Feedback.Count > 0)
        {
            writer.WriteStartArray("feedback");
            foreach (var said in record.Feedback)
            {
                writer.WriteStartObject();
                writer.WriteString("card", said.Card);
                writer.WriteString("outcome", said.Outcome);
                writer.WriteString("at", FhirTime.Format(said.OutcomeTime));
                writer.WriteString("recorded", FhirTime.Format(said.Recorded));
                Text("reasonSystem", said.ReasonSystem);
                Text("reasonCode", said.ReasonCode);
                Text("reason", said.ReasonDisplay);
                Text("comment", said.Comment);
                Text("suggestions", said.Suggestions);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();

        void Text(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                writer.WriteString(name, value);
        }
    }

    /// <summary>What a stored result says that it was made from: versioned references, or the hash of what was read.</summary>
    private static void WriteInputs(Utf8JsonWriter writer, ReadOnlyMemory<byte> resource)
    {
        using var document = JsonDocument.Parse(resource);
        var root = document.RootElement;
        writer.WriteStartArray("inputs");
        foreach (var member in (ReadOnlySpan<string>)["basis", "imagingStudy"])
        {
            if (!root.TryGetProperty(member, out var list))
                continue;
            foreach (var reference in FhirJson.Items(list))
                reference.WriteTo(writer);
        }
        writer.WriteEndArray();
    }
}
