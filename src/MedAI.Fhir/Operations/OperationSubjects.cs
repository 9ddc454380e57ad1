using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;

namespace MedAI.Fhir.Operations;

/// <summary>Whom an operation on Patient is about, and the data: this server's record where an instance is named, and what the request brings along.</summary>
public sealed class OperationSubjects(StoredRecordSource stored, PublicAddress address)
{
    /// <summary>Name of the input that carries clinical data.</summary>
    public const string Data = "data";

    public async ValueTask<(OperationSubject? Subject, Failure? Failure)> FindAsync(OperationCall call, CancellationToken cancellationToken)
    {
        List<ClinicalDocument> documents = [.. call.Inputs.Of(Data).Select(d => new ClinicalDocument(d.Where == "$" ? Data : d.Place, d.Value))];
        if (call.Id is not null)
            return await FindAsync(call.Id, documents, call.Request, cancellationToken);
        if (documents.Count == 0)
            return (null, new Failure(FailureCode.MissingParameter, "data is required on this level.", $"Parameters.parameter.where(name='{Data}')"));
        var (patient, unidentified) = BodySubject.Find(documents, call.Request.Tenant);
        return patient is null ? (null, unidentified) : (new OperationSubject(patient, documents, null), null);
    }

    /// <summary>A patient that is named by its id here, with the record of it.</summary>
    /// <param name="documents">What else is known; the record is added.</param>
    public async ValueTask<(OperationSubject? Subject, Failure? Failure)> FindAsync(string patientId, List<ClinicalDocument> documents, RequestFacts request, CancellationToken cancellationToken)
    {
        if (await stored.FindAsync(patientId, cancellationToken) is not { } found)
            return (null, new Failure(FailureCode.NotFound, "This server holds no record of that patient."));
        documents.Add(found.Document);
        return (new OperationSubject(new PatientKey(request.Tenant, address.FhirBase, patientId), documents, found.Owner), null);
    }
}

/// <summary>A patient with data; to be disposed when the data are read.</summary>
public sealed class OperationSubject(PatientKey patient, IReadOnlyList<ClinicalDocument> documents, JsonDocument? owner) : IDisposable
{
    public PatientKey Patient { get; } = patient;

    public IReadOnlyList<ClinicalDocument> Documents { get; } = documents;

    public void Dispose() => owner?.Dispose();
}
