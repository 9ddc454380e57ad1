using MedAI.Fhir.Access;
using MedAI.Fhir.Auditing;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Store;

/// <summary>Writes who was shown whose data, before it leaves: no row, no answer.</summary>
internal static class ReadAudit
{
    /// <summary>One row for each patient that the resources are about; one without a patient where they are about none and the type is one of patients' data.</summary>
    /// <param name="trigger">read:[type], search:[type], history:[type], link:[type].</param>
    /// <param name="type">Type that was asked for.</param>
    /// <param name="shown">Resources that leave.</param>
    public static async ValueTask WriteAsync(string trigger, string type, IReadOnlyList<StoredResource> shown, HttpContext http, IResourceStore store, IdSource ids, TimeProvider time,
        string fhirBase, CancellationToken cancellationToken)
    {
        var facts = RequestFacts.Of(http);
        var patients = shown.Where(r => !ResourceEndpoints.NobodysTypes.Contains(r.Type)).Select(r => KeyOf(r, facts, fhirBase)).OfType<PatientKey>().Distinct().ToList();
        if (patients.Count == 0 && ResourceEndpoints.NobodysTypes.Contains(type))
            return;
        bool search = trigger.StartsWith("search:", StringComparison.Ordinal);
        // The one resource that was asked for is named; of a list only the patients are.
        var one = search || shown.Count == 0 ? null : shown[0];
        var row = AuditRow.Of(facts, ids, time, trigger) with
        {
            Outcome = "read",
            Patient = patients.FirstOrDefault() ?? facts.Access?.Only,
            ResultType = one?.Type,
            ResultId = one?.Id,
            ResultVersion = one?.Version,
            Query = search ? SearchAudit.QueryOf(http) : null,
            Status = StatusCodes.Status200OK,
        };
        await store.CommitAsync(new StoreTransaction
        {
            Audit = row,
            MoreAudit = [.. patients.Skip(1).Select(patient => row with { Id = ids.NewOrderedId(row.Ended), Patient = patient })],
        }, cancellationToken);
    }

    /// <summary>Whose a stored resource is; null where it is about nobody, or nobody that can be named.</summary>
    internal static PatientKey? KeyOf(StoredResource resource, RequestFacts facts, string fhirBase)
    {
        if (string.IsNullOrEmpty(resource.Patient))
            return null;
        int slash = resource.Patient.LastIndexOf('/');
        int type = resource.Patient.LastIndexOf('/', slash - 1);
        return new PatientKey(resource.Tenant ?? facts.Tenant, type < 0 ? fhirBase : resource.Patient[..type], resource.Patient[(slash + 1)..]);
    }
}
