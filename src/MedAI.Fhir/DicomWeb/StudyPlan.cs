namespace MedAI.Fhir.DicomWeb;

/// <summary>One image of a study and where it lies.</summary>
/// <param name="Study">Study instance UID.</param>
/// <param name="Series">Series instance UID.</param>
/// <param name="Sop">SOP instance UID.</param>
/// <param name="Service">Where it can be fetched.</param>
/// <param name="SopClass">SOP class UID, where it is known.</param>
/// <param name="Number">Instance number, where it is known.</param>
public sealed record StudyInstance(DicomUid Study, DicomUid Series, DicomUid Sop, WadoBase Service, string? SopClass, int? Number)
{
    internal string Path => $"studies/{Study}/series/{Series}/instances/{Sop}";
}

/// <summary>A part of a study that is not fetched, and why.</summary>
/// <param name="Series">Null when its UID is invalid.</param>
/// <param name="Sop">Null when the whole series is refused, or the instance's UID is invalid.</param>
public sealed record StudyRefusal(DicomUid? Series, DicomUid? Sop, DicomWebError Error);

/// <summary>Which images of a study will be fetched, in the order of the study, and what was refused before.</summary>
public sealed record StudyPlan(StudyRequest Request, DicomUid Study, IReadOnlyList<StudyInstance> Instances, IReadOnlyList<StudyRefusal> Refusals);
