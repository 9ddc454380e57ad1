using System.Text;
using MedAI.Fhir.Access;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Auditing;

/// <summary>A search as it was asked, for the audit trail alone: it may hold patient data.</summary>
internal static class SearchAudit
{
    /// <summary>Characters of the longest text that is kept.</summary>
    private const int Longest = 8_192;

    /// <summary>Path and parameters below the FHIR base; those of a posted search stand in its body and were put into the query.</summary>
    public static string QueryOf(HttpContext http)
    {
        string path = http.Request.Path.Value!;
        string relative = path.StartsWith(PublicAddress.FhirPath + "/", StringComparison.Ordinal) ? path[(PublicAddress.FhirPath.Length + 1)..] : path.TrimStart('/');
        if (!HttpMethods.IsPost(http.Request.Method))
            return Cut(relative + http.Request.QueryString.Value);
        var text = new StringBuilder(relative);
        char before = '?';
        foreach (var (name, values) in http.Request.Query)
        {
            foreach (string? value in values)
            {
                text.Append(before).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value ?? ""));
                before = '&';
            }
        }
        return Cut(text.ToString());
    }

    /// <summary>The row about a look into the audit trail itself.</summary>
    public static AuditRow RowOf(HttpContext http, string trigger, AuditQuestion question, PublicAddress address, IdSource ids, TimeProvider time)
    {
        var facts = RequestFacts.Of(http);
        return AuditRow.Of(facts, ids, time, trigger) with
        {
            Outcome = "read",
            Patient = question.PatientId is { } patient ? new PatientKey(facts.Tenant, question.FhirBase ?? address.FhirBase, patient) : null,
            Query = QueryOf(http),
            Status = StatusCodes.Status200OK,
        };
    }

    private static string Cut(string text) => text.Length <= Longest ? text : text[..Longest];
}
