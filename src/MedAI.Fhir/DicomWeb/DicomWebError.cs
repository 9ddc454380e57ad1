using MedAI.Fhir.Access.Outbound;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Why a study or one of its images is not read; closed.</summary>
public enum DicomWebErrorKind
{
    /// <summary>The resource is no ImagingStudy that can be read: not one valid study UID, withdrawn, or malformed.</summary>
    StudyUnusable,
    /// <summary>The ImagingStudy is about another patient, or does not say whom it is about.</summary>
    StudySubjectMismatch,
    /// <summary>Neither the study nor the configuration says where the images are.</summary>
    NoEndpoint,
    /// <summary>An endpoint's address cannot be used, or names another study or series.</summary>
    EndpointUnusable,
    /// <summary>An endpoint lies outside the configured origins; it was not contacted.</summary>
    EndpointUntrusted,
    /// <summary>The PACS lists no image for the study.</summary>
    NoInstances,
    /// <summary>More images than one request may read.</summary>
    TooManyInstances,
    /// <summary>The series' modality is none that is read; nothing was fetched.</summary>
    ModalityNotRead,
    /// <summary>A UID is not one.</summary>
    UidInvalid,
    /// <summary>The PACS' description of the image cannot be read.</summary>
    MetadataUnreadable,
    /// <summary>The image belongs to another study, series or instance than the one that was asked for.</summary>
    StudyMismatch,
    /// <summary>The image's patient number is another patient's.</summary>
    PatientMismatch,
    /// <summary>The image's patient number cannot be compared with the patient's under the site's rules.</summary>
    PatientUnverified,
    /// <summary>The image is larger than allowed.</summary>
    ImageTooLarge,
    /// <summary>The PACS sent the image compressed, although it was asked to decompress it.</summary>
    FrameCompressed,
    /// <summary>The pixels are fewer or more than rows, columns and bits say.</summary>
    FrameLengthWrong,
    /// <summary>The frame came in a form that cannot be read.</summary>
    FrameUnreadable,
    /// <summary>The PACS did not give what it was asked for; the cause says why.</summary>
    SourceFailed,
}

/// <summary>An expected failure to get images, without patient data.</summary>
/// <param name="Cause">What the way out says, for <see cref="DicomWebErrorKind.SourceFailed"/>.</param>
public sealed record DicomWebError(DicomWebErrorKind Kind, OutboundError? Cause = null);
