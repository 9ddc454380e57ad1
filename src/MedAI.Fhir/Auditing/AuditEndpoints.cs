using System.Buffers;
using System.Text.Json;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Search;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Auditing;

/// <summary><c>GET AuditEvent/[id]</c>, <c>GET AuditEvent?...</c> and <c>POST AuditEvent/_search</c>: who did what with whose data, for auditors. Each look is itself audited.</summary>
public static class AuditEndpoints
{
    /// <summary>An auditor of the configuration, whose scopes give it too.</summary>
    public static readonly RoutePolicy Policy = RoutePolicy.ForType("AuditEvent", "rs") with { AuditorsOnly = true };

    public static void MapAuditEvents(this RouteGroupBuilder fhir)
    {
        fhir.MapGet("/AuditEvent/{id}", ReadAsync).WithMetadata(RoutePolicy.ForType("AuditEvent", "r") with { AuditorsOnly = true });
        fhir.MapPost("/AuditEvent/_search", PostAsync).WithMetadata(RoutePolicy.ForType("AuditEvent", "s") with { AuditorsOnly = true });
        fhir.MapGet("/AuditEvent", SearchAsync).WithMetadata(RoutePolicy.ForType("AuditEvent", "s") with { AuditorsOnly = true });
    }

    private static async Task<IResult> ReadAsync(string id, HttpContext http, IAuditTrail trail, IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time, CancellationToken cancellationToken)
    {
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        var facts = RequestFacts.Of(http);
        if (!FhirId.IsValid(id) || await trail.SearchAsync(new AuditQuestion { Ids = [id], Tenant = facts.OnlyTenant, Limit = 1 }, cancellationToken) is not [var row])
            return http.Fail(new Failure(FailureCode.NotFound));
        await store.CommitAsync(new StoreTransaction
        {
            Audit = AuditRow.Of(facts, ids, time, "read:AuditEvent") with { Outcome = "read", Patient = row.Patient, ResultType = "AuditEvent", ResultId = id, Status = StatusCodes.Status200OK },
        }, cancellationToken);
        http.Response.Headers.CacheControl = "private, no-cache";
        return http.Fhir(Json(row, address.FhirBase));
    }

    private static async Task<IResult> PostAsync(HttpContext http, IAuditTrail trail, IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time, IOptions<LimitsOptions> limits,
        CancellationToken cancellationToken) =>
        await SearchForm.TakeAsync(http, limits.Value, time, cancellationToken) is { } failure ? http.Fail(failure) : await SearchAsync(http, trail, store, address, ids, time, cancellationToken);

    private static async Task<IResult> SearchAsync(HttpContext http, IAuditTrail trail, IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time, CancellationToken cancellationToken)
    {
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        var facts = RequestFacts.Of(http);
        var search = AuditSearch.Read(http.Request.Query, address.FhirBase, facts.OnlyTenant, HandlingPreference.IsLenient(http.Request));
        if (search.Failure is { } failure)
            return http.Fail(failure);
        var question = search.Question;
        // One more than asked for says whether there is a next page.
        var rows = search.CountsOnly ? [] : await trail.SearchAsync(question with { Limit = question.Limit + 1 }, cancellationToken);
        bool more = rows.Count > question.Limit;
        long? total = search.CountsOnly || search.CountsAll is true ? await trail.CountAsync(question, cancellationToken)
            : search.CountsAll is false || more || question.Before is not null ? null : rows.Count;
        await store.CommitAsync(new StoreTransaction { Audit = SearchAudit.RowOf(http, "search:AuditEvent", question, address, ids, time) }, cancellationToken);
        http.Response.Headers.CacheControl = "no-store";
        return http.Fhir(Write([.. rows.Take(question.Limit)], more, total, search, address.FhirBase));
    }

    private static ReadOnlyMemory<byte> Write(IReadOnlyList<AuditRow> rows, bool more, long? total, AuditSearch search, string fhirBase)
    {
        string Link(string? before) => $"{fhirBase}/AuditEvent{search.AsQuery(before)}";
        return SearchBundle.Write(total, Link(search.Question.Before), more ? Link(rows[^1].Id) : null,
            [.. rows.Select(row => new SearchBundleEntry($"{fhirBase}/AuditEvent/{row.Id}", Json(row, fhirBase), "match"))], search.Unknown);
    }

    private static ReadOnlyMemory<byte> Json(AuditRow row, string fhirBase)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using var writer = new Utf8JsonWriter(buffer);
        AuditEventWriter.Write(writer, row, fhirBase);
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
