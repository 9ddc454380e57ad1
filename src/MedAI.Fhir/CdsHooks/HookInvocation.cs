using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Answers one hook: validates it, gathers the data, has the risk assessed, and makes the card.</summary>
public sealed class HookInvocation(RiskAssessor assessor, StoredRecordSource stored, HookRequestValidator validator, CardWriter cards,
    ScoreClock clock, IdSource ids, PublicAddress address, IOptions<ServerOptions> options, TimeProvider time)
{
    public async ValueTask<(CdsResponse? Response, Failure? Failure)> AnswerAsync(RiskHookService service, HookRequest request, RequestFacts facts,
        CancellationToken cancellationToken)
    {
        var faults = validator.Validate(request);
        if (!faults.IsValid)
            return (null, new Failure(FailureCode.MalformedRequest, [.. faults.Errors.Select(e => new FailureIssue(e.ErrorMessage, "$." + e.PropertyName))]));
        if (!service.Answers(request.Hook!))
            return (null, new Failure(FailureCode.HookNotSupported, $"This service answers {string.Join(", ", service.Definitions.Select(d => d.Hook))}.", "$.hook"));

        string ownBase = address.FhirBase;
        string fhirBase = request.FhirServer?.TrimEnd('/') ?? ownBase;
        var patient = new PatientKey(facts.Tenant, fhirBase, request.PatientId!);
        bool mayUseStore = options.Value.Demo || string.Equals(fhirBase, ownBase, StringComparison.Ordinal);
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
            MissingDataCardId = IdSource.NameBased(string.Join('|', service.Model.Model.Identity.Hash, patient.Tenant, patient.Reference, request.EncounterId, request.UserId)),
            Deadline = time.GetUtcNow().AddMilliseconds(options.Value.DeadlineMilliseconds),
        };

        var documents = new List<ClinicalDocument>(service.Prefetch.Count);
        var missing = new List<string>();
        foreach (string key in service.Prefetch.Keys)
        {
            if (request.Prefetch.TryGetValue(key, out var value))
                documents.Add(new ClinicalDocument("prefetch." + key, value));
            else
                missing.Add(key);
        }

        JsonDocument? record = null;
        try
        {
            if (missing.Count > 0 && mayUseStore && await stored.FindAsync(patient.Id, cancellationToken) is { } found)
            {
                record = found.Owner;
                documents.Add(found.Document);
                missing.Clear();
            }
            if (missing.Exists(key => !PrefetchTemplates.IsOptional(key)))
                return (null, await assessor.RefuseAsync(service.Model, assessment, Unavailable(missing), cancellationToken));

            var result = await assessor.AssessAsync(service.Model, assessment with { Documents = documents }, cancellationToken);
            return result switch
            {
                AssessmentResult.Failed failed => (null, failed.Failure),
                AssessmentResult.Abstained abstained when missing.Count > 0 && NeedsLocation(abstained) && documents.Exists(d => NamesLocation(d.Root)) =>
                    (null, await assessor.RefuseAsync(service.Model, assessment, Unavailable(missing), cancellationToken)),
                AssessmentResult.Abstained abstained => (new CdsResponse(cards.ForAbstention(service.Model, abstained.Abstention, assessment)), null),
                AssessmentResult.Assessed assessed => (new CdsResponse(cards.ForRisk(service.Model, assessed, assessment)), null),
                _ => throw new InvalidOperationException("AssessmentResult is closed."),
            };
        }
        finally
        {
            record?.Dispose();
        }
    }

    /// <summary>Where nothing but the stay is unknown and an Encounter names a Location that was not sent, data is missing; an outpatient's Encounter names none.</summary>
    private static bool NeedsLocation(AssessmentResult.Abstained abstained) =>
        abstained.Abstention.Reasons.All(r => r.Kind is Models.Predictions.AbstentionKind.TimeZeroUnknown);

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

    private static Failure Unavailable(List<string> keys) =>
        new(FailureCode.DataUnavailable, [.. keys.Select(k => new FailureIssue("This prefetch value is needed and cannot be had otherwise.", "$.prefetch." + k))]);
}
