using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Health;

/// <summary>Liveness and readiness for an orchestrator; no patient data, no authentication.</summary>
public static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Json(new JsonObject { ["status"] = "live" }));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    /// <summary>200 only when every package reproduced its golden vectors and is warm, and the store answers.</summary>
    private static async Task<IResult> ReadyAsync(Startup startup, IModelCatalog catalog, IResourceStore store, CancellationToken cancellationToken)
    {
        bool stored = await store.IsHealthyAsync(cancellationToken);
        bool ready = startup.Finished && catalog.Ready && stored;
        var body = new JsonObject
        {
            ["status"] = ready ? "ready" : "not-ready",
            ["store"] = stored ? "ok" : "unavailable",
            ["warm"] = startup.Finished,
            ["models"] = new JsonArray([.. catalog.Models.Select(m => (JsonNode)new JsonObject
            {
                ["id"] = m.Identity.Id,
                ["version"] = m.Identity.Version,
                ["kind"] = m.Package.Manifest.Kind == ModelKind.Imaging ? "imaging" : "sequence",
                ["sha256"] = m.Identity.Hash,
            })]),
            ["refused"] = new JsonArray([.. catalog.Refused.Select(r => (JsonNode)new JsonObject { ["package"] = r.Key, ["problems"] = r.Value.Count })]),
        };
        return Results.Json(body, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
