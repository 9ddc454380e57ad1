using System.Globalization;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store;

/// <summary><c>GET [type]/[id]/_history</c>: every version of a resource, newest first, also of one that was deleted.</summary>
public static class HistoryEndpoints
{
    private const int DefaultCount = 20;

    private static readonly string[] Parameters = ["_count", "_since", "_page"];

    public static void MapHistories(this RouteGroupBuilder fhir) =>
        fhir.MapGet("/{type}/{id:fhirId}/_history", ReadAsync).WithMetadata(RoutePolicy.ForType(null, "r"));

    private static async Task<IResult> ReadAsync(string type, string id, HttpContext http, ResourceEndpoints.Services services, PublicAddress address, CancellationToken cancellationToken)
    {
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        if (!services.Types.Readable.Contains(type))
            return http.Fail(new Failure(FailureCode.NotFound));
        string fhirBase = address.FhirBase;
        var ask = SearchAsk.Of(http.Request, fhirBase, services.Time.GetUtcNow());
        var (query, used, failure) = Understand(type, id, ask);
        if (failure is not null)
            return http.Fail(failure);

        var facts = RequestFacts.Of(http);
        var page = await services.Store.ReadHistoryAsync(query, cancellationToken);
        if (page is null || !AccessScope.Of(facts, fhirBase).Holds(page.Current.Tenant, page.Current.Patient))
            return http.Fail(new Failure(FailureCode.NotFound));
        await ReadAudit.WriteAsync($"history:{type}", type, page.Versions.Count > 0 ? page.Versions : [page.Current], http, services.Store, services.Ids, services.Time, fhirBase, cancellationToken);
        http.Response.Headers.CacheControl = "private, no-cache";
        string path = $"{fhirBase}/{type}/{id}/_history?";
        string? next = page.HasMore && page.Versions.Count > 0 ? path + string.Join('&', used.Append(string.Create(CultureInfo.InvariantCulture, $"_page={page.Versions[^1].Version}"))) : null;
        string self = path + string.Join('&', query.Before is { } before ? used.Append(string.Create(CultureInfo.InvariantCulture, $"_page={before}")) : used);
        return http.Fhir(SearchBundle.WriteHistory(page.Total, self, next, [.. page.Versions.Select(v => Entry(v, fhirBase))]));
    }

    private static SearchBundleEntry Entry(StoredResource version, string fhirBase)
    {
        string place = $"{version.Type}/{version.Id}";
        // What this server authored came by operations and hooks; of R4's interactions a create is what they amount to. So is an update under an id that was not there before.
        var (method, url, status) = version switch
        {
            { Deleted: true } => ("DELETE", place, "204 No Content"),
            { Version: 1 } => ("POST", version.Type, "201 Created"),
            _ => ("PUT", place, "200 OK"),
        };
        return new SearchBundleEntry($"{fhirBase}/{place}", version.Deleted ? default : version.Json, null)
        {
            Change = new BundleChange(method, url, status, ResourceMeta.ETag(version.Version), version.LastUpdated),
        };
    }

    private static (HistoryQuery Query, List<string> Used, Failure? Failure) Understand(string type, string id, SearchAsk ask)
    {
        int count = DefaultCount;
        DateTimeOffset? since = null;
        int? before = null;
        var issues = new List<FailureIssue>();
        var used = new List<string>();
        foreach (var group in ask.Parameters.GroupBy(p => p.Name))
        {
            string name = group.Key;
            bool shape = AnswerShape.Parameters.Contains(name);
            if (!shape && (!Parameters.Contains(name) || group.Count() > 1))
            {
                if (!ask.Lenient || Parameters.Contains(name))
                    issues.Add(new FailureIssue("A history knows the parameters _count, _since and _page, each once.", "http.query"));
                continue;
            }
            foreach (var (_, value) in group)
            {
                if (name == "_count" && !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out count))
                    issues.Add(new FailureIssue("_count is a number from 0 on.", "http._count"));
                else if (name == "_since" && (since = DateInterval.Parse(value) is { } interval ? DateTimeOffset.FromUnixTimeMilliseconds(interval.Low) : null) is null)
                    issues.Add(new FailureIssue("_since is an instant.", "http._since"));
                else if (name == "_page" && (before = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null) is null)
                    issues.Add(new FailureIssue("_page is what a next link of the same history says.", "http._page"));
                else if (name == "_summary" && value == "count")
                    count = 0;
                if (name is not ("_page" or "_count"))
                    used.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}");
            }
        }
        count = Math.Min(count, SearchQuestion.MostCount);
        used.Add(string.Create(CultureInfo.InvariantCulture, $"_count={count}"));
        return (new HistoryQuery(type, id, count, since, before), used, issues.Count == 0 ? null : new Failure(FailureCode.InvalidParameter, issues));
    }
}
