using MedAI.Fhir.Assessments;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Conformance;

/// <summary>What the server says about itself: CapabilityStatement and OperationDefinitions, computed from the loaded models and the mapped routes.</summary>
public static class ConformanceEndpoints
{
    public static void MapConformance(this RouteGroupBuilder fhir)
    {
        fhir.MapGet("/metadata", (HttpContext http, SelfDescription self) => Answer(http, self.CapabilityStatement()));
        fhir.MapGet("/OperationDefinition/{code}", (string code, HttpContext http, SelfDescription self) => Answer(http, self.OperationDefinition(code)));
    }

    private static IResult Answer(HttpContext http, byte[]? json)
    {
        var form = ContentNegotiation.Choose(http.Request);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        return json is null ? http.Fail(new Failure(FailureCode.NotFound)) : Results.Bytes(json, form.ContentType);
    }
}

/// <summary>Writes the server's description of itself once per set of models.</summary>
public sealed class SelfDescription(AssessableModels models, PublicAddress address, IOptions<ServerOptions> options, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private (IReadOnlyList<AssessableModel> Models, byte[] Statement)? _statement;
    private readonly Lock _gate = new();

    public byte[] CapabilityStatement()
    {
        var all = models.All;
        lock (_gate)
        {
            if (_statement is not { } known || !ReferenceEquals(known.Models, all))
                _statement = known = (all, CapabilityStatementWriter.Write([.. all.Select(m => m.Manifest)], Served(), Facts()));
            return known.Statement;
        }
    }

    /// <summary>Null where no model offers the operation.</summary>
    public byte[]? OperationDefinition(string code) => OperationDefinitionWriter.Write(code, [.. models.All.Select(m => m.Manifest)], Facts());

    private List<ServedInteraction> Served()
    {
        var served = new List<ServedInteraction> { ServedInteraction.Of("OperationDefinition", "read") };
        foreach (string type in ResourceEndpoints.AuthoredTypes.Concat(options.Value.Demo ? ResourceEndpoints.DemoTypes : []))
            served.AddRange([ServedInteraction.Of(type, "read"), ServedInteraction.Of(type, "vread")]);
        if (models.All.Any(m => m.Manifest.Service.Operations.Contains(AssessRiskOperation.Code, StringComparer.Ordinal)))
            served.AddRange([ServedInteraction.Operation(null, AssessRiskOperation.Code), ServedInteraction.Operation("Patient", AssessRiskOperation.Code)]);
        return served;
    }

    private ServerFacts Facts() => new()
    {
        PublicBase = address.FhirBase,
        SoftwareVersion = Health.WarmUp.SoftwareVersion,
        Date = _started,
        Security = $"Listens on loopback only; clients are not authenticated yet. CDS Hooks at {address.Origin}{CdsHooksEndpoints.Path}.",
    };
}
