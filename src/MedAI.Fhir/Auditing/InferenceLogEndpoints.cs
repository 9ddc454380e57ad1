using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Auditing;

/// <summary><c>GET /inference-log</c>: every prediction and abstention with who asked, what went in, which model file, what came out and what the clinician did; NDJSON, newest first, for auditors.</summary>
/// <remarks>EU AI Act Art. 12: events over the lifetime of the system, from which a single answer can be reconstructed. A further page is named by the header Link.</remarks>
public static class InferenceLogEndpoints
{
    public const string Path = "/inference-log";

    public static void MapInferenceLog(this IEndpointRouteBuilder routes) => routes.MapGet(Path, ReadAsync)
        .AddEndpointFilter(routes.ServiceProvider.GetRequiredService<FhirAccessFilter>()).AddEndpointFilter<FailureAuditFilter>().WithMetadata(AuditEndpoints.Policy);

    private static async Task<IResult> ReadAsync(HttpContext http, IAuditTrail trail, IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time, CancellationToken cancellationToken)
    {
        var facts = RequestFacts.Of(http);
        var (question, failure) = Question(http.Request.Query, facts.OnlyTenant);
        if (question is null)
            return http.Fail(failure!);
        var records = await trail.ReadInferencesAsync(question with { Limit = question.Limit + 1 }, cancellationToken);
        await store.CommitAsync(new StoreTransaction { Audit = SearchAudit.RowOf(http, "operation:inference-log", question, address, ids, time) }, cancellationToken);
        http.Response.Headers.CacheControl = "no-store";
        if (records.Count > question.Limit)
        {
            string kept = string.Concat(http.Request.Query.Where(q => q.Key is not ("before" or "_count")).SelectMany(q => q.Value.Select(v => $"&{q.Key}={Uri.EscapeDataString(v ?? "")}")));
            http.Response.Headers.Link = string.Create(CultureInfo.InvariantCulture, $"<{address.Origin}{Path}?_count={question.Limit}{kept}&before={records[question.Limit - 1].Audit.Id}>; rel=\"next\"");
        }
        return Results.Bytes(Write(records.Take(question.Limit)), "application/x-ndjson");
    }

    private static (AuditQuestion? Question, Failure? Failure) Question(IQueryCollection query, string? tenant)
    {
        var question = new AuditQuestion { Tenant = tenant, Limit = AuditOptions.UsualCount };
        var issues = new List<FailureIssue>();
        foreach (var (name, values) in query)
        {
            string value = values.Count == 1 ? values[0] ?? "" : "";
            switch (name)
            {
                case "from" when DateInterval.Parse(value)?.From is { } from:
                    question = question with { From = from };
                    break;
                case "to" when DateInterval.Parse(value)?.From is { } to:
                    question = question with { To = to };
                    break;
                case "model" when value.Length > 0:
                    question = question with { ModelId = value };
                    break;
                case "patient" when value[(value.LastIndexOf('/') + 1)..] is var id && FhirId.IsValid(id):
                    int reference = value.LastIndexOf("/Patient/", StringComparison.Ordinal);
                    question = question with { PatientId = id, FhirBase = reference > 0 ? value[..reference] : null };
                    break;
                case "before" when FhirId.IsValid(value):
                    question = question with { Before = value };
                    break;
                case "_count" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0:
                    question = question with { Limit = Math.Min(count, AuditOptions.MostCount) };
                    break;
                default:
                    issues.Add(new FailureIssue("The log is asked by from, to, model, patient and _count, each once: dates, a model's id, an id or absolute reference of a Patient, a number.", "http.query"));
                    break;
            }
        }
        return issues.Count > 0 ? (null, new Failure(FailureCode.InvalidParameter, [issues[0]])) : (question, null);
    }

    private static ReadOnlyMemory<byte> Write(IEnumerable<InferenceRecord> records)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using var writer = new Utf8JsonWriter(buffer);
        foreach (var record in records)
        {
            InferenceLogWriter.Write(writer, record);
            writer.Flush();
            buffer.Write("\n"u8);
            writer.Reset();
        }
        return buffer.WrittenMemory;
    }
}
