using System.Globalization;

namespace MedAI.Fhir.Conformance;

/// <summary>Answers a request with a failure's status and OperationOutcome.</summary>
/// <remarks>Never cached; <c>Retry-After</c> where coming back helps.</remarks>
public sealed class FailureResult(Failure failure, string correlationId, AnswerTo to = AnswerTo.Fhir) : IResult, IStatusCodeHttpResult
{
    public Failure Failure { get; } = failure;

    public int? StatusCode => ErrorMap.StatusOf(Failure.Code, to);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        FailureAnswer answer = ErrorMap.Answer(Failure, correlationId, to);
        HttpResponse response = httpContext.Response;
        response.StatusCode = answer.Status;
        // CDS Hooks answers are application/json throughout.
        response.ContentType = to == AnswerTo.Hook ? "application/json" : ContentNegotiation.FhirJson;
        response.ContentLength = answer.Outcome.Length;
        response.Headers.CacheControl = "no-store";
        if (answer.RetryAfter is { } wait)
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(answer.Outcome, httpContext.RequestAborted);
    }
}
