using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.DicomWeb;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Why a study or an image could not be had, as people read it; the same words in reports, pages and OperationOutcomes.</summary>
/// <remarks>Whole sentences that name rules, never an address, an identifier or anything else of a patient or a site.</remarks>
public static class RefusalWording
{
    /// <summary>Stable code of a kind: its name in kebab case.</summary>
    public static string CodeOf(DicomWebErrorKind kind) => KebabCase.Of(kind);

    /// <summary>What happened, with what the archive's side of it was where that is known.</summary>
    public static string Of(DicomWebError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error is { Kind: DicomWebErrorKind.SourceFailed, Cause: { } cause } ? $"The image archive did not give the image: {Cause(cause.Kind)}." : Of(error.Kind);
    }

    public static string Of(DicomWebErrorKind kind) => kind switch
    {
        DicomWebErrorKind.StudyUnusable => "The ImagingStudy cannot be used: it is withdrawn, malformed, or has not exactly one valid study UID.",
        DicomWebErrorKind.StudySubjectMismatch => "The study is about another patient, or does not say whom it is about.",
        DicomWebErrorKind.NoEndpoint => "Neither the study nor the configuration says where the images are.",
        DicomWebErrorKind.EndpointUnusable => "The address of the images cannot be used, or names another study or series.",
        DicomWebErrorKind.EndpointUntrusted => "The images lie outside the configured archives; nothing was contacted.",
        DicomWebErrorKind.NoInstances => "The image archive lists no image here.",
        DicomWebErrorKind.TooManyInstances => "The study has more images than one request may read.",
        DicomWebErrorKind.ModalityNotRead => "The series is of a modality that the model does not read.",
        DicomWebErrorKind.UidInvalid => "A UID of the series or image is not a valid UID.",
        DicomWebErrorKind.MetadataUnreadable => "The archive's description of the image cannot be read.",
        DicomWebErrorKind.StudyMismatch => "The archive sent an image of another study or series than the one that was asked for.",
        DicomWebErrorKind.PatientMismatch => "The image carries the number of another patient.",
        DicomWebErrorKind.PatientUnverified => "That the image is this patient's cannot be verified by number and issuer.",
        DicomWebErrorKind.ImageTooLarge => "The image is larger than allowed.",
        DicomWebErrorKind.FrameCompressed => "The archive sent the image compressed, which is not read.",
        DicomWebErrorKind.FrameLengthWrong => "The pixels are fewer or more than rows, columns and bits of the image say.",
        DicomWebErrorKind.FrameUnreadable => "The archive sent the pixels in a form that cannot be read.",
        DicomWebErrorKind.SourceFailed => "The image archive did not give the image.",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Cause(OutboundErrorKind kind) => kind switch
    {
        OutboundErrorKind.Untrusted or OutboundErrorKind.ForbiddenAddress => "its address is not allowed",
        OutboundErrorKind.Unreachable => "it cannot be reached",
        OutboundErrorKind.TlsFailed => "it could not prove its identity",
        OutboundErrorKind.ConnectionLost => "the connection broke",
        OutboundErrorKind.CircuitOpen => "it failed too often lately and is left alone for a while",
        OutboundErrorKind.DeadlinePassed => "it did not answer in time",
        OutboundErrorKind.TooSlow => "it answered more slowly than allowed",
        OutboundErrorKind.TooLarge => "its answer is larger than allowed",
        OutboundErrorKind.Redirected => "it pointed elsewhere, which is not followed",
        OutboundErrorKind.Unauthorised => "it refused this server's credential",
        OutboundErrorKind.NotFound => "it does not know the image",
        OutboundErrorKind.Rejected => "it did not accept the question",
        OutboundErrorKind.Busy => "it is busy",
        OutboundErrorKind.ServerFailed => "it failed",
        OutboundErrorKind.Unreadable => "its answer is not what was asked for",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
