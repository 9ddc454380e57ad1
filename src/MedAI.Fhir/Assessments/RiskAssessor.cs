using System.Runtime.CompilerServices;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.CdsHooks.Alerts;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.WriteBack;
using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Assessments;

/// <summary>The way from clinical documents to a stored, audited risk or a stated reason why there is none.</summary>
/// <remarks>Nothing is answered before result, provenance and audit row are durable in one transaction.</remarks>
public sealed partial class RiskAssessor(IResourceStore store, PublicAddress address, ScoreClock clock, IdSource ids, AlertPolicy alerts, ResultDeliveries deliveries, KnownAbstentions known, TimeProvider time,
    ILogger<RiskAssessor> log)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AssessmentResult> AssessAsync(AssessableModel model, AssessmentRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var read = model.Reader.Read(new ReadingRequest
            {
                Documents = request.Documents,
                Patient = request.Patient,
                EncounterId = request.EncounterId,
                AsOf = request.AsOf,
                ClockTolerance = request.ClockTolerance,
            });
            if (read.Timeline is null)
                return new AssessmentResult.Failed(await RefuseAsync(model, request, ErrorMap.From(read.Problems), cancellationToken));
            if (read.ForeignResources > 0)
                LogForeign(request.Request.Id, model.Manifest.Id, read.ForeignResources);
            using var input = model.Model.Prepare(read.Timeline);
            if (input.Abstention is { } abstention)
                return await AbstainAsync(model, request, read, abstention, inputHash: null, cancellationToken);

            string key = IdempotencyKey(request, model.Model.Identity, input.InputHash);
            if (request.Persist && await store.FindResultAsync(key, cancellationToken) is { } known)
                return await AnswerAgainAsync(model, request, known, input.InputHash, cancellationToken);

            var outcome = await model.Model.PredictAsync(input, request.Deadline, cancellationToken);
            return outcome switch
            {
                Prediction prediction => await StoreAsync(model, request, read, prediction, key, cancellationToken),
                Abstention late => await AbstainAsync(model, request, read, late, input.InputHash, cancellationToken),
                InferenceError error => new AssessmentResult.Failed(await RefuseAsync(model, request, ErrorMap.From(error.Kind), cancellationToken)),
                _ => throw new InvalidOperationException("Outcome is closed."),
            };
        }
        catch (StoreUnavailableException)
        {
            // Fail closed: what cannot be audited is not answered.
            LogStoreUnavailable(request.Request.Id);
            return new AssessmentResult.Failed(new Failure(FailureCode.StoreUnavailable));
        }
    }

    /// <summary>Audits a refusal and hands it back.</summary>
    public async ValueTask<Failure> RefuseAsync(AssessableModel model, AssessmentRequest request, Failure failure, CancellationToken cancellationToken)
    {
        LogRefused(request.Request.Id, model.Manifest.Id, failure.Code);
        try
        {
            await store.CommitAsync(new StoreTransaction
            {
                Audit = Row(model, request) with { Outcome = "error", Reasons = failure.Code.ToString(), Status = ErrorMap.StatusOf(failure.Code, request.CardId is null ? AnswerTo.Fhir : AnswerTo.Hook) },
            }, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            LogStoreUnavailable(request.Request.Id);
            return new Failure(FailureCode.StoreUnavailable);
        }
        return failure;
    }

    private async ValueTask<AssessmentResult> StoreAsync(AssessableModel model, AssessmentRequest request, ReadingResult read, Prediction prediction,
        string key, CancellationToken cancellationToken)
    {
        var context = Context(request, read.EncounterReference) with { RiskAssessmentId = ids.NewId(), ProvenanceId = ids.NewId(), IdempotencyKey = key };
        var timeline = read.Timeline!;
        var written = RiskAssessmentWriter.Write(prediction, model.Manifest, timeline, context);
        if (written.Problems.Count > 0)
        {
            LogBrokenResource(request.Request.Id, string.Join(", ", written.Problems));
            return new AssessmentResult.Failed(await RefuseAsync(model, request, new Failure(FailureCode.Internal), cancellationToken));
        }
        var detail = ResultDetailWriter.Compose(prediction, model.Manifest, timeline, context);
        var alert = await DecideAsync(model, request, detail, cancellationToken);
        var audit = Row(model, request) with
        {
            Outcome = "prediction",
            InputHash = prediction.InputHash,
            ResultType = request.Persist ? "RiskAssessment" : null,
            ResultId = request.Persist ? context.RiskAssessmentId : null,
            ResultVersion = request.Persist ? 1 : null,
            Threshold = prediction.Estimates[0].Threshold is { } t ? $"{t.Id}@{model.Manifest.Version}" : null,
            Reasons = alert?.Withheld ?? "",
            Cards = alert is { Withheld: null } ? request.CardId : null,
            Status = StatusCodes.Status200OK,
        };
        if (!request.Persist)
        {
            // No resource holds the inputs; the inference log does.
            await store.CommitAsync(new StoreTransaction
            {
                Outcome = Outcome(model, request, prediction) with
                {
                    OutcomeId = ids.NewOrderedId(time.GetUtcNow()),
                    Detail = ResultDetailJson.ToUtf8(detail with { Inputs = DetailParts.Inputs(timeline, context) }),
                },
                Audit = audit,
                Alert = alert?.Shown,
            }, cancellationToken);
            LogAssessed(request.Request.Id, model.Manifest.Id, prediction.Quality.Used);
            return new AssessmentResult.Assessed(detail, written.Json, null, alert?.Withheld is null);
        }

        var provenance = ProvenanceWriter.Write(prediction, model.Manifest, context);
        string? compartment = request.Patient.FhirBase == address.FhirBase ? request.Patient.Id : null;
        var receipt = await store.CommitAsync(new StoreTransaction
        {
            Resources =
            [
                new ResourceWrite("RiskAssessment", context.RiskAssessmentId, written.Json, context.Created, compartment),
                new ResourceWrite("Provenance", context.ProvenanceId, provenance, context.Created, compartment),
            ],
            Outcome = Outcome(model, request, prediction) with { OutcomeId = context.RiskAssessmentId, IdempotencyKey = key, ResultId = context.RiskAssessmentId, Detail = ResultDetailJson.ToUtf8(detail) },
            Audit = audit,
            Alert = alert?.Shown,
            Delivery = deliveries.Wanted(request.Patient, context.RiskAssessmentId, context.ProvenanceId),
        }, cancellationToken);
        deliveries.Wake();
        LogAssessed(request.Request.Id, model.Manifest.Id, prediction.Quality.Used);
        // Two calls raced for the same input: the first one's result answers both.
        return receipt.ExistingResult is { } earlier
            ? new AssessmentResult.Assessed(ResultDetailJson.Read(earlier.Detail), earlier.Resource.Json, earlier.ResultId, alert?.Withheld is null)
            : new AssessmentResult.Assessed(detail, written.Json, context.RiskAssessmentId, alert?.Withheld is null);
    }

    private static OutcomeWrite Outcome(AssessableModel model, AssessmentRequest request, Prediction prediction) => new()
    {
        OutcomeId = "",
        Kind = "prediction",
        Patient = request.Patient,
        ModelId = model.Manifest.Id,
        ModelVersion = model.Manifest.Version,
        ModelHash = prediction.Model.Hash,
        AsOf = prediction.AsOf,
        Detail = default,
    };

    private async ValueTask<AssessmentResult> AnswerAgainAsync(AssessableModel model, AssessmentRequest request, StoredResult known, string inputHash,
        CancellationToken cancellationToken)
    {
        var detail = ResultDetailJson.Read(known.Detail);
        var alert = await DecideAsync(model, request, detail, cancellationToken);
        await store.CommitAsync(new StoreTransaction
        {
            Audit = Row(model, request) with
            {
                Outcome = "prediction",
                InputHash = inputHash,
                ResultType = known.Resource.Type,
                ResultId = known.ResultId,
                ResultVersion = known.Resource.Version,
                Reasons = alert?.Withheld ?? "",
                Cards = alert is { Withheld: null } ? request.CardId : null,
                Status = StatusCodes.Status200OK,
            },
            Alert = alert?.Shown,
        }, cancellationToken);
        LogAnsweredAgain(request.Request.Id, model.Manifest.Id);
        return new AssessmentResult.Assessed(detail, known.Resource.Json, known.ResultId, alert?.Withheld is null);
    }

    /// <param name="inputHash">Null where nothing was encoded.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AssessmentResult> AbstainAsync(AssessableModel model, AssessmentRequest request, ReadingResult read, Abstention abstention, string? inputHash,
        CancellationToken cancellationToken)
    {
        string reasons = string.Join(',', abstention.Reasons.Select(r => r.Code));
        LogAbstained(request.Request.Id, model.Manifest.Id, reasons);
        var alert = abstention.EligibleButTooLittleData && request.MissingDataCard is not null
            ? await alerts.DecideAsync(new AlertSubject(model.Manifest, request.Patient, request.EncounterId, request.User, "missing-data"), cancellationToken)
            : null;
        var detail = AbstentionDetailWriter.Compose(abstention, read.Timeline!, Context(request, read.EncounterReference));
        string key = KnownAbstentions.Key(request.Patient, detail);
        long? earlier = known.Find(key, detail.Created);
        var receipt = await store.CommitAsync(new StoreTransaction
        {
            EarlierOutcome = earlier,
            Outcome = earlier is not null ? null : new OutcomeWrite
            {
                OutcomeId = ids.NewOrderedId(detail.Created),
                Kind = "abstention",
                Patient = request.Patient,
                ModelId = model.Manifest.Id,
                ModelVersion = model.Manifest.Version,
                ModelHash = abstention.Model.Hash,
                AsOf = abstention.AsOf,
                Reasons = reasons,
                Detail = AbstentionDetailWriter.ToUtf8(detail),
            },
            Audit = Row(model, request) with
            {
                Outcome = "abstention",
                InputHash = inputHash,
                Reasons = alert?.Withheld is { } withheld ? $"{reasons},{withheld}" : reasons,
                Cards = alert is { Withheld: null } ? request.MissingDataCardId : null,
                Status = request.CardId is null ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK,
            },
            Alert = alert?.Shown,
        }, cancellationToken);
        if (receipt.OutcomeSequence is { } sequence)
            known.Add(key, detail.Created, sequence);
        return new AssessmentResult.Abstained(abstention, alert?.Withheld is null);
    }

    /// <summary>Null where there is no card to show: nobody asked for one, or the risk reached no threshold.</summary>
    private async ValueTask<AlertDecision?> DecideAsync(AssessableModel model, AssessmentRequest request, ResultDetail detail, CancellationToken cancellationToken)
    {
        if (request.CardId is null || !CardWriter.ShowsRisk(detail))
            return null;
        var highest = detail.Estimates.MaxBy(e => e.Probability)!;
        return await alerts.DecideAsync(new AlertSubject(model.Manifest, request.Patient, request.EncounterId, request.User, "risk", highest.Probability,
            AlertPolicy.LevelOf(model.Manifest, highest.Probability)), cancellationToken);
    }

    private ResultContext Context(AssessmentRequest request, string? encounter) => new()
    {
        PublicBase = address.FhirBase,
        Patient = request.Patient,
        // Our own patient is referred to locally, everybody else's absolutely.
        SubjectReference = request.Patient.FhirBase == address.FhirBase ? $"Patient/{request.Patient.Id}" : request.Patient.Reference,
        EncounterReference = encounter,
        Created = time.GetUtcNow(),
        Trigger = request.Trigger,
        DemoClock = clock.Pinned,
    };

    private AuditRow Row(AssessableModel model, AssessmentRequest request) => AuditRow.Of(request.Request, ids, time, request.Trigger) with
    {
        Service = model.Manifest.Id,
        HookInstance = request.HookInstance,
        User = request.User ?? request.Request.User,
        Patient = request.Patient,
        ModelId = model.Manifest.Id,
        ModelVersion = model.Manifest.Version,
        ModelHash = model.Model.Identity.Hash,
    };

    private static string IdempotencyKey(AssessmentRequest request, ModelIdentity model, string inputHash) =>
        PartsKey.Of(request.Patient.Tenant, request.Patient.FhirBase, request.Patient.Id, model.Hash, inputHash);

    [LoggerMessage(3000, LogLevel.Information, "{RequestId} model {ModelId} assessed a risk from {Used} values")]
    private partial void LogAssessed(string requestId, string modelId, int used);

    [LoggerMessage(3001, LogLevel.Information, "{RequestId} model {ModelId} had this input before; its stored result answers")]
    private partial void LogAnsweredAgain(string requestId, string modelId);

    [LoggerMessage(3002, LogLevel.Information, "{RequestId} model {ModelId} abstained: {Reasons}")]
    private partial void LogAbstained(string requestId, string modelId, string reasons);

    [LoggerMessage(3003, LogLevel.Warning, "{RequestId} model {ModelId} refused: {Code}")]
    private partial void LogRefused(string requestId, string modelId, FailureCode code);

    [LoggerMessage(3004, LogLevel.Error, "{RequestId} a resource of ours broke its own rules: {Problems}")]
    private partial void LogBrokenResource(string requestId, string problems);

    [LoggerMessage(3005, LogLevel.Error, "{RequestId} the store could not be written; nothing was answered")]
    private partial void LogStoreUnavailable(string requestId);

    [LoggerMessage(3006, LogLevel.Warning, "{RequestId} model {ModelId}: {Count} resources of other patients that a search returned were left out")]
    private partial void LogForeign(string requestId, string modelId, int count);
}
