using System.Globalization;
using MedAI.Fhir.Conformance.Answers;

namespace MedAI.Fhir.Conformance;

/// <summary>Answers a request with a failure's status and OperationOutcome.</summary>
/// <remarks>Never cached; <c>Retry-After</c> where coming back helps. FHIR clients that asked for XML are refused in XML; whoever asked for what cannot be written, in JSON.</remarks>
public sealed class FailureResult(Failure failure, string correlationId, AnswerTo to = AnswerTo.Fhir) : IResult, IStatusCodeHttpResult
{
    public Failure Failure { get; } = failure;

    public int? StatusCode => ErrorMap.StatusOf(Failure.Code, to);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        FailureAnswer answer = ErrorMap.Answer(Failure, correlationId, to);
        HttpResponse response = httpContext.Response;
        response.StatusCode = answer.Status;
        var (outcome, contentType) = Write(answer.Outcome, httpContext.Request);
        response.ContentType = contentType;
        response.ContentLength = outcome.Length;
        response.Headers.CacheControl = "no-store";
        if (answer.RetryAfter is { } wait)
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(outcome, httpContext.RequestAborted);
    }

    private (ReadOnlyMemory<byte> Outcome, string ContentType) Write(ReadOnlyMemory<byte> outcome, HttpRequest request)
    {
        // CDS Hooks answers are application/json throughout.
        if (to == AnswerTo.Hook)
            return (outcome, "application/json");
        var form = ContentNegotiation.Choose(request, html: true);
        if (form.Format != ResponseFormat.Xml)
            return (outcome, ContentNegotiation.FhirJson);
        return (FhirXml.FromResource(outcome, pretty: false), form.ContentType);
    }
}
