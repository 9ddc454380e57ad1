using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.CdsHooks.Alerts;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Answers a hook of an imaging service with what is known about the study now; begins its reading when nobody asked before, and never waits for it.</summary>
public sealed class ImagingHookInvocation(StudyReadings readings, HookDataSource source, IResourceStore store, HookBinder binder, ImagingCardWriter cards,
    AlertPolicy alerts, IOptions<ImagingOptions> imaging, IdSource ids, PublicAddress address, TimeProvider time)
{
    public async ValueTask<(CdsResponse? Response, Failure? Failure)> AnswerAsync(ImagingHookService service, HookRequest request, RequestFacts facts, CancellationToken cancellationToken)
    {
        var (hook, unusable) = binder.Bind(service, request, facts);
        if (hook is null)
            return (null, unusable);
        var patient = hook.Patient;
        try
        {
            if (hook.Denied is { } denied)
                return (null, await RefuseAsync(service, request, patient, facts, denied, cancellationToken));
            using var data = await source.GatherAsync(service, hook, facts, facts.Started, cancellationToken);
            if (data.Failure is { } unavailable)
                return (null, await RefuseAsync(service, request, patient, facts, unavailable, cancellationToken));
            var sent = new SentStudies();
            foreach (var (_, value) in request.Prefetch)
                sent.Take(value, null);
            foreach (var document in data.Documents.Where(d => !d.Name.StartsWith("prefetch.", StringComparison.Ordinal)))
                sent.Take(document);
            if (data.FromStore)
            {
                foreach (var endpoint in await store.ListAsync("Endpoint", 100, cancellationToken))
                    sent.Take(JsonElement.Parse(endpoint.Json.Span), null);
            }
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
            var shown = cards.For(service.Model, row, request.UserId!, facts);
            var alert = await DecideAsync(service, request, patient, row, shown, cancellationToken);
            return (await AuditedAsync(service, request, patient, facts, KebabCase.Of(row.State), alert?.Withheld ?? "", row.ReportId, alert?.Withheld is null ? shown : [], cancellationToken, alert?.Shown), null);
        }
        catch (StoreUnavailableException)
        {
            // Fail closed: what cannot be audited is not answered.
            return (null, new Failure(FailureCode.StoreUnavailable));
        }
    }

    /// <summary>Who opens a study asks for its result; whoever opens a patient's chart is told once about each state of the reading.</summary>
    private async ValueTask<AlertDecision?> DecideAsync(ImagingHookService service, HookRequest request, PatientKey patient, StudyReadingRow row, IReadOnlyList<Card> shown, CancellationToken cancellationToken)
    {
        if (shown.Count == 0)
            return null;
        if (request.Hook == imaging.Value.StudyViewHook)
            return alerts.IsSilent(service.Manifest) ? new AlertDecision(AlertPolicy.Silent, null) : null;
        return await alerts.DecideAsync(new AlertSubject(service.Manifest, patient, request.EncounterId, request.UserId, $"{row.Key}|{row.State}"), cancellationToken);
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
        string? resultId, IReadOnlyList<Card> shown, CancellationToken cancellationToken, AlertRow? alert = null)
    {
        await store.CommitAsync(new StoreTransaction
        {
            Alert = alert,
            Audit = Row(service, request, patient, facts) with
            {
                Outcome = outcome,
                Reasons = reasons,
                ResultType = resultId is null ? null : "DiagnosticReport",
                ResultId = resultId,
                Cards = shown.Count == 0 ? null : string.Join(',', shown.Select(c => c.Uuid)),
                Status = StatusCodes.Status200OK,
            },
        }, cancellationToken);
        return new CdsResponse(shown);
    }

    private AuditRow Row(ImagingHookService service, HookRequest request, PatientKey patient, RequestFacts facts) => AuditRow.Of(facts, ids, time, "cds-hooks:" + request.Hook) with
    {
        Service = service.Manifest.Id,
        HookInstance = request.HookInstance,
        User = request.UserId,
        Patient = patient,
        ModelId = service.Model.Identity.Id,
        ModelVersion = service.Model.Identity.Version,
        ModelHash = service.Model.Identity.Hash,
    };
}
