using System.Runtime.CompilerServices;
using System.Text.Json;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Answers one hook: gathers the data, has the risk assessed, and makes the card.</summary>
public sealed class HookInvocation(RiskAssessor assessor, HookBinder binder, HookDataSource source, CardWriter cards,
    ScoreClock clock, IdSource ids, IOptions<ServerOptions> options, TimeProvider time)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(CdsResponse? Response, Failure? Failure)> AnswerAsync(RiskHookService service, HookRequest request, RequestFacts facts,
        CancellationToken cancellationToken)
    {
        var (hook, unusable) = binder.Bind(service, request, facts);
        if (hook is null)
            return (null, unusable);
        var patient = hook.Patient;
        var assessment = new AssessmentRequest
        {
            Documents = [],
            Patient = patient,
            EncounterId = request.EncounterId,
            AsOf = clock.Now,
            ClockTolerance = clock.Pinned ? TimeSpan.Zero : PatientTimelineBuilder.ClockTolerance,
            Request = facts,
            Trigger = "cds-hooks:" + request.Hook,
            HookInstance = request.HookInstance,
            User = request.UserId,
            CardId = ids.NewId(),
            MissingDataCard = string.Join('|', service.Model.Model.Identity.Hash, patient.Tenant, patient.Reference, request.EncounterId, request.UserId),
            Deadline = time.GetUtcNow().AddMilliseconds(options.Value.DeadlineMilliseconds),
        };
        if (hook.Denied is { } denied)
            return (null, await assessor.RefuseAsync(service.Model, assessment, denied, cancellationToken));

        using var data = await source.GatherAsync(service, hook, facts, assessment.AsOf, cancellationToken);
        if (data.Failure is { } unavailable)
            return (null, await assessor.RefuseAsync(service.Model, assessment, unavailable, cancellationToken));
        var result = await assessor.AssessAsync(service.Model, assessment with { Documents = data.Documents }, cancellationToken);
        return result switch
        {
            AssessmentResult.Failed failed => (null, failed.Failure),
            AssessmentResult.Abstained abstained when data.Missing.Count > 0 && NeedsLocation(abstained) && data.Documents.Exists(NamesLocation) =>
                (null, await assessor.RefuseAsync(service.Model, assessment, data.Unavailable(), cancellationToken)),
            AssessmentResult.Abstained abstained => (new CdsResponse(abstained.Shown ? cards.ForAbstention(service.Model, abstained.Abstention, assessment) : []), null),
            AssessmentResult.Assessed assessed => (new CdsResponse(assessed.Shown ? cards.ForRisk(service.Model, assessed, assessment) : []), null),
            _ => throw new InvalidOperationException("AssessmentResult is closed."),
        };
    }

    /// <summary>Where nothing but the stay is unknown and an Encounter names a Location that was not sent, data is missing; an outpatient's Encounter names none.</summary>
    private static bool NeedsLocation(AssessmentResult.Abstained abstained) =>
        abstained.Abstention.Reasons.All(r => r.Kind is Models.Predictions.AbstentionKind.TimeZeroUnknown);

    private static bool NamesLocation(ClinicalDocument document) => NamesLocation(document.Root) || document.MorePages.Any(NamesLocation);

    private static bool NamesLocation(JsonElement resource)
    {
        if (resource.ValueKind != JsonValueKind.Object || !resource.TryGetProperty("resourceType", out var type) || type.ValueKind != JsonValueKind.String)
            return false;
        if (type.ValueEquals("Bundle"))
        {
            return resource.TryGetProperty("entry", out var entries) && entries.ValueKind == JsonValueKind.Array
                && entries.EnumerateArray().Any(e => e.ValueKind == JsonValueKind.Object && e.TryGetProperty("resource", out var inner) && NamesLocation(inner));
        }
        return type.ValueEquals("Encounter") && resource.TryGetProperty("location", out var places)
            && places.ValueKind == JsonValueKind.Array && places.GetArrayLength() > 0;
    }
}
