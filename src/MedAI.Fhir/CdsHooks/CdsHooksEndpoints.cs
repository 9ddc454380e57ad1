using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Auditing;
using MedAI.Fhir.CdsHooks.Feedback;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.CdsHooks;

/// <summary>CDS Hooks 2.0: discovery and one service per model package.</summary>
public static class CdsHooksEndpoints
{
    public const string Path = "/cds-services";

    public static void MapCdsHooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path).RequireCors(HookCorsOptions.Policy).AddEndpointFilter(routes.ServiceProvider.GetRequiredService<ClientFilter>());
        group.MapGet("", Discover);
        // Bound once: looking its parts up for each call would open a scope of services for each.
        var call = routes.ServiceProvider.GetRequiredService<HookCall>();
        group.MapPost("/{id}", (string id, HttpContext http, CancellationToken cancellationToken) => call.AnswerAsync(id, http, cancellationToken)).WithMetadata(new AboutPatients());
        group.MapFeedback();
    }

    /// <remarks>Encoded once per set of models, for each client that has templates or a version of its own; valid while they load, and when all of them are broken.</remarks>
    private static IResult Discover(HttpContext http, HookServices services)
    {
        var (body, tag) = services.DiscoveryFor(RequestFacts.Of(http).Caller?.Name);
        http.Response.Headers.CacheControl = "no-cache";
        return Results.Bytes(body, "application/json", entityTag: tag);
    }
}
