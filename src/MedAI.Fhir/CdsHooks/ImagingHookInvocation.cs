using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Answers a hook of an imaging service with what is known about the study now; begins its reading when nobody asked before, and never waits for it.</summary>
public sealed class ImagingHookInvocation(StudyReadings readings, StoredRecordSource stored, IResourceStore store, HookRequestValidator validator, ImagingCardWriter cards,
    IdSource ids, PublicAddress address, IOptions<ServerOptions> options, TimeProvider time)
{
    public async ValueTask<(CdsResponse? Response, Failure? Failure)> AnswerAsync(ImagingHookService service, HookRequest request, RequestFacts facts, CancellationToken cancellationToken)
    {
        var faults = validator.Validate(request);
        if (!faults.IsValid)
            return (null, new Failure(FailureCode.MalformedRequest, [.. faults.Errors.Select(e => new FailureIssue(e.ErrorMessage, "$." + e.PropertyName))]));
        if (!service.Answers(request.Hook!))
            return (null, new Failure(FailureCode.HookNotSupported, $"This service answers {string.Join(", ", service.Definitions.Select(d => d.Hook))}.", "$.hook"));

        string fhirBase = request.FhirServer?.TrimEnd('/') ?? address.FhirBase;
        var patient = new PatientKey(facts.Tenant, fhirBase, request.PatientId!);
        bool mayUseStore = options.Value.Demo || string.Equals(fhirBase, address.FhirBase, StringComparison.Ordinal);
        JsonDocument? record = null;
        try
        {
            var sent = new SentStudies();
            List<string> missing = [.. service.Definitions.First(d => d.Hook == request.Hook).Prefetch!.Keys.Where(key => !request.Prefetch.ContainsKey(key))];
            foreach (var (_, value) in request.Prefetch)
                sent.Take(value, null);
            if (missing.Count > 0 && mayUseStore && await stored.FindAsync(patient.Id, cancellationToken) is { } found)
            {
                record = found.Owner;
                foreach (var resource in found.Document.Root.EnumerateArray())
                    sent.Take(resource, null);
                foreach (var endpoint in await store.ListAsync("Endpoint", 100, cancellationToken))
                    sent.Take(JsonElement.Parse(endpoint.Json.Span), null);
                missing.Clear();
            }
            if (missing.Count > 0)
                return (null, await RefuseAsync(service, request, patient, facts, new Failure(FailureCode.DataUnavailable,
                    [.. missing.Select(k => new FailureIssue("This prefetch value is needed and cannot be had otherwise.", "$.prefetch." + k))]), cancellationToken));
            if (sent.Broken)
                return (null, await RefuseAsync(service, request, patient, facts, new Failure(FailureCode.UpstreamFailed), cancellationToken));
            if (sent.Choose(service.Model, request.ImagingStudyId) is not { } study)
                return (await AuditedAsync(service, request, patient, facts, "none", "no-study", null, [], cancellationToken), null);
            if (sent.PatientWith(patient.Id) is not { } person)
                return (null, await RefuseAsync(service, request, patient, facts, new Failure(FailureCode.PatientMissing), cancellationToken));
            if (new PatientOwnership(patient).Of(FhirJson.Member(study, "subject"u8), ownBase: true) != Subject.Ours)
                return (null, await RefuseAsync(service, request, patient, facts, new Failure(FailureCode.ForeignSubject), cancellationToken));

            var row = await readings.WishAsync(service.Model, new InterpretationRequest
            {
                ImagingStudy = study,
                PatientResource = person,
                Patient = patient,
                Endpoints = sent.Endpoints,
                StudyReference = StudyReferences.Of(study, patient, address.FhirBase),
                EncounterReference = StudyReferences.EncounterOf(study),
                Request = facts,
                Trigger = "cds-hooks:" + request.Hook,
                HookInstance = request.HookInstance,
                User = request.UserId,
                Deadline = time.GetUtcNow(),
            }, cancellationToken);
            if (row is null)
                return (null, await RefuseAsync(service, request, patient, facts, new Failure(FailureCode.QueueFull), cancellationToken));
            var shown = cards.For(service.Model, row, request.UserId!);
            return (await AuditedAsync(service, request, patient, facts, KebabCase.Of(row.State), "", row.ReportId, shown, cancellationToken), null);
        }
        catch (StoreUnavailableException)
        {
            // Fail closed: what cannot be audited is not answered.
            return (null, new Failure(FailureCode.StoreUnavailable));
        }
        finally
        {
            record?.Dispose();
        }
    }

    private async ValueTask<Failure> RefuseAsync(ImagingHookService service, HookRequest request, PatientKey patient, RequestFacts facts, Failure failure, CancellationToken cancellationToken)
    {
        await store.CommitAsync(new StoreTransaction
        {
            Audit = Row(service, request, patient, facts) with { Outcome = "error", Reasons = failure.Code.ToString(), Status = ErrorMap.StatusOf(failure.Code, AnswerTo.Hook) },
        }, cancellationToken);
        return failure;
    }

    private async ValueTask<CdsResponse> AuditedAsync(ImagingHookService service, HookRequest request, PatientKey patient, RequestFacts facts, string outcome, string reasons,
        string? resultId, IReadOnlyList<Card> shown, CancellationToken cancellationToken)
    {
        await store.CommitAsync(new StoreTransaction
        {
            Audit = Row(service, request, patient, facts) with
            {
                Outcome = outcome,
                Reasons = reasons,
                ResultId = resultId,
                Cards = shown.Count == 0 ? null : string.Join(',', shown.Select(c => c.Uuid)),
                Status = StatusCodes.Status200OK,
            },
        }, cancellationToken);
        return new CdsResponse(shown);
    }

    private AuditRow Row(ImagingHookService service, HookRequest request, PatientKey patient, RequestFacts facts) => new()
    {
        Id = ids.NewId(),
        RequestId = facts.Id,
        Client = facts.Client,
        Started = facts.Started,
        Ended = time.GetUtcNow(),
        Trigger = "cds-hooks:" + request.Hook,
        Service = service.Manifest.Id,
        HookInstance = request.HookInstance,
        User = request.UserId,
        Patient = patient,
        ModelId = service.Model.Identity.Id,
        ModelVersion = service.Model.Identity.Version,
        ModelHash = service.Model.Identity.Hash,
        Outcome = "",
        Status = 0,
    };
}
