using MedAI.Fhir.Access;
using MedAI.Fhir.Auditing;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Search;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Conformance;

/// <summary>What the server says about itself: CapabilityStatement and OperationDefinitions, computed from the loaded models and the mapped routes.</summary>
public static class ConformanceEndpoints
{
    public static void MapConformance(this RouteGroupBuilder fhir)
    {
        fhir.MapGet("/metadata", (HttpContext http, SelfDescription self) => Answer(http, self.CapabilityStatement()));
        fhir.MapGet("/OperationDefinition/{id}", (string id, HttpContext http, SelfDescription self) => Answer(http, self.OperationDefinition(id)));
    }

    private static IResult Answer(HttpContext http, ReadOnlyMemory<byte>? json)
    {
        var form = ContentNegotiation.Choose(http.Request);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        return json is { } found ? http.Fhir(found) : http.Fail(new Failure(FailureCode.NotFound));
    }
}

/// <summary>Writes the server's description of itself once per set of models.</summary>
public sealed class SelfDescription(IModelCatalog models, IEnumerable<IFhirOperation> operations, PublicAddress address, CallerTokens tokens, StoredTypes types, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly IFhirOperation[] _operations = [.. operations.Where(o => o.IsEnabled)];
    private (IReadOnlyList<IServedModel> Models, byte[] Statement, IReadOnlyList<PublishedDefinition> Operations)? _told;
    private readonly Lock _gate = new();

    public byte[] CapabilityStatement() => Told().Statement;

    /// <summary>OperationDefinitions of what is offered now, in order of their ids.</summary>
    public IReadOnlyList<PublishedDefinition> OperationDefinitions() => Told().Operations;

    /// <summary>Null where there is no such operation, or the loaded models give it nothing to do.</summary>
    public ReadOnlyMemory<byte>? OperationDefinition(string id) => OperationDefinitions().FirstOrDefault(d => d.Id == id)?.Json;

    private (byte[] Statement, IReadOnlyList<PublishedDefinition> Operations) Told()
    {
        var all = models.Models;
        lock (_gate)
        {
            if (_told is not { } known || !ReferenceEquals(known.Models, all))
            {
                ModelManifest[] manifests = [.. all.Select(m => m.Package.Manifest)];
                _told = known = (all, CapabilityStatementWriter.Write(manifests, Served(), Facts()), [.. _operations.OrderBy(o => o.Declaration.Id, StringComparer.Ordinal)
                    .Select(o => OperationDefinitionWriter.Write(o, manifests, Facts())).OfType<byte[]>().Select(PublishedDefinition.Read)]);
            }
            return (known.Statement, known.Operations);
        }
    }

    private List<ServedInteraction> Served()
    {
        var served = new List<ServedInteraction>();
        foreach (string type in types.Readable)
            served.AddRange([ServedInteraction.Of(type, "read"), ServedInteraction.Of(type, "vread"), ServedInteraction.Of(type, "history-instance")]);
        served.AddRange(SearchEndpoints.Served(types.Readable));
        foreach (string type in types.Writable)
            served.AddRange([ServedInteraction.Of(type, "create"), ServedInteraction.Of(type, "update"), ServedInteraction.Of(type, "delete")]);
        served.AddRange([ServedInteraction.OfSystem("batch"), ServedInteraction.OfSystem("transaction")]);
        served.AddRange(AuditSearch.Served);
        served.AddRange(DefinitionEndpoints.Served);
        ModelManifest[] manifests = [.. models.Models.Select(m => m.Package.Manifest)];
        foreach (var operation in _operations.Where(o => o.IsOffered(manifests)).Select(o => o.Declaration))
        {
            if (operation.OnSystem)
                served.Add(ServedInteraction.Operation(null, operation.Code, operation.Id));
            served.AddRange(operation.Types.Select(type => ServedInteraction.Operation(type, operation.Code, operation.Id)));
        }
        return served;
    }

    private ServerFacts Facts() => new()
    {
        PublicBase = address.FhirBase,
        SoftwareVersion = Health.WarmUp.SoftwareVersion,
        Date = _started,
        IsSmart = tokens.Smart.AreConfigured,
        Security = (tokens.AreRequired
            ? "Every call but those of conformance resources and model cards proves its caller"
                + (tokens.Clients.AreConfigured ? ": an EHR by a signed JWT, as CDS Hooks describes, whose aud is the called URL" : "")
                + (tokens.Smart.AreConfigured ? (tokens.Clients.AreConfigured ? ", a FHIR client" : ": a FHIR client") + " by a SMART access token, whose scopes and patient bound what it reaches" : "") + "."
            : "Listens on loopback only; no clients are configured.") + $" CDS Hooks at {address.Origin}{CdsHooksEndpoints.Path}.",
    };
}
