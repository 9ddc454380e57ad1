using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Store;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Interpretations;

/// <summary>Names of what is done once: running pixels, reporting a study, reading a study in the background.</summary>
internal static class InterpretationKeys
{
    /// <summary>The same image, frame, input and model: the same outputs.</summary>
    /// <remarks>The input's hash covers what the frame's does not: window, tables and crop.</remarks>
    public static string ImageRun(string sopUid, string frameHash, string inputHash, ModelIdentity model) =>
        PartsKey.Of("image-run", sopUid, frameHash, inputHash, model.Hash);

    /// <summary>The same patient, study, model and outcome of every image: the same report.</summary>
    public static string Report(InterpretationRequest request, StudyInterpretation interpretation)
    {
        List<string> parts =
        [
            "report", request.Patient.Tenant, request.Patient.FhirBase, request.Patient.Id, request.StudyReference ?? "", request.EncounterReference ?? "",
            interpretation.StudyUid, interpretation.Model.Hash, interpretation.Manifest.Version,
        ];
        foreach (var image in interpretation.Images)
        {
            parts.Add(image.SeriesUid ?? "");
            parts.Add(image.SopUid ?? "");
            parts.Add(image.Read is { } read ? $"{read.Source.FrameHash} {read.Prediction.InputHash}"
                : image.Error is { } error ? $"{error.Kind} {error.Cause?.Kind}"
                : string.Join(',', image.Refusals.Select(r => r.Code)));
        }
        return PartsKey.Of([.. parts]);
    }

    /// <summary>The same patient, study resource and model: the same reading.</summary>
    public static string Reading(PatientKey patient, JsonElement imagingStudy, ModelIdentity model)
    {
        // meta changes with every copy that an EHR sends; what counts is which images the study says to have and where.
        List<string> parts = ["reading", patient.Tenant, patient.FhirBase, patient.Id, model.Hash];
        foreach (string member in (ReadOnlySpan<string>)["id", "identifier", "subject", "started", "endpoint", "series"])
            parts.Add(imagingStudy.TryGetProperty(member, out var value) ? value.GetRawText() : "");
        return PartsKey.Of([.. parts]);
    }

    /// <summary>A key of its own for a report that repeats another one.</summary>
    public static string Again(string key, string reportId) => PartsKey.Of("again", key, reportId);
}
