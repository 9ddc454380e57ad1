using System.Text.Json;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Reading;
using MedAI.Models.Images;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Picks Patient, ImagingStudies and Endpoints out of what came with a hook.</summary>
internal sealed class SentStudies
{
    private readonly List<JsonElement> _studies = [];
    private readonly List<JsonElement> _patients = [];

    public List<EndpointResource> Endpoints { get; } = [];

    /// <summary>True when the source of the data answered with an error.</summary>
    public bool Broken { get; private set; }

    /// <summary>Takes a fetched or stored document with all its pages.</summary>
    public void Take(ClinicalDocument document)
    {
        if (document.Root.ValueKind == JsonValueKind.Array)
        {
            foreach (var resource in document.Root.EnumerateArray())
                Take(resource, null);
            return;
        }
        Take(document.Root, null);
        foreach (var page in document.MorePages)
            Take(page, null);
    }

    public void Take(JsonElement value, string? fullUrl)
    {
        switch (FhirJson.String(FhirJson.Member(value, "resourceType"u8)))
        {
            case "ImagingStudy":
                _studies.Add(value);
                break;
            case "Patient":
                _patients.Add(value);
                break;
            case "Endpoint":
                Endpoints.Add(new EndpointResource(value, fullUrl));
                break;
            case "OperationOutcome":
                Broken |= FhirJson.Items(FhirJson.Member(value, "issue"u8)).Any(i => FhirJson.Member(i, "severity"u8) is var s && (FhirJson.Is(s, "error"u8) || FhirJson.Is(s, "fatal"u8)));
                break;
            case "Bundle":
                foreach (var entry in FhirJson.Items(FhirJson.Member(value, "entry"u8)))
                    Take(FhirJson.Member(entry, "resource"u8), FhirJson.String(FhirJson.Member(entry, "fullUrl"u8)));
                break;
        }
    }

    public JsonElement? PatientWith(string id)
    {
        foreach (var patient in _patients)
        {
            if (FhirJson.String(FhirJson.Member(patient, "id"u8)) == id)
                return patient;
        }
        return null;
    }

    /// <summary>The study that is named, else the newest that may hold images for the model; null when there is none.</summary>
    public JsonElement? Choose(IImagingModel model, string? id)
    {
        if (id is not null)
            return FirstOrNull(_studies.Where(s => FhirJson.String(FhirJson.Member(s, "id"u8)) == id));
        var modalities = model.Package.Manifest.AsImaging().Imaging.Modalities;
        return FirstOrNull(_studies.Where(s => MayHold(s, modalities)).OrderByDescending(s => ImagingStudyReader.Started(s) ?? DateTimeOffset.MinValue));
    }

    private static JsonElement? FirstOrNull(IEnumerable<JsonElement> studies)
    {
        foreach (var study in studies)
            return study;
        return null;
    }

    /// <summary>A study that states other modalities only, or was withdrawn, is none; one that states nothing may be.</summary>
    private static bool MayHold(JsonElement study, IReadOnlyList<string> modalities)
    {
        var status = FhirJson.Member(study, "status"u8);
        if (FhirJson.Is(status, "entered-in-error"u8) || FhirJson.Is(status, "cancelled"u8))
            return false;
        bool stated = false;
        foreach (string? modality in FhirJson.Items(FhirJson.Member(study, "series"u8)).Select(s => FhirJson.String(FhirJson.Member(FhirJson.Member(s, "modality"u8), "code"u8)))
            .Concat(FhirJson.Items(FhirJson.Member(study, "modality"u8)).Select(m => FhirJson.String(FhirJson.Member(m, "code"u8)))))
        {
            if (modality is null)
                continue;
            if (modalities.Contains(modality, StringComparer.OrdinalIgnoreCase))
                return true;
            stated = true;
        }
        return !stated;
    }
}
