using System.Text.Json;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Search;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.Conformance;

/// <summary><c>GET StructureDefinition/medai-device</c>, <c>GET ValueSet?url=...</c>: what this software coined can be looked up by whoever meets a canonical of it.</summary>
/// <remarks>Open to everybody, as metadata is; nothing about a patient. Read only: another method is 405.</remarks>
public static class DefinitionEndpoints
{
    private const string Operations = "OperationDefinition";

    private static readonly SearchParameter[] Parameters = [new("_id", SearchKind.Token), new("url", SearchKind.Uri), new("version", SearchKind.Token)];

    private static readonly SearchParameter[] OperationParameters = [.. Parameters, new("code", SearchKind.Token)];

    /// <summary>What the CapabilityStatement says about them.</summary>
    public static IEnumerable<ServedInteraction> Served => PublishedDefinitions.Types.Append(Operations).SelectMany<string, ServedInteraction>(type =>
    [
        ServedInteraction.Of(type, "read"),
        ServedInteraction.Of(type, "search-type"),
        .. ParametersOf(type).Select(p => ServedInteraction.Search(type, p.Name, p.Kind.Code())),
    ]);

    public static void MapDefinitions(this RouteGroupBuilder fhir)
    {
        foreach (string type in PublishedDefinitions.Types)
        {
            fhir.MapGet($"/{type}/{{id}}", (string id, HttpContext http) => Read(type, id, http));
            fhir.MapGet($"/{type}", (HttpContext http, PublicAddress address, TimeProvider time) => Search(type, PublishedDefinitions.All, http, address.FhirBase, time));
        }
        fhir.MapGet($"/{Operations}", (HttpContext http, SelfDescription self, PublicAddress address, TimeProvider time) => Search(Operations, self.OperationDefinitions(), http, address.FhirBase, time));
    }

    private static SearchParameter[] ParametersOf(string type) => type == Operations ? OperationParameters : Parameters;

    private static IResult Read(string type, string id, HttpContext http)
    {
        var form = ContentNegotiation.Choose(http.Request);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        if (PublishedDefinitions.Find(type, id) is not { } definition)
            return http.Fail(new Failure(FailureCode.NotFound));
        // A later version of this software may say more under the same id.
        http.Response.Headers.CacheControl = "public, no-cache";
        http.Response.Headers.Vary = "Accept";
        http.Response.Headers.ETag = definition.Tag;
        if (EntityTagHeaderValue.TryParseList(http.Request.Headers.IfNoneMatch, out var known)
            && known.Any(k => k.Compare(EntityTagHeaderValue.Parse(definition.Tag), useStrongComparison: false)))
            return Results.StatusCode(StatusCodes.Status304NotModified);
        return Results.Bytes(definition.Json, form.ContentType);
    }

    private static IResult Search(string type, IReadOnlyList<PublishedDefinition> all, HttpContext http, string fhirBase, TimeProvider time)
    {
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        var ask = SearchAsk.Of(http.Request, fhirBase, time.GetUtcNow());
        var question = SearchQuestionReader.Read(new SearchDefinition(type, ParametersOf(type)) { DefaultCount = SearchQuestion.MostCount }, ask);
        if (question.Failure(ask.Lenient) is { } failure)
            return http.Fail(failure);
        PublishedDefinition[] found = [.. all.Where(d => d.Type == type && question.Criteria.All(c => Fits(d, c)))];
        // In order of their ids; nothing else of them can be sorted by.
        if (question.Order is [{ Descending: true }, ..])
            Array.Reverse(found);
        // They are few and never change while the server runs: a page begins at its number.
        int first = (int)Math.Clamp(question.After?.Entry ?? 0, 0, found.Length);
        SearchBundleEntry[] page = [.. found.Skip(first).Take(question.Count).Select(d => new SearchBundleEntry($"{fhirBase}/{d.Type}/{d.Id}", d.Json, "match"))];
        string? next = page.Length > 0 && first + page.Length < found.Length ? question.Link(fhirBase, new SearchPosition([], first + page.Length)) : null;
        return http.Fhir(SearchBundle.Write(question.WithTotal ? found.Length : null, question.Link(fhirBase, null), next, page, question.Unknown));
    }

    private static bool Fits(PublishedDefinition definition, SearchCriterion criterion)
    {
        string value = criterion.Parameter.Name switch { "_id" => definition.Id, "url" => definition.Url, "version" => definition.Version, var member => Member(definition, member) };
        return criterion.Alternatives.Any(a => a is TokenAlternative { System: null or "" } token && token.Code == value);
    }

    private static string Member(PublishedDefinition definition, string name)
    {
        using var json = JsonDocument.Parse(definition.Json);
        return json.RootElement.GetProperty(name).GetString()!;
    }
}
