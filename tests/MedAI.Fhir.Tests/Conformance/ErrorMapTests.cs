using System.Text;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Models.Predictions;
using MedAI.Testing;
using Microsoft.AspNetCore.Http;

namespace MedAI.Fhir.Tests.Conformance;

public sealed class ErrorMapTests
{
    /// <summary>Issue types of FHIR 4.0.1; later versions have more.</summary>
    private static readonly string[] IssueTypes =
    [
        "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden", "suppressed", "processing", "not-supported",
        "duplicate", "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict", "transient",
        "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled", "informational",
    ];

    public static TheoryData<FailureCode> EveryCode => [.. Enum.GetValues<FailureCode>()];

    public static TheoryData<InferenceErrorKind> EveryInferenceError => [.. Enum.GetValues<InferenceErrorKind>()];

    public static TheoryData<ReadingProblemKind> EveryReadingProblem => [.. Enum.GetValues<ReadingProblemKind>()];

    public static TheoryData<AbstentionKind> EveryAbstention => [.. Enum.GetValues<AbstentionKind>()];

    private static JsonElement Outcome(FailureAnswer answer) => JsonDocument.Parse(answer.Outcome).RootElement;

    [Theory, Trait("promise", "M-65")]
    [MemberData(nameof(EveryCode))]
    public void Every_failure_has_a_status_and_an_OperationOutcome_of_R4(FailureCode code)
    {
        FailureAnswer answer = ErrorMap.Answer(new Failure(code), "c-1");
        Assert.InRange(answer.Status, 400, 504);
        Assert.Equal(answer.Status == 503, answer.RetryAfter is not null);
        JsonElement outcome = Outcome(answer);
        JsonElement issue = Assert.Single(outcome.GetProperty("issue").EnumerateArray());
        Assert.Contains(issue.GetProperty("code").GetString(), IssueTypes);
        Assert.Contains(issue.GetProperty("severity").GetString(), (string[])["error", "fatal"]);
        Assert.Equal(KebabCase.Of(code), issue.GetProperty("details").GetProperty("coding")[0].GetProperty("code").GetString());
        Assert.NotEmpty(issue.GetProperty("details").GetProperty("text").GetString()!);
        Assert.Equal("c-1", outcome.GetProperty("extension")[0].GetProperty("valueString").GetString());
    }

    [Theory, Trait("promise", "M-65")]
    [InlineData(FailureCode.MalformedJson, 400)]
    [InlineData(FailureCode.NotFound, 404)]
    [InlineData(FailureCode.Gone, 410)]
    [InlineData(FailureCode.NotAcceptable, 406)]
    [InlineData(FailureCode.UnsupportedMediaType, 415)]
    [InlineData(FailureCode.MethodNotAllowed, 405)]
    [InlineData(FailureCode.BodyTooLarge, 413)]
    [InlineData(FailureCode.ForeignSubject, 422)]
    [InlineData(FailureCode.DataIncomplete, 412)]
    [InlineData(FailureCode.UpstreamFailed, 412)]
    [InlineData(FailureCode.Abstained, 422)]
    [InlineData(FailureCode.QueueFull, 503)]
    [InlineData(FailureCode.DeadlinePassed, 504)]
    [InlineData(FailureCode.ModelUnavailable, 503)]
    [InlineData(FailureCode.ImplausibleOutput, 500)]
    [InlineData(FailureCode.StoreUnavailable, 503)]
    [InlineData(FailureCode.Internal, 500)]
    public void Failure_has_the_agreed_status(FailureCode code, int status) => Assert.Equal(status, ErrorMap.StatusOf(code));

    [Fact, Trait("promise", "M-65")]
    public void Missing_patient_is_a_failed_precondition_for_a_hook_and_unusable_input_for_an_operation()
    {
        Assert.Equal(412, ErrorMap.StatusOf(FailureCode.PatientMissing, AnswerTo.Hook));
        Assert.Equal(422, ErrorMap.StatusOf(FailureCode.PatientMissing));
    }

    [Theory, Trait("promise", "M-65")]
    [MemberData(nameof(EveryInferenceError))]
    public void Every_inference_error_is_our_fault(InferenceErrorKind kind) => Assert.InRange(ErrorMap.StatusOf(ErrorMap.From(kind).Code), 500, 504);

    [Theory, Trait("promise", "M-65")]
    [MemberData(nameof(EveryReadingProblem))]
    public void Every_reading_problem_is_about_the_data_and_says_where(ReadingProblemKind kind)
    {
        FailureAnswer answer = ErrorMap.Answer(ErrorMap.From([new ReadingProblem(kind, "prefetch.labs.entry[3]", "2 of 5")]), "c-1");
        Assert.InRange(answer.Status, 400, 422);
        JsonElement issue = Outcome(answer).GetProperty("issue")[0];
        Assert.Equal("prefetch.labs.entry[3]", issue.GetProperty("expression")[0].GetString());
        Assert.Equal("2 of 5", issue.GetProperty("diagnostics").GetString());
    }

    [Fact, Trait("promise", "M-65")]
    public void Gravest_reading_problem_gives_the_status_and_each_keeps_its_own_code()
    {
        Failure failure = ErrorMap.From([new(ReadingProblemKind.Incomplete, "a", "x"), new(ReadingProblemKind.ForeignSubject, "b", "y")]);
        FailureAnswer answer = ErrorMap.Answer(failure, "c-1");
        Assert.Equal(422, answer.Status);
        string?[] codes = [.. Outcome(answer).GetProperty("issue").EnumerateArray().Select(i => i.GetProperty("details").GetProperty("coding")[0].GetProperty("code").GetString())];
        Assert.Equal(codes, (string?[])["data-incomplete", "foreign-subject"]);
    }

    [Theory, Trait("promise", "M-66")]
    [MemberData(nameof(EveryAbstention))]
    public void Every_abstention_is_422_and_names_its_reason(AbstentionKind kind)
    {
        FailureAnswer answer = ErrorMap.Answer(ErrorMap.From(Abstain(new AbstentionReason(kind, "The rule in words."))), "c-1");
        Assert.Equal(422, answer.Status);
        JsonElement issue = Outcome(answer).GetProperty("issue")[0];
        Assert.Contains(issue.GetProperty("code").GetString(), (string[])["business-rule", "incomplete"]);
        Assert.Equal(new AbstentionReason(kind, "").Code, issue.GetProperty("details").GetProperty("coding")[1].GetProperty("code").GetString());
        Assert.Equal("The rule in words.", issue.GetProperty("details").GetProperty("text").GetString());
    }

    [Fact, Trait("promise", "M-66")]
    public void Abstention_has_an_issue_for_each_reason_and_names_what_is_missing()
    {
        FailureAnswer answer = ErrorMap.Answer(ErrorMap.From(Abstain(
            new AbstentionReason(AbstentionKind.NotEnoughData, "Too few variables were measured.", ["Heart rate", "Creatinine"]),
            new AbstentionReason(AbstentionKind.OutsideWindow, "Only 6 to 48 hours after the start."))), "4f1c");
        Golden.AssertJson("abstention-outcome.fhir.json", answer.Outcome.Span);
        Assert.Contains("Missing: Heart rate, Creatinine.", Encoding.UTF8.GetString(answer.Outcome.Span));
    }

    [Fact, Trait("promise", "M-65")]
    public async Task Result_writes_status_body_and_when_to_come_back()
    {
        var context = new DefaultHttpContext();
        var body = new MemoryStream();
        context.Response.Body = body;
        await new FailureResult(new Failure(FailureCode.QueueFull), "c-1").ExecuteAsync(context);
        Assert.Equal(503, context.Response.StatusCode);
        Assert.Equal("2", context.Response.Headers.RetryAfter);
        Assert.Equal("no-store", context.Response.Headers.CacheControl);
        Assert.Equal("application/fhir+json; charset=utf-8", context.Response.ContentType);
        Assert.Equal("OperationOutcome", JsonDocument.Parse(body.ToArray()).RootElement.GetProperty("resourceType").GetString());
    }

    private static Abstention Abstain(params AbstentionReason[] reasons) =>
        new() { Model = new ModelIdentity("m", "1.0.0", TestManifest.EmptyHash), Reasons = reasons, Quality = null, AsOf = DateTimeOffset.UnixEpoch };
}
