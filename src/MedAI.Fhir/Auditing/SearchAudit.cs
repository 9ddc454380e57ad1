using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Auditing;

/// <summary>The audit rows of a search: one for each patient whose data it showed (BALP PatientQuery), one where it showed nobody's.</summary>
public sealed class SearchAudit(PatientCompartment compartment, IdSource ids, TimeProvider time)
{
    /// <param name="type">Type that was searched.</param>
    /// <param name="shown">Resources of the answer.</param>
    public async ValueTask<StoreTransaction> RowsAsync(HttpContext http, string type, IReadOnlyList<StoredResource> shown, CancellationToken cancellationToken)
    {
        var patients = new HashSet<PatientKey>();
        foreach (var resource in shown)
        {
            if (await compartment.PatientOfAsync(resource, cancellationToken) is { } patient)
                patients.Add(patient);
        }
        var facts = RequestFacts.Of(http);
        if (patients.Count == 0)
            return new StoreTransaction { Audit = Row(http, facts, type, facts.Access?.Only) };
        AuditRow[] rows = [.. patients.Select(p => Row(http, facts, type, p))];
        return new StoreTransaction { Audit = rows[0], MoreAudit = rows[1..] };
    }

    /// <summary>The search as it was asked, below the FHIR base.</summary>
    public static string QueryOf(HttpContext http)
    {
        string path = http.Request.Path.Value!;
        return (path.StartsWith(PublicAddress.FhirPath + "/", StringComparison.Ordinal) ? path[(PublicAddress.FhirPath.Length + 1)..] : path.TrimStart('/')) + http.Request.QueryString.Value;
    }

    private AuditRow Row(HttpContext http, RequestFacts facts, string type, PatientKey? patient) => AuditRow.Of(facts, ids, time, "search:" + type) with
    {
        Outcome = "read",
        Patient = patient,
        Query = QueryOf(http),
        Status = StatusCodes.Status200OK,
    };
}
