using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Sources.Upstream;

/// <summary>Clinical data of any patient of the hospital, read from its own FHIR server.</summary>
/// <remarks>All of what the models read, or a reason: a score from a part of the record is a guess. Thread-safe.</remarks>
public sealed class UpstreamSource(EhrSource ehr, BackendTokens tokens, IOptions<UpstreamOptions> options, TimeProvider time)
{
    /// <summary>Endpoints of one study that are read.</summary>
    private const int MostEndpoints = 16;

    /// <summary>The patient under the upstream's name; null where no upstream holds patients of this tenant.</summary>
    public PatientKey? Patient(string tenant, string id) => options.Value.IsFor(tenant) ? new PatientKey(tenant, options.Value.BaseUrl!, id) : null;

    /// <summary>What the models read of a patient.</summary>
    /// <param name="patient">As <see cref="Patient"/> names it; its id is a FHIR id.</param>
    /// <param name="asOf">Instant of the score; measurements from before a model's window are not asked for.</param>
    /// <param name="latest">When nobody waits any more, whatever the source's own limit says.</param>
    /// <returns>The record, to be disposed, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<(UpstreamRecord? Record, Failure? Failure)> FindAsync(PatientKey patient, IReadOnlyList<AssessableModel> models, DateTimeOffset asOf, DateTimeOffset latest,
        CancellationToken cancellationToken)
    {
        var own = time.GetUtcNow().AddMilliseconds(options.Value.FetchMilliseconds);
        var deadline = own < latest ? own : latest;
        var searches = models.SelectMany(model => PrefetchTemplates.SearchesOf(model, patient.Id, asOf)).DistinctBy(s => s.Query, StringComparer.Ordinal).ToArray();
        var (answers, failure) = await AskAsync(patient, searches, deadline, cancellationToken);
        if (answers is null)
            return (null, failure);
        if (answers.Answers.FirstOrDefault(a => a.Error is not null) is { Error: { } error } failed)
        {
            answers.Dispose();
            return (null, FailureOf(error, failed.Search.Type));
        }
        if (answers.Answers.Any(a => a.Search.Key == PrefetchTemplates.Patient && a.Pages[0].ValueKind == JsonValueKind.Null))
        {
            answers.Dispose();
            return (null, new Failure(FailureCode.NotFound, "Neither this server nor the hospital's FHIR server holds a record of that patient."));
        }
        var record = new UpstreamRecord(answers);
        try
        {
            if (await AddSpecimensAsync(record, patient, models, asOf, deadline, cancellationToken) is not { } missing)
                return (record, null);
            record.Dispose();
            return (null, missing);
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    /// <summary>What the measurements were made of, where that decides what they mean.</summary>
    private async ValueTask<Failure?> AddSpecimensAsync(UpstreamRecord record, PatientKey patient, IReadOnlyList<AssessableModel> models, DateTimeOffset asOf, DateTimeOffset deadline,
        CancellationToken cancellationToken)
    {
        var searches = SpecimenSearches.For(models, new ReadingRequest { Documents = record.Documents, Patient = patient, AsOf = asOf });
        if (searches.Length == 0)
            return null;
        // The token was good a moment ago: refused is what it may not do.
        var (specimens, failure) = await AskAsync(patient, searches, deadline, cancellationToken, attempts: 1);
        if (specimens is null)
            return failure;
        record.Add(specimens);
        return specimens.Answers.FirstOrDefault(a => a.Error is { } e && !SpecimenSearches.AreWithheld(e)) is { Error: { } error } ? FailureOf(error, "Specimen") : null;
    }

    /// <summary>A Group of the hospital.</summary>
    /// <param name="id">A FHIR id.</param>
    /// <returns>The Group, which needs no disposal, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<(JsonElement? Group, Failure? Failure)> FindGroupAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        if (Patient(tenant, "") is not { } anybody)
            return (null, new Failure(FailureCode.NotFound));
        var (answers, failure) = await AskAsync(anybody, [new EhrSearch("group", "Group/" + id)], time.GetUtcNow().AddMilliseconds(options.Value.FetchMilliseconds), cancellationToken);
        using (answers)
        {
            if (answers?.Answers is not [var answer])
                return (null, failure);
            if (answer.Error is { } error)
                return (null, FailureOf(error, "Group"));
            var group = answer.Pages[0];
            if (group.ValueKind == JsonValueKind.Null)
                return (null, new Failure(FailureCode.NotFound, "Neither this server nor the hospital's FHIR server holds that Group."));
            return FhirJson.Is(FhirJson.Member(group, "resourceType"u8), "Group"u8) && FhirJson.Is(FhirJson.Member(group, "id"u8), System.Text.Encoding.ASCII.GetBytes(id))
                ? (group.Clone(), null)
                : (null, new Failure(FailureCode.FhirSourceFailed, "Group was not given."));
        }
    }

    /// <summary>A study of the hospital with the Patient and the Endpoints that it names.</summary>
    /// <param name="anybody">As <see cref="Patient"/> names any patient of the tenant.</param>
    /// <param name="id">A FHIR id.</param>
    /// <param name="latest">When nobody waits any more, whatever the source's own limit says.</param>
    /// <returns>The study, to be disposed, or why there is none: without its Patient nobody could say whose images they are.</returns>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<(StoredStudy? Study, Failure? Failure)> FindStudyAsync(PatientKey anybody, string id, DateTimeOffset latest, CancellationToken cancellationToken)
    {
        var own = time.GetUtcNow().AddMilliseconds(options.Value.FetchMilliseconds);
        var deadline = own < latest ? own : latest;
        var (asked, failure) = await AskAsync(anybody, [new EhrSearch("imaging-study", "ImagingStudy/" + id)], deadline, cancellationToken);
        if (asked is null)
            return (null, failure);
        EhrRecord? named = null;
        try
        {
            if (asked.Answers[0].Error is { } error)
                return (null, FailureOf(error, "ImagingStudy"));
            var study = asked.Answers[0].Pages[0];
            if (study.ValueKind == JsonValueKind.Null)
                return (null, new Failure(FailureCode.NotFound, "Neither this server nor the hospital's FHIR server holds that ImagingStudy."));
            if (!IsThat(study, "ImagingStudy", id))
                return (null, new Failure(FailureCode.FhirSourceFailed, "ImagingStudy was not given."));
            if (LocalReference.Id(FhirJson.Member(study, "subject"u8), "Patient", anybody.FhirBase) is not { } patientId || !FhirId.IsValid(patientId))
                return (null, new Failure(FailureCode.PatientMissing, "The ImagingStudy names no Patient of its own server."));
            string[] endpoints = [.. StoredStudySource.EndpointIds(study, anybody.FhirBase).Where(FhirId.IsValid).Take(MostEndpoints)];
            (named, failure) = await AskAsync(anybody, [new EhrSearch(PrefetchTemplates.Patient, "Patient/" + patientId), .. endpoints.Select(e => new EhrSearch(e, "Endpoint/" + e))], deadline, cancellationToken);
            if (named is null)
                return (null, failure);
            if (named.Answers.FirstOrDefault(a => a.Error is not null) is { Error: { } missing } failed)
                return (null, FailureOf(missing, failed.Search.Type));
            var patient = named.Answers[0].Pages[0];
            if (!IsThat(patient, "Patient", patientId))
                return (null, new Failure(FailureCode.PatientMissing, "The hospital's FHIR server did not give the Patient of that ImagingStudy."));
            var found = new StoredStudy(study, patient,
                [.. named.Answers.Skip(1).Where(a => IsThat(a.Pages[0], "Endpoint", a.Search.Key)).Select(a => new EndpointResource(a.Pages[0], $"{anybody.FhirBase}/Endpoint/{a.Search.Key}"))], [asked, named]);
            (asked, named) = (null, null);
            return (found, null);
        }
        finally
        {
            asked?.Dispose();
            named?.Dispose();
        }
    }

    private static bool IsThat(JsonElement resource, string type, string id) =>
        FhirJson.String(FhirJson.Member(resource, "resourceType"u8)) == type && FhirJson.String(FhirJson.Member(resource, "id"u8)) == id;

    /// <summary>Looks at one resource; null where it cannot be had.</summary>
    /// <param name="look">Keeps nothing of the resource itself.</param>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<string?> ReadAsync(string type, string id, Func<JsonElement, string?> look, CancellationToken cancellationToken)
    {
        var anybody = new PatientKey("", options.Value.BaseUrl!, "");
        var (answers, _) = await AskAsync(anybody, [new EhrSearch("resource", $"{type}/{id}")], time.GetUtcNow().AddMilliseconds(options.Value.FetchMilliseconds), cancellationToken);
        using (answers)
            return answers?.Answers is [{ Error: null } answer] ? look(answer.Pages[0]) : null;
    }

    private async ValueTask<(EhrRecord? Record, Failure? Failure)> AskAsync(PatientKey patient, EhrSearch[] searches, DateTimeOffset deadline, CancellationToken cancellationToken, int attempts = 2)
    {
        EhrRecord? record = null;
        for (int attempt = 1; attempt <= attempts; attempt++)
        {
            EhrAccess? access = null;
            if (tokens.AreUsed)
            {
                (access, var none) = await tokens.GetAsync(deadline, cancellationToken);
                if (access is null)
                {
                    record?.Dispose();
                    return (null, FailureOf(none!.Value, "access token"));
                }
            }
            record?.Dispose();
            record = await ehr.FetchAsync(new EhrWish(patient.FhirBase, Origins: null, access, searches, deadline), cancellationToken);
            if (attempt == attempts || access is null || !record.Answers.Any(a => a.Error == EhrError.Refused) || !tokens.Drop(access))
                break;
        }
        return (record, null);
    }

    /// <param name="what">A resource type, or the access token.</param>
    private static Failure FailureOf(EhrError error, string what) => error switch
    {
        EhrError.Late => new Failure(FailureCode.DataLate, $"{what} was not given in time."),
        EhrError.PagesUnusable => new Failure(FailureCode.DataIncomplete, $"The further pages of {what} cannot be followed."),
        EhrError.NotAllowed => new Failure(FailureCode.FhirSourceFailed, $"The scopes that were granted do not reach {what}."),
        EhrError.Refused => new Failure(FailureCode.FhirSourceFailed, $"{what} was refused."),
        EhrError.Untrusted => new Failure(FailureCode.FhirSourceFailed, $"{what} lies where this server may not ask."),
        _ => new Failure(FailureCode.FhirSourceFailed, $"{what} was not given."),
    };
}

/// <summary>A patient's record as the upstream gave it; valid until disposal.</summary>
public sealed class UpstreamRecord(EhrRecord answers) : IDisposable
{
    private readonly List<ClinicalDocument> _documents = [.. answers.Answers.Select(AsDocument)];
    private EhrRecord? _more;

    public IReadOnlyList<ClinicalDocument> Documents => _documents;

    /// <summary>Takes over, once, what the record refers to, as far as it was given.</summary>
    internal void Add(EhrRecord more)
    {
        _more = more;
        _documents.AddRange(more.Answers.Where(a => a.Error is null).Select(AsDocument));
    }

    public void Dispose()
    {
        answers.Dispose();
        _more?.Dispose();
    }

    private static ClinicalDocument AsDocument(EhrAnswer answer) => answer.AsDocument("upstream.");
}
