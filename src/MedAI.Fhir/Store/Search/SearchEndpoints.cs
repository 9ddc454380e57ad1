using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Requests;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Store.Search;

/// <summary><c>GET [type]?...</c> and <c>POST [type]/_search</c> over what this server authored, and in the demo over its patients.</summary>
/// <remarks>
/// A parameter that is not known is refused and never ignored, unless the client asks for <c>Prefer: handling=lenient</c>; then the answer says that some were left out.
/// The self link holds what was used. Whoever's patients are in the answer, each has a row in the audit trail before it leaves.
/// </remarks>
public static class SearchEndpoints
{
    public static void MapSearches(this RouteGroupBuilder fhir)
    {
        // A type is letters: a GET of $something must meet the operation's route and be told 405.
        fhir.MapGet("/{type:letters}", (string type, HttpContext http, Services services, CancellationToken ct) => SearchAsync(type, http, services, ct)).WithMetadata(RoutePolicy.ForType(null, "s"));
        fhir.MapPost("/{type:letters}/_search", PostAsync).WithMetadata(RoutePolicy.ForType(null, "s"));
    }

    /// <summary>What searches work with.</summary>
    public sealed record Services(IResourceStore Store, AccessDenials Denials, PublicAddress Address, IdSource Ids, TimeProvider Time, StoredTypes Types, IOptions<LimitsOptions> Limits);

    /// <summary>What the CapabilityStatement says about them.</summary>
    public static IEnumerable<ServedInteraction> Served(IReadOnlyCollection<string> types)
    {
        foreach (var definition in types.Select(SearchParameters.Of).OfType<SearchDefinition>())
        {
            yield return ServedInteraction.Of(definition.Type, "search-type");
            foreach (var parameter in definition.Parameters)
                yield return ServedInteraction.Search(definition.Type, parameter.Name, parameter.Kind.Code(), parameter.Definition);
            foreach (var parameter in definition.Includes)
                yield return ServedInteraction.Include(definition.Type, $"{definition.Type}:{parameter.Name}");
            foreach (var (type, parameter) in SearchParameters.PointingAt(definition.Type).Where(p => types.Contains(p.Type)))
                yield return ServedInteraction.ReverseInclude(definition.Type, $"{type}:{parameter.Name}");
        }
    }

    private static async Task<IResult> PostAsync(string type, HttpContext http, Services services, CancellationToken cancellationToken) =>
        await SearchForm.TakeAsync(http, services.Limits.Value, services.Time, cancellationToken) is { } failure ? http.Fail(failure) : await SearchAsync(type, http, services, cancellationToken);

    private static async Task<IResult> SearchAsync(string type, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        var readable = services.Types.Readable;
        if (!readable.Contains(type) || SearchParameters.Of(type) is not { } definition)
            return http.Fail(new Failure(FailureCode.NotFound));
        string fhirBase = services.Address.FhirBase;
        var ask = SearchAsk.Of(http.Request, fhirBase, services.Time.GetUtcNow()) with { ReadableTypes = readable };
        var question = SearchQuestionReader.Read(definition, ask);
        if (question.Failure(ask.Lenient) is { } failure)
            return http.Fail(failure);

        var facts = RequestFacts.Of(http);
        var scope = AccessScope.Of(facts, fhirBase);
        if (scope.Patients is { } own && question.Criteria.Any(c => AsksForAnother(c, own)))
            return await services.Denials.OtherPatientAsync(http);
        var page = await services.Store.SearchAsync(new SearchQuery(definition, scope)
        {
            Criteria = question.Criteria,
            Order = question.Order,
            Count = question.Count,
            WithTotal = question.WithTotal,
            After = question.After,
            Includes = question.Includes,
            ReverseIncludes = question.ReverseIncludes,
            FhirBase = fhirBase,
            ReadableTypes = readable,
        }, cancellationToken);
        await ReadAudit.WriteAsync($"search:{type}", type, [.. page.Matches, .. page.Included], http, services.Store, services.Ids, services.Time, fhirBase, cancellationToken);
        http.Response.Headers.CacheControl = "private, no-cache";
        var entries = new List<SearchBundleEntry>(page.Matches.Count + page.Included.Count);
        entries.AddRange(page.Matches.Select(m => new SearchBundleEntry($"{fhirBase}/{m.Type}/{m.Id}", m.Json, "match")));
        entries.AddRange(page.Included.Select(m => new SearchBundleEntry($"{fhirBase}/{m.Type}/{m.Id}", m.Json, "include")));
        return http.Fhir(SearchBundle.Write(page.Total, question.Link(fhirBase, null), page.Next is { } next ? question.Link(fhirBase, next) : null, entries, question.Unknown));
    }

    /// <summary>True where the search names another patient by reference than the one that the caller may see.</summary>
    private static bool AsksForAnother(SearchCriterion criterion, IReadOnlyList<string> own) =>
        criterion.Parameter.Name is "patient" or "subject" && !criterion.Alternatives.All(a => a is ReferenceAlternative reference && reference.Targets.Any(t => own.Contains(t, StringComparer.Ordinal)));
}
