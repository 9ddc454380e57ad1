using MedAI.Fhir.Conformance;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace MedAI.Fhir.CdsHooks;

/// <summary>CDS Hooks 2.0: discovery and one service per model package.</summary>
public static class CdsHooksEndpoints
{
    public const string Path = "/cds-services";

    public static void MapCdsHooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path);
        group.MapGet("", Discover);
        group.MapPost("/{id}", InvokeAsync);
    }

    private static JsonHttpResult<CdsServices> Discover(HookServices services) =>
        TypedResults.Json(services.Discovery, CdsHooksJson.Default.CdsServices);

    private static async Task<IResult> InvokeAsync(string id, HttpContext http, HookServices services, HookInvocation invocation,
        ImagingHookInvocation imaging, JsonBodyReader bodies, CancellationToken cancellationToken)
    {
        var service = services.Find(id);
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
            return response is null
                ? http.Fail(failure!, AnswerTo.Hook)
                : TypedResults.Json(response, CdsHooksJson.Default.CdsResponse);
        }
    }
}
