using MedAI.Fhir.Access;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Interpretations;

/// <summary>What one model makes of one study: a list of outcomes, image by image, in the order of the study.</summary>
public sealed record StudyInterpretation
{
    public required ModelManifest Manifest { get; init; }

    public required ModelIdentity Model { get; init; }

    /// <summary>Study instance UID.</summary>
    public required string StudyUid { get; init; }

    /// <summary>When the study was made, where the ImagingStudy says so.</summary>
    public DateTimeOffset? StudyStarted { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<ImageReading> Images { get; init; }
}

/// <summary>Whose the report is, where it will be stored and why it is made.</summary>
public sealed record ReportContext
{
    /// <summary>Our public FHIR base without a trailing slash.</summary>
    public required string PublicBase { get; init; }

    public required PatientKey Patient { get; init; }

    /// <summary>Reference to write as subject: absolute for a foreign patient, Patient/[id] for our own, urn:medai:request-body/... for one of a body without a server.</summary>
    public required string SubjectReference { get; init; }

    /// <summary>Reference to the ImagingStudy, written by the same rules; null when it has no id, and then it is referred to by its DICOM identifier alone.</summary>
    public required string? StudyReference { get; init; }

    public string? EncounterReference { get; init; }

    /// <summary>When the report was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Id of the DiagnosticReport.</summary>
    public required string ReportId { get; init; }

    /// <summary>Version that the report is stored as: 1, or 2 where it was registered before it was read.</summary>
    public int ReportVersion { get; init; } = 1;

    /// <summary>Makes the ids of the report's parts.</summary>
    public required Func<string> NewId { get; init; }

    /// <summary>"cds-hooks:patient-view" or "operation:interpret-imaging".</summary>
    public required string Trigger { get; init; }

    public bool DemoClock { get; init; }

    /// <summary>Value of the report's own identifier.</summary>
    public string IdempotencyKey { get; init; } = "";
}
