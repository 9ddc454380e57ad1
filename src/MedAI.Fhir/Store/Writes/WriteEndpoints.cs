using System.Globalization;
using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using FhirJson = MedAI.Fhir.Reading.FhirJson;

namespace MedAI.Fhir.Store.Writes;

/// <summary><c>POST [type]</c>, <c>PUT [type]/[id]</c>, <c>DELETE [type]/[id]</c> of what models read, where the configuration lets clients write.</summary>
/// <remarks>What this server authors is not among them: a client can neither write it, nor remove it, nor claim to be it (ADR 23). Without the switch there are no such routes, and each is 405.</remarks>
public static class WriteEndpoints
{
    public static void MapWrites(this RouteGroupBuilder fhir)
    {
        var types = ((IEndpointRouteBuilder)fhir).ServiceProvider.GetRequiredService<StoredTypes>();
        if (!types.AcceptsWrites)
            return;
        Map(HttpMethods.Post, "/{type:letters}", "c", (string type, HttpContext http, Services services, CancellationToken ct) => WriteAsync(WriteKind.Create, type, null, http, services, ct));
        Map(HttpMethods.Put, "/{type}/{id:fhirId}", "u", (string type, string id, HttpContext http, Services services, CancellationToken ct) => WriteAsync(WriteKind.Update, type, id, http, services, ct));
        Map(HttpMethods.Delete, "/{type}/{id:fhirId}", "d", (string type, string id, HttpContext http, Services services, CancellationToken ct) => WriteAsync(WriteKind.Delete, type, id, http, services, ct));

        void Map(string method, string pattern, string right, Delegate handler) =>
            fhir.MapMethods(pattern, [method], handler).WithMetadata(RoutePolicy.ForType(null, right) with { Types = types.Writable });
    }

    /// <summary>What writes work with.</summary>
    public sealed record Services(ClientWrites Writes, FhirBodyReader Bodies, AccessDenials Denials, StoredTypes Types, PublicAddress Address, TimeProvider Time);

    private static async Task<IResult> WriteAsync(WriteKind kind, string type, string? id, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        if (!services.Types.Writable.Contains(type))
            return NotWritable(type, http, services.Types);
        if (http.Request.Query.Keys.Any(name => !AnswerShape.Parameters.Contains(name)))
            return http.Fail(new Failure(FailureCode.InvalidParameter, "A write has no parameters but those that shape its answer.", "http.query"));
        if (id is not null && !FhirId.IsValid(id))
            return http.Fail(new Failure(FailureCode.InvalidParameter, "An id has at most 64 letters, digits, hyphens and dots.", "http.id"));
        var ask = new WriteAsk(kind, type, RequestFacts.Of(http)) { Id = id };
        if (kind == WriteKind.Delete)
            return await ConditionedAsync(ask, http, services, cancellationToken);

        var (body, unreadable) = await services.Bodies.ReadAsync(http.Request, cancellationToken);
        if (body is null)
            return http.Fail(unreadable!);
        using (body)
        {
            if (Mismatch(body.Root, type, id) is { } mismatch)
                return http.Fail(mismatch);
            if (ResourceCheck.Refusal(body.Root, type) is { } refusal)
                return http.Fail(refusal);
            return await ConditionedAsync(ask with { Resource = body.Root }, http, services, cancellationToken);
        }
    }

    private static FailureResult NotWritable(string type, HttpContext http, StoredTypes types)
    {
        if (!ModelInfo.IsKnownResource(type))
            return http.Fail(new Failure(FailureCode.NotFound));
        http.Response.Headers.Allow = HttpMethods.Get;
        return http.Fail(new Failure(FailureCode.MethodNotAllowed, $"Clients write {string.Join(", ", types.Writable)}; what a model found is this server's alone."));
    }

    private static async Task<IResult> ConditionedAsync(WriteAsk ask, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        if (ask.Kind == WriteKind.Create)
        {
            if (http.Request.Headers.ContainsKey("If-None-Exist") && await MaySearchAsync(ask.Type, http, services) is { } denied)
                return denied;
            ask = ask with { Facts = RequestFacts.Of(http) };
            var (query, wrong) = WriteConditions.IfNoneExist(http.Request, ask.Type, AccessScope.Of(ask.Facts, services.Address.FhirBase), services.Address.FhirBase, services.Time.GetUtcNow());
            if (wrong is not null)
                return http.Fail(wrong);
            ask = ask with { IfNoneExist = query };
        }
        else
        {
            var (condition, wrong) = WriteConditions.IfMatch(http.Request);
            if (wrong is not null)
                return http.Fail(wrong);
            ask = ask with { IfMatch = condition, OnlyNew = ask.Kind == WriteKind.Update && WriteConditions.OnlyNew(http.Request) };
        }
        // In a transaction it is decided now and written with all the others.
        if (http.Features.Get<PendingWrites>() is { } pending)
        {
            var (plan, failure) = await services.Writes.DecideAsync(ask with { Resource = ask.Resource.ValueKind == JsonValueKind.Undefined ? default : ask.Resource.Clone() }, cancellationToken);
            if (plan is null)
                return await FailAsync(failure!, http, services);
            pending.Plan = plan;
            return Results.StatusCode(StatusCodes.Status200OK);
        }
        var (answer, refused) = await services.Writes.WriteAsync(ask, cancellationToken);
        return answer is null ? await FailAsync(refused!, http, services) : Answer(answer, http, services.Address.FhirBase);
    }

    /// <summary>A condition tells whether something is there: whoever sets one needs the right to search, and is answered as far as that reaches.</summary>
    private static async ValueTask<IResult?> MaySearchAsync(string type, HttpContext http, Services services)
    {
        var facts = RequestFacts.Of(http);
        if (facts.Access is not { } access)
            return null;
        var need = new ScopeNeed(type, "cs");
        var reach = access.ReachOf(need);
        if (reach == Reach.None)
            return await services.Denials.TooLittleScopeAsync(http, [need], type, systemOnly: false);
        if (reach == Reach.Patient)
            http.Features.Set(facts with { Access = access with { Only = access.Patient } });
        return null;
    }

    private static async ValueTask<IResult> FailAsync(Failure failure, HttpContext http, Services services) =>
        failure.Code == FailureCode.Forbidden && RequestFacts.Of(http).Access is not null ? await services.Denials.DenyAsync(http, failure.Issues[0].Text) : http.Fail(failure);

    private static IResult Answer(WriteAnswer answer, HttpContext http, string fhirBase)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = "no-store";
        if (answer.ETag is { } etag)
            headers.ETag = etag;
        if (answer.Resource is not { } resource)
            return Results.StatusCode(answer.Status);
        string place = answer.PlaceBelow(fhirBase);
        headers.LastModified = answer.LastUpdated.ToString("R", CultureInfo.InvariantCulture);
        headers.Location = place;
        return new FhirResult(resource.Json) { StatusCode = answer.Status, StoredAt = place };
    }

    /// <summary>What the address says and the body does not.</summary>
    private static Failure? Mismatch(JsonElement body, string type, string? id)
    {
        if (body.ValueKind != JsonValueKind.Object || FhirJson.String(FhirJson.Member(body, "resourceType"u8)) != type)
            return new Failure(FailureCode.MalformedRequest, $"The body must be a resource of type {type}, as the address says.", "resourceType");
        return id is not null && FhirJson.String(FhirJson.Member(body, "id"u8)) != id ? new Failure(FailureCode.MalformedRequest, "The resource must have the id of the address.", $"{type}.id") : null;
    }
}

/// <summary>Marks a request as an entry of a transaction: its write is decided and handed over here instead of written.</summary>
internal sealed class PendingWrites
{
    public WritePlan? Plan { get; set; }
}
