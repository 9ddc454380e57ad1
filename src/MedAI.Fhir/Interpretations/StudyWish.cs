using System.Buffers;
using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Interpretations;

/// <summary>What is kept of a wish to read a study until it was read: everything that a restart would lose.</summary>
/// <remarks>The resources are kept exactly as they were sent.</remarks>
internal static class StudyWish
{
    public static byte[] ToUtf8(InterpretationRequest request, ModelIdentity model)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("model", $"{model.Id}|{model.Version}");
            writer.WriteString("tenant", request.Patient.Tenant);
            writer.WriteString("fhirBase", request.Patient.FhirBase);
            writer.WriteString("patientId", request.Patient.Id);
            writer.WriteString("studyReference", request.StudyReference);
            writer.WriteString("encounterReference", request.EncounterReference);
            writer.WriteString("requestId", request.Request.Id);
            writer.WriteString("started", request.Request.Started);
            writer.WriteString("trigger", request.Trigger);
            writer.WriteString("hookInstance", request.HookInstance);
            writer.WriteString("user", request.User);
            Raw("patient", request.PatientResource);
            Raw("imagingStudy", request.ImagingStudy);
            writer.WriteStartArray("endpoints");
            foreach (var endpoint in request.Endpoints)
            {
                writer.WriteStartObject();
                writer.WriteString("fullUrl", endpoint.FullUrl);
                Raw("resource", endpoint.Resource);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();

            void Raw(string name, JsonElement element)
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(element.GetRawText());
            }
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The wish as it was; valid while the document lives.</summary>
    public static (InterpretationRequest Request, string Model) Read(JsonDocument document, string reportId, DateTimeOffset deadline)
    {
        var root = document.RootElement;
        return (new InterpretationRequest
        {
            ImagingStudy = root.GetProperty("imagingStudy"),
            PatientResource = root.GetProperty("patient"),
            Patient = new PatientKey(root.GetProperty("tenant").GetString()!, root.GetProperty("fhirBase").GetString()!, root.GetProperty("patientId").GetString()!),
            Endpoints = [.. root.GetProperty("endpoints").EnumerateArray().Select(e => new EndpointResource(e.GetProperty("resource"), FhirJson.String(e.GetProperty("fullUrl"))))],
            StudyReference = FhirJson.String(root.GetProperty("studyReference")),
            EncounterReference = FhirJson.String(root.GetProperty("encounterReference")),
            Request = new RequestFacts(root.GetProperty("requestId").GetString()!, root.GetProperty("started").GetDateTimeOffset()),
            Trigger = root.GetProperty("trigger").GetString()!,
            HookInstance = FhirJson.String(root.GetProperty("hookInstance")),
            User = FhirJson.String(root.GetProperty("user")),
            RegisteredReport = reportId,
            Deadline = deadline,
        }, root.GetProperty("model").GetString()!);
    }
}
