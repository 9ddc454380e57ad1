using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Conformance;

/// <summary>Answers a request with a failure under its correlation id.</summary>
public static class HttpFailures
{
    public static FailureResult Fail(this HttpContext http, Failure failure, AnswerTo to = AnswerTo.Fhir) => new(failure, RequestFacts.Of(http).Id, to);

    /// <summary>The same where no endpoint was reached; the path says who asked.</summary>
    public static Task FailNowAsync(this HttpContext http, Failure failure) =>
        http.Fail(failure, http.Asks()).ExecuteAsync(http);

    /// <summary>Who asks, by the path.</summary>
    public static AnswerTo Asks(this HttpContext http) =>
        http.Request.Path.StartsWithSegments(CdsHooks.CdsHooksEndpoints.Path) || http.Request.Path.StartsWithSegments(CdsHooks.Feedback.FeedbackEndpoints.SummaryPath) ? AnswerTo.Hook : AnswerTo.Fhir;

    /// <summary>Gives a status without a body (no route, wrong method, no token) its OperationOutcome. Headers that came with it stay.</summary>
    public static Task ForEmptyStatusAsync(Microsoft.AspNetCore.Diagnostics.StatusCodeContext context)
    {
        var http = context.HttpContext;
        return http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => http.FailNowAsync(new Failure(FailureCode.NotFound)),
            StatusCodes.Status405MethodNotAllowed => http.FailNowAsync(new Failure(FailureCode.MethodNotAllowed)),
            StatusCodes.Status415UnsupportedMediaType => http.FailNowAsync(new Failure(FailureCode.UnsupportedMediaType)),
            // Whoever has no token is told in FHIR below the FHIR base; elsewhere the status says it all.
            StatusCodes.Status401Unauthorized when IsFhir(http) => http.FailNowAsync(new Failure(FailureCode.Unauthorized)),
            StatusCodes.Status429TooManyRequests when IsFhir(http) => http.FailNowAsync(new Failure(FailureCode.AskedTooOften)),
            StatusCodes.Status400BadRequest => http.FailNowAsync(new Failure(FailureCode.MalformedRequest)),
            _ => Task.CompletedTask,
        };
    }

    private static bool IsFhir(HttpContext http) => http.Request.Path.StartsWithSegments(PublicAddress.FhirPath);
}
