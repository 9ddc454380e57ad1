using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources.Upstream;

namespace MedAI.Fhir.Sources;

/// <summary>Finds an ImagingStudy that is named by id alone: in our own store, else on the hospital's FHIR server.</summary>
public sealed class StudyRecords(StoredStudySource stored, UpstreamSource upstream, PublicAddress address)
{
    /// <param name="facts">Who asks: another tenant's data are not used, and who is restricted to one patient is known to see a study of our own store alone.</param>
    /// <param name="latest">When nobody waits any more.</param>
    /// <returns>The study, to be disposed, with the FHIR base that it lies below; or why there is none.</returns>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<(StoredStudy? Study, string FhirBase, Failure? Failure)> FindAsync(RequestFacts facts, string id, DateTimeOffset latest, CancellationToken cancellationToken)
    {
        if (await stored.FindAsync(id, facts, cancellationToken) is { } own)
            return (own, address.FhirBase, null);
        if (!FhirId.IsValid(id) || facts.Access?.Only is not null || upstream.Patient(facts.Tenant, "") is not { } anybody)
            return (null, "", new Failure(FailureCode.NotFound, "This server holds no such ImagingStudy."));
        var (study, failure) = await upstream.FindStudyAsync(anybody, id, latest, cancellationToken);
        return (study, anybody.FhirBase, failure);
    }
}
