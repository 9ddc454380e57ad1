using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.CdsHooks.Feedback;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.CdsHooks;

/// <summary>CDS Hooks 2.0: discovery and one service per model package.</summary>
public static partial class CdsHooksEndpoints
{
    public const string Path = "/cds-services";

    public static void MapCdsHooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path).RequireCors(HookCorsOptions.Policy).AddEndpointFilter(routes.ServiceProvider.GetRequiredService<ClientFilter>());
        group.MapGet("", Discover);
        group.MapPost("/{id}", InvokeAsync);
        group.MapFeedback();
    }

    /// <remarks>Encoded once per set of models, for each client that has templates or a version of its own; valid while they load, and when all of them are broken.</remarks>
    private static IResult Discover(HttpContext http, HookServices services)
    {
        var (body, tag) = services.DiscoveryFor(RequestFacts.Of(http).Caller?.Name);
        http.Response.Headers.CacheControl = "no-cache";
        return Results.Bytes(body, "application/json", entityTag: tag);
    }

    private static async Task<IResult> InvokeAsync(string id, HttpContext http, HookServices services, HookInvocation invocation,
        ImagingHookInvocation imaging, JsonBodyReader bodies, ILogger<HookServices> log, CancellationToken cancellationToken)
    {
        var service = services.Find(id, RequestFacts.Of(http).Caller?.Name);
        if (service is null)
            return http.Fail(new Failure(FailureCode.UnknownService), AnswerTo.Hook);
        var (body, unreadable) = await bodies.ReadAsync(http.Request, cancellationToken);
        if (body is null)
            return http.Fail(unreadable!, AnswerTo.Hook);
        using (body)
        {
            var request = HookRequest.Read(body.Root);
            var facts = RequestFacts.Of(http);
            var (response, failure) = service switch
            {
                RiskHookService risk => await invocation.AnswerAsync(risk, request, facts, cancellationToken),
                ImagingHookService study => await imaging.AnswerAsync(study, request, facts, cancellationToken),
                _ => throw new InvalidOperationException("HookService is closed."),
            };
            if (response is null)
                return http.Fail(failure!, AnswerTo.Hook);
            if (CardRules.Problems(response) is { Count: > 0 } problems)
            {
                LogInvalidAnswer(log, facts.Id, id, string.Join("; ", problems));
                return http.Fail(new Failure(FailureCode.AnswerInvalid), AnswerTo.Hook);
            }
            return TypedResults.Json(response, CdsHooksJson.Default.CdsResponse);
        }
    }

    [LoggerMessage(2010, LogLevel.Error, "Answer {Request} of {Service} was not sent: {Problems}")]
    private static partial void LogInvalidAnswer(ILogger log, string request, string service, string problems);
}
