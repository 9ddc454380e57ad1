using System.Globalization;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Links;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Auditing;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Writing;
using MedAI.Fhir.Writing.Imaging;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.Store;

/// <summary>Reads of what this server authored, and of the demo's or clients' patients; a browser gets a RiskAssessment as a page.</summary>
public static class ResourceEndpoints
{
    /// <summary>Types that this server writes itself.</summary>
    public static readonly IReadOnlyList<string> AuthoredTypes = ["RiskAssessment", "DiagnosticReport", "Observation", "Media", "Binary", "Provenance", "Device", "DocumentReference"];

    /// <summary>Types that say nothing about a patient; each reading of another is audited.</summary>
    internal static readonly string[] NobodysTypes = ["Device", "DocumentReference", "Location", "Endpoint"];

    /// <summary>Types of patients' records, which models read: the demo's, and those that clients write. Readable in demo mode and where clients may write.</summary>
    public static readonly IReadOnlyList<string> DemoTypes = ["Patient", "Encounter", "Location", "Observation", "Procedure", "Condition", "Specimen", "ImagingStudy", "Endpoint", "Group"];

    /// <summary>Types that can be read.</summary>
    /// <param name="records">Whether patients' records are held.</param>
    internal static IReadOnlyCollection<string> ReadableTypes(bool records) => records ? DemoReadable : AuthoredTypes;

    private static readonly string[] DemoReadable = [.. AuthoredTypes.Union(DemoTypes)];

    public static void MapResources(this RouteGroupBuilder fhir)
    {
        // An id is never $something: a GET of an operation must meet the operation's route and be told 405.
        fhir.MapGet("/{type}/{id:fhirId}", (string type, string id, HttpContext http, Services services, CancellationToken ct) =>
            ReadAsync(type, id, null, http, services, ct)).WithMetadata(RoutePolicy.ForType(null, "r"));
        fhir.MapGet("/{type}/{id:fhirId}/_history/{version}", (string type, string id, string version, HttpContext http, Services services, CancellationToken ct) =>
            ReadAsync(type, id, version, http, services, ct)).WithMetadata(RoutePolicy.ForType(null, "r"));
    }

    /// <summary>What reads work with.</summary>
    public sealed record Services(IResourceStore Store, IdSource Ids, TimeProvider Time, StoredTypes Types, PublicAddress Address);

    /// <summary>Opens the one result that a card's link stands for.</summary>
    public static void MapResultLinks(this IEndpointRouteBuilder routes) =>
        routes.MapGet(ResultLinks.Path + "/{token}", async (string token, HttpContext http, ResultLinks links, Services services, CancellationToken ct) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            if (!links.TryOpen(token, out var opened, out bool expired))
                return http.Fail(new Failure(expired ? FailureCode.LinkExpired : FailureCode.NotFound));
            http.Features.Set(RequestFacts.Of(http) with { Client = opened.Client });
            return await ReadAsync(opened.Type, opened.Id, null, http, services, ct, "link:");
        }).AddEndpointFilter<FailureAuditFilter>().WithMetadata(new AboutPatients());

    private static async Task<IResult> ReadAsync(string type, string id, string? version, HttpContext http, Services services, CancellationToken cancellationToken, string trigger = "read:")
    {
        bool page = type is "RiskAssessment" or "DiagnosticReport";
        bool raw = type == "Binary" && BinaryContent.IsWanted(http.Request);
        var form = raw ? BinaryContent.Form : ContentNegotiation.Choose(http.Request, html: page);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        int number = 0;
        if (!services.Types.Readable.Contains(type) || (version is not null && !int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out number)))
            return http.Fail(new Failure(FailureCode.NotFound));
        var resource = await services.Store.ReadAsync(type, id, version is null ? null : number, cancellationToken);
        // What another client's patients are told is as unknown as what is not there.
        var facts = RequestFacts.Of(http);
        if (resource is null || !AccessScope.Of(facts, services.Address.FhirBase).Holds(resource.Tenant, resource.Patient))
            return http.Fail(new Failure(FailureCode.NotFound));
        if (resource.Deleted)
            return http.Fail(new Failure(FailureCode.Gone));

        // Opening a result is itself an event about a patient.
        await ReadAudit.WriteAsync((version is null ? trigger : "vread:") + type, type, [resource], http, services.Store, services.Ids, services.Time, services.Address.FhirBase, cancellationToken);
        http.Response.Headers.CacheControl = trigger == "read:" ? "private, no-cache" : "no-store";
        http.Response.Headers.Vary = "Accept";
        if (form.Format == ResponseFormat.Html && type == "DiagnosticReport")
        {
            byte[] html = ReportPage.Of(resource.Json);
            http.Response.Headers.ContentSecurityPolicy = StudyReportPage.ContentSecurityPolicyOf(html);
            http.Response.Headers["Referrer-Policy"] = "no-referrer";
            return Results.Bytes(html, form.ContentType);
        }
        if (raw)
            return BinaryContent.Answer(resource.Json, http.Response);
        if (form.Format == ResponseFormat.Html && await services.Store.ReadResultAsync(id, cancellationToken) is { } result)
        {
            http.Response.Headers.ContentSecurityPolicy = ResultPage.ContentSecurityPolicy;
            http.Response.Headers["Referrer-Policy"] = "no-referrer";
            return Results.Text(ResultPage.Render(result.Detail), form.ContentType);
        }
        string etag = ResourceMeta.ETag(resource.Version);
        http.Response.Headers.ETag = etag;
        http.Response.Headers.LastModified = resource.LastUpdated.ToString("R", CultureInfo.InvariantCulture);
        return IsKnown(http.Request, etag, resource.LastUpdated) ? Results.StatusCode(StatusCodes.Status304NotModified) : http.Fhir(resource.Json);
    }

    /// <summary>Whether the client has this version already. A tag decides where one is sent; times of HTTP are whole seconds (RFC 9110, 13.1.3).</summary>
    private static bool IsKnown(HttpRequest request, string etag, DateTimeOffset lastUpdated)
    {
        if (request.Headers.IfNoneMatch.Count > 0)
            return EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known) && known.Any(k => k.Equals(EntityTagHeaderValue.Any) || k.Compare(EntityTagHeaderValue.Parse(etag), useStrongComparison: false));
        return request.GetTypedHeaders().IfModifiedSince is { } since && lastUpdated.ToUnixTimeSeconds() <= since.ToUnixTimeSeconds();
    }
}
