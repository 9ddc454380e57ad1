namespace MedAI.Fhir.Conformance;

/// <summary>Everything that a caller can be told went wrong; closed. <c>ErrorMap</c> alone turns it into a status and an OperationOutcome.</summary>
public enum FailureCode
{
    MalformedJson,
    MalformedXml,
    MalformedRequest,
    DuplicateMember,
    MissingParameter,
    InvalidParameter,
    UnknownModel,
    UnknownService,
    UnknownCard,
    HookNotSupported,
    Unauthorized,
    Forbidden,
    NotFound,
    Gone,
    LinkExpired,
    NotAcceptable,
    UnsupportedMediaType,
    MethodNotAllowed,
    AsyncOnly,
    BodyTooLarge,
    TooManyResources,
    InvalidResource,
    AuthoredHere,
    PreconditionFailed,
    EditConflict,
    NotInBundle,
    ForeignSubject,
    PatientMissing,
    DataIncomplete,
    DataUnavailable,
    DataLate,
    FhirSourceFailed,
    ForeignToken,
    UpstreamFailed,
    Abstained,
    MemberUnusable,
    StudyUnusable,
    ImagesMissing,
    TooManyImages,
    ForeignImage,
    ImageSourceUntrusted,
    ImageSourceFailed,
    ImageSourceLate,
    ImageUnreadable,
    QueueFull,
    ValidatorBusy,
    TooManyJobs,
    AskedTooOften,
    DeadlinePassed,
    ModelUnavailable,
    ImplausibleOutput,
    NotReady,
    StoreUnavailable,
    TokensUnchecked,
    AnswerInvalid,
    Internal,
}

/// <summary>An expected failure as a value.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Issues">What is wrong and where; empty when the code says it all. Holds no patient data.</param>
public sealed record Failure(FailureCode Code, IReadOnlyList<FailureIssue> Issues)
{
    public Failure(FailureCode code, string? text = null, string? expression = null)
        : this(code, text is null ? [] : [new FailureIssue(text, expression)])
    {
    }
}

/// <param name="Text">A sentence without patient data.</param>
/// <param name="Expression">FHIRPath or JSON path of the place, where there is one.</param>
/// <param name="ReasonCode">Coded reason, for instance an abstention's.</param>
public sealed record FailureIssue(string Text, string? Expression = null, string? ReasonCode = null);
