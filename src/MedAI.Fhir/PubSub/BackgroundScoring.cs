using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources.Upstream;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.PubSub;

/// <summary>Scores a patient of the hospital with every model because something about the patient changed.</summary>
/// <remarks>The same data give the same stored result, so scoring too often changes nothing; no card is shown.</remarks>
public sealed class BackgroundScoring(RiskAssessor assessor, AssessableModels models, UpstreamSource upstream, ScoreClock clock, IdSource ids, IOptions<UpstreamOptions> options,
    IOptions<ServerOptions> server, TimeProvider time)
{
    public const string Trigger = "pubsub:resources-changed";

    /// <returns>False when it may work later: the record could not be had, or this server was too busy.</returns>
    public async Task<bool> ScoreAsync(string patientId, CancellationToken cancellationToken)
    {
        bool done = true;
        foreach (string tenant in options.Value.Tenants.Count == 0 ? ["default"] : options.Value.Tenants)
            done &= await ScoreAsync(upstream.Patient(tenant, patientId)!, cancellationToken);
        return done;
    }

    private async Task<bool> ScoreAsync(PatientKey patient, CancellationToken cancellationToken)
    {
        var offered = RiskModels.Offered(models, client: null);
        if (offered.Length == 0)
            return false;
        var now = time.GetUtcNow();
        var request = new AssessmentRequest
        {
            Documents = [],
            Patient = patient,
            AsOf = clock.Now,
            ClockTolerance = clock.Pinned ? TimeSpan.Zero : MedAI.Models.Timelines.PatientTimelineBuilder.ClockTolerance,
            Request = new RequestFacts(ids.NewOrderedId(now), now) { Client = ReservedClients.Listener, Tenant = patient.Tenant },
            Trigger = Trigger,
            Deadline = now.AddMilliseconds(options.Value.FetchMilliseconds),
        };
        var (found, failure) = await upstream.FindAsync(patient, offered, request.AsOf, request.Deadline, cancellationToken);
        if (found is null)
        {
            // A patient that is gone is no fault; whatever may pass is tried again, and audited once it is given up.
            if (failure!.Code == FailureCode.NotFound)
                return true;
            foreach (var model in offered)
                await assessor.RefuseAsync(model, request, failure, cancellationToken);
            return false;
        }
        using var record = found;
        bool done = true;
        foreach (var model in offered)
        {
            var result = await assessor.AssessAsync(model, request with { Documents = record.Documents, Deadline = time.GetUtcNow().AddMilliseconds(server.Value.DeadlineMilliseconds) }, cancellationToken);
            // Data that cannot be read do not get better; a queue that was full does.
            done &= result is not AssessmentResult.Failed { Failure.Code: FailureCode.QueueFull or FailureCode.DeadlinePassed or FailureCode.ModelUnavailable or FailureCode.NotReady or FailureCode.StoreUnavailable };
        }
        return done;
    }
}
