using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.Interpretations;

/// <summary>How a study is referred to in what we write: never by a dangling local reference.</summary>
internal static class StudyReferences
{
    /// <summary>ImagingStudy/[id] for our own, absolute for another server's, null where it has no id or nobody says where it is kept.</summary>
    public static string? Of(JsonElement imagingStudy, PatientKey patient, string ownBase)
    {
        if (FhirJson.String(FhirJson.Member(imagingStudy, "id"u8)) is not { } id || !patient.FhirBase.Contains("://", StringComparison.Ordinal))
            return null;
        return patient.FhirBase == ownBase ? $"ImagingStudy/{id}" : $"{patient.FhirBase}/ImagingStudy/{id}";
    }

    /// <summary>The study's encounter, where it names one.</summary>
    public static string? EncounterOf(JsonElement imagingStudy) => FhirJson.String(FhirJson.Member(FhirJson.Member(imagingStudy, "encounter"u8), "reference"u8));
}
