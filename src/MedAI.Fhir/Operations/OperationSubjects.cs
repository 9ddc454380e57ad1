using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Sources;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations;

/// <summary>Whom an operation on Patient is about, and the data: the record of the patient where an instance is named, and what the request brings along.</summary>
public sealed class OperationSubjects(PatientRecords records, TimeProvider time, IOptions<ServerOptions> options)
{
    /// <summary>Name of the input that carries clinical data.</summary>
    public const string Data = "data";

    /// <param name="models">That will read the record.</param>
    /// <returns>The patient with the data, to be disposed, or why there is none. Where another server was asked in vain the patient is known all the same.</returns>
    public async ValueTask<FoundRecord> FindAsync(OperationCall call, IReadOnlyList<AssessableModel> models, CancellationToken cancellationToken)
    {
        List<ClinicalDocument> documents = [.. call.Inputs.Of(Data).Select(d => new ClinicalDocument(d.Where == "$" ? Data : d.Place, d.Value))];
        if (call.Id is not null)
        {
            var record = await FindAsync(call.Id, call, models, cancellationToken);
            return record.Failure is not null || documents.Count == 0 ? record : new FoundRecord(record.Patient, [.. documents, .. record.Documents], record, null);
        }
        if (documents.Count == 0)
            return new FoundRecord(null, [], null, new Failure(FailureCode.MissingParameter, "data is required on this level.", $"Parameters.parameter.where(name='{Data}')"));
        var (patient, unidentified) = BodySubject.Find(documents, call.Request.Tenant);
        // Data that do not say where they come from are those of the patient that the caller is restricted to: all of them were found to be about that one.
        return new FoundRecord(patient is null ? null : call.Request.Access?.Only ?? patient, documents, null, unidentified);
    }

    /// <summary>The record of a patient who is named by id.</summary>
    /// <param name="models">That will read it.</param>
    /// <returns>To be disposed; why there is none stands in it.</returns>
    public ValueTask<FoundRecord> FindAsync(string patientId, OperationCall call, IReadOnlyList<AssessableModel> models, CancellationToken cancellationToken) =>
        records.FindAsync(call.Request, patientId, models, call.Inputs.Instant("asOf") ?? call.Received, call.DeadlineFrom(time.GetUtcNow(), options.Value.DeadlineMilliseconds), cancellationToken);
}
