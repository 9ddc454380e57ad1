using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Auditing;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Store;

/// <summary><c>GET DiagnosticReport?status=partial</c>: the readings that nobody has verified yet, newest first.</summary>
/// <remarks>
/// A parameter that is not known is refused and never ignored, unless the client asks for <c>Prefer: handling=lenient</c>; then the answer says which were
/// left out. The self link holds what was used.
/// </remarks>
public static class ReportSearch
{
    private const int DefaultCount = 20;
    private const int MostCount = 100;

    private static readonly string[] Statuses =
        ["registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled", "entered-in-error", "unknown"];

    /// <summary>What the CapabilityStatement says about it.</summary>
    public static readonly IReadOnlyList<ServedInteraction> Served =
    [
        ServedInteraction.Of("DiagnosticReport", "search-type"),
        ServedInteraction.Search("DiagnosticReport", "status", "token"),
        ServedInteraction.Search("DiagnosticReport", "patient", "reference"),
        ServedInteraction.Search("DiagnosticReport", "subject", "reference"),
    ];

    public static void MapReportSearch(this RouteGroupBuilder fhir) => fhir.MapGet("/DiagnosticReport", SearchAsync).WithMetadata(RoutePolicy.ForType("DiagnosticReport", "s"));

    private static async Task<IResult> SearchAsync(HttpContext http, IResourceStore store, PatientCompartment compartment, AccessDenials denials, SearchAudit audit, PublicAddress address, CancellationToken cancellationToken)
    {
        var form = ContentNegotiation.Choose(http.Request);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        bool lenient = http.Request.Headers["Prefer"].Any(p => p?.Contains("handling=lenient", StringComparison.OrdinalIgnoreCase) == true);
        var question = Question.Read(http.Request.Query, address.FhirBase);
        if (question.Issues.Count > 0 || (question.Unknown > 0 && !lenient))
        {
            List<FailureIssue> issues = [.. question.Issues];
            if (question.Unknown > 0)
                issues.Add(new FailureIssue("This search knows the parameters status, patient, subject, _count and _offset.", "http.query"));
            return http.Fail(new Failure(FailureCode.InvalidParameter, issues));
        }
        var facts = RequestFacts.Of(http);
        IReadOnlyList<string> subjects = question.Subjects;
        if (facts.Access?.Only is { } only)
        {
            if (!subjects.All(s => compartment.Means(s, only)))
                return await denials.OtherPatientAsync(http);
            subjects = compartment.ReferencesTo(only);
        }
        var page = await store.SearchAsync(new ResourceSearch("DiagnosticReport", question.Statuses, subjects, question.Count, question.Offset) { Tenant = facts.OnlyTenant }, cancellationToken);
        await store.CommitAsync(await audit.RowsAsync(http, "DiagnosticReport", page.Resources, cancellationToken), cancellationToken);
        return http.Fhir(Write(page, question, address.FhirBase));
    }

    private static ReadOnlyMemory<byte> Write(ResourcePage page, Question question, string fhirBase)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", "searchset");
        writer.WriteNumber("total", page.Total);
        writer.WriteStartArray("link");
        Link("self", question.Offset);
        if (question.Count > 0 && question.Offset + page.Resources.Count < page.Total)
            Link("next", question.Offset + question.Count);
        writer.WriteEndArray();
        if (page.Resources.Count > 0 || question.Unknown > 0)
        {
            writer.WriteStartArray("entry");
            foreach (var resource in page.Resources)
            {
                writer.WriteStartObject();
                writer.WriteString("fullUrl", $"{fhirBase}/{resource.Type}/{resource.Id}");
                writer.WritePropertyName("resource");
                writer.WriteRawValue(resource.Json.Span);
                Mode("match");
            }
            if (question.Unknown > 0)
            {
                writer.WriteStartObject();
                writer.WriteStartObject("resource");
                writer.WriteString("resourceType", "OperationOutcome");
                writer.WriteStartArray("issue");
                writer.WriteStartObject();
                writer.WriteString("severity", "warning");
                writer.WriteString("code", "not-supported");
                writer.WriteString("diagnostics", string.Create(CultureInfo.InvariantCulture, $"{question.Unknown} parameter(s) are not known to this search and were left out."));
                writer.WriteEndObject();
                writer.WriteEndArray();
                writer.WriteEndObject();
                Mode("outcome");
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;

        void Link(string relation, int offset)
        {
            writer.WriteStartObject();
            writer.WriteString("relation", relation);
            writer.WriteString("url", $"{fhirBase}/DiagnosticReport{question.AsQuery(offset)}");
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

    /// <summary>The question as understood.</summary>
    private sealed class Question
    {
        private string? _status;
        private string? _subject;

        public List<string> Statuses { get; } = [];

        public List<string> Subjects { get; } = [];

        public int Count { get; private set; } = DefaultCount;

        public int Offset { get; private set; }

        public int Unknown { get; private set; }

        public List<FailureIssue> Issues { get; } = [];

        public static Question Read(IQueryCollection query, string fhirBase)
        {
            var question = new Question();
            foreach (var (name, values) in query)
            {
                if (values is not [{ } value])
                    question.Issues.Add(new FailureIssue("A parameter may be given once here.", "http.query"));
                else
                    question.Take(name, value, fhirBase);
            }
            return question;
        }

        public string AsQuery(int offset)
        {
            var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"?_count={Count}"));
            if (_status is not null)
                text.Append("&status=").Append(Uri.EscapeDataString(_status));
            if (_subject is not null)
                text.Append("&subject=").Append(Uri.EscapeDataString(_subject));
            if (offset > 0)
                text.Append(CultureInfo.InvariantCulture, $"&_offset={offset}");
            return text.ToString();
        }

        private void Take(string name, string value, string fhirBase)
        {
            switch (name)
            {
                case "status":
                    foreach (string token in value.Split(','))
                    {
                        string code = token[(token.LastIndexOf('|') + 1)..];
                        if (ReportSearch.Statuses.Contains(code))
                            Statuses.Add(code);
                        else
                            Issues.Add(new FailureIssue("status takes codes of DiagnosticReport.status.", "http.status"));
                    }
                    _status = string.Join(',', Statuses);
                    break;
                case "patient" or "subject":
                    foreach (string reference in value.Split(','))
                    {
                        string local = reference.StartsWith(fhirBase + "/", StringComparison.Ordinal) ? reference[(fhirBase.Length + 1)..] : reference;
                        // An id alone means a patient; ours are written relative, others absolute.
                        Subjects.Add(local.Contains('/', StringComparison.Ordinal) ? local : "Patient/" + local);
                    }
                    _subject = string.Join(',', Subjects);
                    break;
                case "_count":
                    if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
                        Count = Math.Min(count, MostCount);
                    else
                        Issues.Add(new FailureIssue("_count is a number from 0 on.", "http._count"));
                    break;
                case "_offset":
                    if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int offset))
                        Offset = offset;
                    else
                        Issues.Add(new FailureIssue("_offset is a number from 0 on.", "http._offset"));
                    break;
                case var shape when AnswerShape.Parameters.Contains(shape):
                    break;
                default:
                    Unknown++;
                    break;
            }
        }
    }
}
