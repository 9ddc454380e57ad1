namespace MedAI.Fhir.DicomWeb;

/// <summary>What an ImagingStudy says about its images.</summary>
/// <param name="Uid">Study instance UID.</param>
/// <param name="Endpoints">References to Endpoints, as sent.</param>
internal sealed record ImagingStudyFacts(DicomUid Uid, IReadOnlyList<string> Endpoints, IReadOnlyList<ImagingSeriesFacts> Series);

/// <param name="Uid">Series instance UID; null when it is missing or invalid.</param>
/// <param name="Modality">DICOM code; null when not stated.</param>
/// <param name="Endpoints">References to Endpoints; where there are usable ones they win over the study's.</param>
/// <param name="Instances">Listed instances; empty when the PACS must be asked.</param>
internal sealed record ImagingSeriesFacts(DicomUid? Uid, string? Modality, IReadOnlyList<string> Endpoints, IReadOnlyList<ImagingInstanceFacts> Instances);

/// <param name="Uid">SOP instance UID; null when it is missing or invalid.</param>
/// <param name="SopClass">SOP class UID without its urn; null when not stated.</param>
internal readonly record struct ImagingInstanceFacts(DicomUid? Uid, string? SopClass, int? Number);
