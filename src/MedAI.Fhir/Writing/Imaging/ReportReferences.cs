using Hl7.Fhir.Model;
using MedAI.Fhir.Interpretations;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>How the resources of a report refer to patient, study, images and each other.</summary>
internal static class ReportReferences
{
    public const string DicomUid = "urn:dicom:uid";

    public static ResourceReference Subject(ReportContext context) => InputReferences.Of(context.SubjectReference, context.Patient, context.PublicBase);

    public static ResourceReference? Encounter(ReportContext context) =>
        context.EncounterReference is { } encounter ? InputReferences.Of(encounter, context.Patient, context.PublicBase) : null;

    /// <summary>The study: literally where it has an address, and always by its DICOM UID.</summary>
    public static ResourceReference Study(string studyUid, ReportContext context)
    {
        ResourceReference reference = context.StudyReference is { } study && !study.StartsWith("urn:", StringComparison.Ordinal)
            ? InputReferences.Of(study, context.Patient, context.PublicBase)
            : new ResourceReference();
        reference.Type = "ImagingStudy";
        reference.Identifier = Uid(studyUid);
        return reference;
    }

    /// <summary>A resource of the same report.</summary>
    public static ResourceReference Part(string type, string id) => new($"{type}/{id}");

    public static Identifier Uid(string uid) => new(DicomUid, $"urn:oid:{uid}");

    /// <summary>Where a resource of the report is served.</summary>
    public static string FullUrl(string type, string id, ReportContext context) => $"{context.PublicBase}/{type}/{id}";
}
