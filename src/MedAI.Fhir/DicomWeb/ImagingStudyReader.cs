using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Reads an ImagingStudy as it was sent.</summary>
internal static class ImagingStudyReader
{
    private const string OidPrefix = "urn:oid:";

    /// <param name="study">The resource.</param>
    /// <param name="patient">Whom it must be about.</param>
    /// <param name="facts">Null when the study is refused.</param>
    /// <returns>Why it is refused; null when it is not.</returns>
    public static DicomWebErrorKind? Read(JsonElement study, PatientKey patient, out ImagingStudyFacts? facts)
    {
        facts = null;
        if (!FhirJson.Is(FhirJson.Member(study, "resourceType"u8), "ImagingStudy"u8))
            return DicomWebErrorKind.StudyUnusable;
        var status = FhirJson.Member(study, "status"u8);
        if (FhirJson.Is(status, "entered-in-error"u8) || FhirJson.Is(status, "cancelled"u8))
            return DicomWebErrorKind.StudyUnusable;
        if (new PatientOwnership(patient).Of(FhirJson.Member(study, "subject"u8), ownBase: true) != Subject.Ours)
            return DicomWebErrorKind.StudySubjectMismatch;
        if (StudyUid(study) is not { } uid)
            return DicomWebErrorKind.StudyUnusable;
        var series = new List<ImagingSeriesFacts>();
        foreach (var one in FhirJson.Items(FhirJson.Member(study, "series"u8)))
        {
            var instances = new List<ImagingInstanceFacts>();
            foreach (var instance in FhirJson.Items(FhirJson.Member(one, "instance"u8)))
            {
                string? sopClass = FhirJson.String(FhirJson.Member(FhirJson.Member(instance, "sopClass"u8), "code"u8));
                instances.Add(new ImagingInstanceFacts(Uid(FhirJson.Member(instance, "uid"u8)), sopClass is null ? null : WithoutPrefix(sopClass), Number(instance)));
            }
            string? modality = FhirJson.String(FhirJson.Member(FhirJson.Member(one, "modality"u8), "code"u8));
            series.Add(new ImagingSeriesFacts(Uid(FhirJson.Member(one, "uid"u8)), modality, References(one), instances));
        }
        facts = new ImagingStudyFacts(uid, References(study), series);
        return null;
    }

    /// <summary>When the study began; null where the resource does not say it as an instant.</summary>
    public static DateTimeOffset? Started(JsonElement study) => FhirTime.Instant(FhirJson.Member(study, "started"u8));

    /// <summary>The study UID as text; null where the resource names not exactly one valid one.</summary>
    public static string? StudyUidText(JsonElement study) => StudyUid(study)?.Value;

    /// <summary>The one study UID among the identifiers; null when there is none, an invalid one or two.</summary>
    private static DicomUid? StudyUid(JsonElement study)
    {
        DicomUid? uid = null;
        foreach (var identifier in FhirJson.Items(FhirJson.Member(study, "identifier"u8)))
        {
            if (!FhirJson.Is(FhirJson.Member(identifier, "system"u8), "urn:dicom:uid"u8))
                continue;
            if (Uid(FhirJson.Member(identifier, "value"u8)) is not { } found || (uid is not null && uid != found))
                return null;
            uid = found;
        }
        return uid;
    }

    private static int? Number(JsonElement instance)
    {
        var number = FhirJson.Member(instance, "number"u8);
        return number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int value) ? value : null;
    }

    private static List<string> References(JsonElement parent)
    {
        var references = new List<string>();
        foreach (var endpoint in FhirJson.Items(FhirJson.Member(parent, "endpoint"u8)))
        {
            if (FhirJson.String(FhirJson.Member(endpoint, "reference"u8)) is { } reference)
                references.Add(reference);
        }
        return references;
    }

    private static DicomUid? Uid(JsonElement element) =>
        FhirJson.String(element) is { } text && DicomUid.TryRead(WithoutPrefix(text), out var uid) ? uid : null;

    private static string WithoutPrefix(string text) => text.StartsWith(OidPrefix, StringComparison.Ordinal) ? text[OidPrefix.Length..] : text;
}
