using System.Buffers;
using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Auditing;

/// <summary><c>GET AuditEvent/[id]</c> and <c>GET AuditEvent?...</c>: who did what with whose data, for auditors. Each look is itself audited.</summary>
public static class AuditEndpoints
{
    /// <summary>An auditor of the configuration, whose scopes give it too.</summary>
    public static readonly RoutePolicy Policy = RoutePolicy.ForType("AuditEvent", "rs") with { AuditorsOnly = true };

    public static void MapAuditEvents(this RouteGroupBuilder fhir)
    {
        fhir.MapGet("/AuditEvent/{id}", ReadAsync).WithMetadata(RoutePolicy.ForType("AuditEvent", "r") with { AuditorsOnly = true });
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
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer))
            AuditEventWriter.Write(writer, row, address.FhirBase);
        return http.Fhir(buffer.WrittenMemory);
    }

    private static async Task<IResult> SearchAsync(HttpContext http, IAuditTrail trail, IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time, CancellationToken cancellationToken)
    {
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        var facts = RequestFacts.Of(http);
        bool lenient = http.Request.Headers["Prefer"].Any(p => p?.Contains("handling=lenient", StringComparison.OrdinalIgnoreCase) == true);
        var search = AuditSearch.Read(http.Request.Query, address.FhirBase, facts.OnlyTenant, lenient);
        if (search.Failure is { } failure)
            return http.Fail(failure);
        var question = search.Question;
        // One more than asked for says whether there is a next page.
        var rows = await trail.SearchAsync(question with { Limit = question.Limit + 1 }, cancellationToken);
        await store.CommitAsync(new StoreTransaction
        {
            Audit = AuditRow.Of(facts, ids, time, "search:AuditEvent") with
            {
                Outcome = "read",
                Patient = question.PatientId is { } patient ? new PatientKey(facts.Tenant, question.FhirBase ?? address.FhirBase, patient) : null,
                Query = SearchAudit.QueryOf(http),
                Status = StatusCodes.Status200OK,
            },
        }, cancellationToken);
        http.Response.Headers.CacheControl = "no-store";
        return http.Fhir(Write([.. rows.Take(question.Limit)], rows.Count > question.Limit, search, address.FhirBase));
    }

    private static ReadOnlyMemory<byte> Write(IReadOnlyList<AuditRow> rows, bool more, AuditSearch search, string fhirBase)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", "searchset");
        // Counting all of them would read them all.
        if (!more && search.Question.Before is null)
            writer.WriteNumber("total", rows.Count);
        writer.WriteStartArray("link");
        Link("self", search.Question.Before);
        if (more)
            Link("next", rows[^1].Id);
        writer.WriteEndArray();
        if (rows.Count > 0 || search.Unknown > 0)
        {
            writer.WriteStartArray("entry");
            foreach (var row in rows)
            {
                writer.WriteStartObject();
                writer.WriteString("fullUrl", $"{fhirBase}/AuditEvent/{row.Id}");
                writer.WritePropertyName("resource");
                AuditEventWriter.Write(writer, row, fhirBase);
                Mode("match");
            }
            if (search.Unknown > 0)
            {
                writer.WriteStartObject();
                writer.WritePropertyName("resource");
                writer.WriteRawValue("""{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported","diagnostics":"Parameters that are not known to this search were left out."}]}"""u8);
                Mode("outcome");
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;

        void Link(string relation, string? before)
        {
            writer.WriteStartObject();
            writer.WriteString("relation", relation);
            writer.WriteString("url", $"{fhirBase}/AuditEvent{search.AsQuery(before)}");
            writer.WriteEndObject();
        }

        void Mode(string mode)
        {
            writer.WriteStartObject("search");
            writer.WriteString("mode", mode);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }
}
