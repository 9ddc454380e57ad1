using System.Buffers;
using System.Text.Json;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Reading;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Conformance;

/// <summary>The only place that turns a failure into an HTTP status and an OperationOutcome.</summary>
/// <remarks>
/// Answers carry stable codes, fixed texts, the place of the fault and the correlation id; never an exception's message, a stack, a
/// path of this machine or a patient's data. 429 says that the client asks too often;
/// 503 says that the server is the reason, 504 that a deadline passed.
/// </remarks>
public static class ErrorMap
{
    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true };

    private static readonly Dictionary<string, FailureCode> Codes = Enum.GetValues<FailureCode>().ToDictionary(c => KebabCase.Of(c), StringComparer.Ordinal);

    /// <summary>Status, FHIR issue type (4.0.1), what the client is told, and whether coming back helps.</summary>
    private readonly record struct Entry(int Status, string Issue, string Text, int RetrySeconds = 0);

    /// <summary>A failed inference as a failure.</summary>
    public static Failure From(InferenceErrorKind kind) => new(kind switch
    {
        InferenceErrorKind.QueueFull => FailureCode.QueueFull,
        InferenceErrorKind.DeadlinePassed => FailureCode.DeadlinePassed,
        InferenceErrorKind.ModelUnavailable => FailureCode.ModelUnavailable,
        // Nobody waits for a cancelled run but a client of a server that is shutting down.
        InferenceErrorKind.Cancelled => FailureCode.NotReady,
        InferenceErrorKind.ImplausibleOutput => FailureCode.ImplausibleOutput,
        InferenceErrorKind.RuntimeFailure => FailureCode.Internal,
        _ => FailureCode.Internal,
    });

    /// <summary>An abstention as a failure of an operation: one issue per reason, each naming the rule or what is missing.</summary>
    public static Failure From(Abstention abstention) =>
        new(FailureCode.Abstained, [.. abstention.Reasons.Select(r => new FailureIssue(Sentence(r), null, r.Code))]);

    /// <summary>Data that could not be read safely. The gravest problem gives the status; every problem is an issue.</summary>
    public static Failure From(IReadOnlyList<ReadingProblem> problems)
    {
        ReadingProblem gravest = problems.MinBy(p => Gravity(p.Kind))!;
        return new Failure(CodeOf(gravest.Kind), [.. problems.Select(p => new FailureIssue(p.Detail, p.Where, KebabCase.Of(CodeOf(p.Kind))))]);
    }

    public static FailureCode CodeOf(ReadingProblemKind kind) => kind switch
    {
        ReadingProblemKind.Malformed => FailureCode.MalformedRequest,
        ReadingProblemKind.PatientMissing => FailureCode.PatientMissing,
        ReadingProblemKind.ForeignSubject => FailureCode.ForeignSubject,
        ReadingProblemKind.Incomplete => FailureCode.DataIncomplete,
        ReadingProblemKind.UpstreamFailed => FailureCode.UpstreamFailed,
        ReadingProblemKind.TooLarge => FailureCode.TooManyResources,
        _ => FailureCode.Internal,
    };

    /// <summary>Why images of a study are not had.</summary>
    public static FailureCode CodeOf(DicomWebError error) => error.Kind switch
    {
        DicomWebErrorKind.StudyUnusable or DicomWebErrorKind.UidInvalid => FailureCode.StudyUnusable,
        DicomWebErrorKind.StudySubjectMismatch => FailureCode.ForeignSubject,
        DicomWebErrorKind.NoEndpoint or DicomWebErrorKind.NoInstances => FailureCode.ImagesMissing,
        DicomWebErrorKind.EndpointUnusable or DicomWebErrorKind.EndpointUntrusted => FailureCode.ImageSourceUntrusted,
        DicomWebErrorKind.TooManyInstances => FailureCode.TooManyImages,
        DicomWebErrorKind.ModalityNotRead => FailureCode.Abstained,
        DicomWebErrorKind.StudyMismatch or DicomWebErrorKind.PatientMismatch or DicomWebErrorKind.PatientUnverified => FailureCode.ForeignImage,
        DicomWebErrorKind.SourceFailed => error.Cause?.Kind switch
        {
            OutboundErrorKind.DeadlinePassed or OutboundErrorKind.TooSlow => FailureCode.ImageSourceLate,
            OutboundErrorKind.Untrusted or OutboundErrorKind.ForbiddenAddress or OutboundErrorKind.Redirected => FailureCode.ImageSourceUntrusted,
            OutboundErrorKind.NotFound => FailureCode.ImagesMissing,
            OutboundErrorKind.TooLarge => FailureCode.ImageUnreadable,
            _ => FailureCode.ImageSourceFailed,
        },
        _ => FailureCode.ImageUnreadable,
    };

    public static int StatusOf(FailureCode code, AnswerTo to = AnswerTo.Fhir) => Of(code, to).Status;

    /// <summary>The whole answer.</summary>
    /// <param name="correlationId">Id under which the request stands in logs and audit.</param>
    /// <param name="subject">Reference to the patient that the outcome is about, where one answer holds the outcomes of many; null everywhere else.</param>
    /// <param name="model">Reference to the Device of the model that the outcome speaks for; null where it is the answer to a whole request.</param>
    public static FailureAnswer Answer(Failure failure, string correlationId, AnswerTo to = AnswerTo.Fhir, string? model = null, string? subject = null)
    {
        Entry entry = Of(failure.Code, to);
        return new FailureAnswer(entry.Status, entry.RetrySeconds > 0 ? TimeSpan.FromSeconds(entry.RetrySeconds) : null, Outcome(failure, entry, correlationId, model, subject));
    }

    private static Entry Of(FailureCode code, AnswerTo to) => code switch
    {
        FailureCode.MalformedJson => new(400, "structure", "The body is not JSON."),
        FailureCode.MalformedXml => new(400, "structure", "The body is not FHIR XML."),
        FailureCode.MalformedRequest => new(400, "structure", "The request is not what this endpoint reads."),
        FailureCode.DuplicateMember => new(400, "structure", "A member occurs twice in one object."),
        FailureCode.MissingParameter => new(400, "required", "A required parameter is missing."),
        FailureCode.InvalidParameter => new(400, "value", "A parameter has a value that cannot be used."),
        FailureCode.UnknownModel => new(422, "not-found", "No such model is served here."),
        FailureCode.UnknownService => new(404, "not-found", "No such service is served here."),
        FailureCode.UnknownCard => new(404, "not-found", "The service sent no such card; feedback on other cards is stored."),
        FailureCode.HookNotSupported => new(400, "not-supported", "The service does not answer this hook."),
        FailureCode.Unauthorized => new(401, "login", "A good access token is needed."),
        FailureCode.Forbidden => new(403, "forbidden", "The client may not do this."),
        FailureCode.NotFound => new(404, "not-found", "There is no such resource."),
        FailureCode.Gone => new(410, "deleted", "The resource was deleted."),
        FailureCode.LinkExpired => new(410, "expired", "The link has expired. Open the patient's chart again; the card there has a new one."),
        FailureCode.NotAcceptable => new(406, "not-supported", "This server writes FHIR 4.0 as JSON or XML in UTF-8."),
        FailureCode.UnsupportedMediaType => new(415, "not-supported", to == AnswerTo.Hook ? "This endpoint reads JSON in UTF-8." : "This server reads FHIR 4.0 as JSON or XML in UTF-8."),
        FailureCode.MethodNotAllowed => new(405, "not-supported", "The method is not allowed here."),
        FailureCode.AsyncOnly => new(400, "not-supported", "This operation takes long and is answered later only: send Prefer: respond-async."),
        FailureCode.BodyTooLarge => new(413, "too-long", "The body is larger than this server reads."),
        FailureCode.TooManyResources => new(422, "too-costly", "The data hold more resources or deeper nesting than this server reads."),
        FailureCode.InvalidResource => new(422, "invalid", "The resource cannot be stored as it is."),
        FailureCode.AuthoredHere => new(409, "business-rule", "This server alone writes that: what a model found is not changed by a client."),
        FailureCode.PreconditionFailed => new(412, "conflict", "What is stored is not what the request made its condition."),
        FailureCode.EditConflict => new(409, "conflict", "Others change the same resources all the time."),
        FailureCode.NotInBundle => new(400, "not-supported", "This cannot be asked within a Bundle."),
        FailureCode.ForeignSubject => new(422, "business-rule", "The data hold a resource that does not belong to this patient; nothing was computed."),
        FailureCode.PatientMissing => new(to == AnswerTo.Hook ? 412 : 422, "required", "The Patient resource is not in the data."),
        FailureCode.DataIncomplete => new(412, "incomplete", "The data are only a part of what matched; nothing is computed from a part."),
        FailureCode.DataUnavailable => new(412, "incomplete", "The data that the service needs were not sent and cannot be had."),
        FailureCode.DataLate => new(504, "timeout", "The EHR's FHIR server did not give the data in time."),
        FailureCode.FhirSourceFailed => new(502, "transient", "The hospital's FHIR server did not give the data."),
        FailureCode.ForeignToken => new(403, "forbidden", "The access token is restricted to another patient than the one in context."),
        FailureCode.UpstreamFailed => new(412, "transient", "The source of the data answered with an error."),
        FailureCode.Abstained => new(422, "business-rule", "The model makes no estimate for this patient now."),
        FailureCode.MemberUnusable => new(422, "value", "The Group, or this member of it, is not what can be scored: an actual Group of Patients that this server finds."),
        FailureCode.StudyUnusable => new(422, "value", "The ImagingStudy cannot be used."),
        FailureCode.ImagesMissing => new(422, "not-found", "There are no images to read, or nobody says where they are."),
        FailureCode.TooManyImages => new(422, "too-costly", "The study has more images than one request may read."),
        FailureCode.ForeignImage => new(422, "business-rule", "The images are not provably this patient's; nothing was computed."),
        FailureCode.ImageSourceUntrusted => new(422, "security", "The images lie where this server may not fetch them."),
        FailureCode.ImageSourceFailed => new(502, "transient", "The source of the images did not give them."),
        FailureCode.ImageSourceLate => new(504, "timeout", "The source of the images did not give them in time."),
        FailureCode.ImageUnreadable => new(422, "processing", "The images cannot be read as they were sent."),
        FailureCode.QueueFull => new(503, "throttled", "The model is busy.", 2),
        FailureCode.ValidatorBusy => new(503, "throttled", "Resources are validated one at a time, and this one's turn did not come in time.", 5),
        FailureCode.TooManyJobs => new(503, "throttled", "The server takes no more operations for later now.", 30),
        FailureCode.AskedTooOften => new(429, "throttled", "The client asks too often; Retry-After says when to come back."),
        FailureCode.DeadlinePassed => new(504, "timeout", "The estimate was not ready in time."),
        FailureCode.ModelUnavailable => new(503, "transient", "The model is not available.", 30),
        FailureCode.ImplausibleOutput => new(500, "exception", "The model's output was not plausible and is withheld."),
        FailureCode.NotReady => new(503, "transient", "The server is starting or stopping.", 5),
        FailureCode.StoreUnavailable => new(503, "no-store", "The result could not be stored and is therefore withheld.", 5),
        FailureCode.TokensUnchecked => new(503, "transient", "Tokens cannot be checked against replay now, and nobody is let in unchecked.", 5),
        FailureCode.AnswerInvalid => new(500, "invariant", "The answer broke the rules of CDS Hooks and was not sent."),
        FailureCode.Internal => new(500, "exception", "Something is wrong with this server."),
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };

    /// <summary>Missing or old data is something the client can supply: incomplete. All else is a rule: business-rule.</summary>
    private static string IssueType(string reason, string fallback) => reason switch
    {
        "not-enough-data" or "stale-data" or "time-zero-unknown" or "age-unknown" or "unreadable-input" => "incomplete",
        _ => fallback,
    };

    private static int Gravity(ReadingProblemKind kind) => kind switch
    {
        ReadingProblemKind.ForeignSubject => 0,
        ReadingProblemKind.Malformed => 1,
        ReadingProblemKind.TooLarge => 2,
        ReadingProblemKind.UpstreamFailed => 3,
        ReadingProblemKind.Incomplete => 4,
        _ => 5,
    };

    private static string Sentence(AbstentionReason reason) =>
        reason.Missing is { Count: > 0 } missing ? $"{reason.Text} Missing: {string.Join(", ", missing)}." : reason.Text;

    private static ReadOnlyMemory<byte> Outcome(Failure failure, Entry entry, string correlationId, string? model, string? subject)
    {
        // Written by hand: this must work when everything else does not.
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", "OperationOutcome");
            writer.WriteStartArray("extension");
            writer.WriteStartObject();
            writer.WriteString("url", CanonicalUrls.CorrelationId);
            writer.WriteString("valueString", correlationId);
            writer.WriteEndObject();
            Reference(writer, CanonicalUrls.Model, model);
            Reference(writer, CanonicalUrls.Subject, subject);
            writer.WriteEndArray();
            writer.WriteStartArray("issue");
            if (failure.Issues.Count == 0)
                Issue(writer, failure.Code, entry, null);
            foreach (FailureIssue issue in failure.Issues)
                Issue(writer, failure.Code, entry, issue);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static void Reference(Utf8JsonWriter writer, string extension, string? reference)
    {
        if (reference is null)
            return;
        writer.WriteStartObject();
        writer.WriteString("url", extension);
        writer.WriteStartObject("valueReference");
        writer.WriteString("reference", reference);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Issue(Utf8JsonWriter writer, FailureCode code, Entry entry, FailureIssue? issue)
    {
        bool abstained = code == FailureCode.Abstained;
        // One of several problems is told in its own words; the gravest has given the status.
        if (issue?.ReasonCode is { } own && Codes.TryGetValue(own, out FailureCode other) && other != code)
        {
            code = other;
            entry = Of(other, AnswerTo.Fhir);
        }
        writer.WriteStartObject();
        writer.WriteString("severity", entry.Status >= 500 && entry.RetrySeconds == 0 ? "fatal" : "error");
        writer.WriteString("code", abstained && issue?.ReasonCode is { } reason ? IssueType(reason, entry.Issue) : entry.Issue);
        writer.WriteStartObject("details");
        writer.WriteStartArray("coding");
        Coding(writer, CanonicalUrls.FailureCodes, KebabCase.Of(code));
        if (issue?.ReasonCode is { } detail && detail != KebabCase.Of(code))
            Coding(writer, abstained ? CanonicalUrls.AbstentionReasons : CanonicalUrls.FailureCodes, detail);
        writer.WriteEndArray();
        // People read the text: for an abstention it names the rule or the missing datum.
        writer.WriteString("text", abstained && issue is not null ? issue.Text : entry.Text);
        writer.WriteEndObject();
        if (!abstained && !string.IsNullOrEmpty(issue?.Text))
            writer.WriteString("diagnostics", issue.Text);
        if (!string.IsNullOrEmpty(issue?.Expression))
        {
            writer.WriteStartArray("expression");
            writer.WriteStringValue(issue.Expression);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void Coding(Utf8JsonWriter writer, string system, string code)
    {
        writer.WriteStartObject();
        writer.WriteString("system", system);
        writer.WriteString("code", code);
        writer.WriteEndObject();
    }
}
