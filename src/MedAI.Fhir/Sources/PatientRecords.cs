using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources.Upstream;

namespace MedAI.Fhir.Sources;

/// <summary>Finds the record of a patient who is named by id alone: in our own store, else on the hospital's FHIR server.</summary>
public sealed class PatientRecords(StoredRecordSource stored, UpstreamSource upstream, PublicAddress address)
{
    /// <param name="facts">Who asks: another tenant's data are not used, and where the caller is restricted to one patient, one of the same id on another server is not meant.</param>
    /// <param name="models">What is read; nothing else is asked of another server.</param>
    /// <param name="asOf">Instant of the score.</param>
    /// <param name="latest">When nobody waits any more.</param>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<FoundRecord> FindAsync(RequestFacts facts, string patientId, IReadOnlyList<AssessableModel> models, DateTimeOffset asOf, DateTimeOffset latest,
        CancellationToken cancellationToken)
    {
        var only = facts.Access?.Only;
        if ((only is null || only.FhirBase == address.FhirBase) && await stored.FindAsync(patientId, cancellationToken, facts.OnlyTenant) is { } own)
            return new FoundRecord(new PatientKey(facts.Tenant, address.FhirBase, patientId), [own.Document], own.Owner, null);
        if (!FhirId.IsValid(patientId) || upstream.Patient(facts.Tenant, patientId) is not { } patient || (only is not null && only.FhirBase != patient.FhirBase))
            return new FoundRecord(null, [], null, new Failure(FailureCode.NotFound, "This server holds no record of that patient."));
        var (record, failure) = await upstream.FindAsync(patient, models, asOf, latest, cancellationToken);
        return record is null ? new FoundRecord(patient, [], null, failure) : new FoundRecord(patient, record.Documents, record, null);
    }
}

/// <summary>A patient's record, or why there is none; to be disposed when the data are read.</summary>
/// <param name="patient">Null where nobody could be asked about the patient.</param>
/// <param name="owner">Whatever the documents point into.</param>
/// <param name="failure">Null when the record is whole.</param>
public sealed class FoundRecord(PatientKey? patient, IReadOnlyList<ClinicalDocument> documents, IDisposable? owner, Failure? failure) : IDisposable
{
    public PatientKey? Patient { get; } = patient;

    public IReadOnlyList<ClinicalDocument> Documents { get; } = documents;

    public Failure? Failure { get; } = failure;

    public void Dispose() => owner?.Dispose();
}
