using System.Text.Json.Nodes;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Health;

/// <summary><c>GET /health/coverage</c>: which variables of each model the caller's local codes reach. Holds no patient data; asks who calls once clients are configured.</summary>
public static class CoverageEndpoints
{
    public const string Path = "/health/coverage";

    public static void MapCoverage(this IEndpointRouteBuilder routes) => routes.MapGet(Path, Coverage).AddEndpointFilter(routes.ServiceProvider.GetRequiredService<ClientFilter>());

    private static IResult Coverage(HttpContext http, AssessableModels models, ClientConceptMaps conceptMaps)
    {
        var maps = conceptMaps.Of(RequestFacts.Of(http).Caller?.Name);
        return Results.Json(new JsonObject
        {
            ["localCodes"] = maps.Count,
            ["localSystems"] = new JsonArray([.. maps.Systems.Select(s => JsonValue.Create(s))]),
            ["models"] = new JsonArray([.. models.All.Select(m => (JsonNode)Model(m, maps))]),
        });
    }

    private static JsonObject Model(AssessableModel model, ConceptMapTable maps)
    {
        var coverage = CodeCoverage.Of(model.Model.Variables, maps);
        return new JsonObject
        {
            ["id"] = model.Manifest.Id,
            ["version"] = model.Manifest.Version,
            ["variables"] = coverage.Variables,
            ["unmapped"] = new JsonArray([.. coverage.Unmapped.Select(v => (JsonNode)new JsonObject
            {
                ["id"] = v.Id,
                ["title"] = v.Title,
                ["codes"] = new JsonArray([.. v.Manifest.Codes.Concat(v.Manifest.Parts?.Codes ?? []).Select(c => JsonValue.Create($"{c.System}|{c.Code}"))]),
            })]),
        };
    }
}
