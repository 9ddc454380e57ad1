using System.Buffers;
using System.Globalization;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Jobs;
using MedAI.Fhir.Writing;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Operations.Cohorts;

/// <summary>Scores the members of a Group one after the other and writes what became of each as a line of NDJSON.</summary>
/// <remarks>
/// Flat in memory: one record is read at a time, and lines are handed to the store when a few are there. A member that was scored before a kill and not yet written is scored
/// again with the same as-of, and the idempotency key gives the same RiskAssessment.
/// </remarks>
public sealed class CohortScoring(RiskAssessor assessor, OperationSubjects subjects, ScoreClock clock, PublicAddress address, TimeProvider time)
{
    private const int MostMembers = 25;

    private const int MostBytes = 512 * 1024;

    /// <summary>A model that is busy is asked so often; then the member's line says so.</summary>
    private const int Tries = 5;

    /// <returns>Null when every member has its line; otherwise why the job must wait.</returns>
    internal async ValueTask<Failure?> ScoreAsync(OperationCall call, AssessableModel model, IReadOnlyList<CohortMember> members, CancellationToken cancellationToken)
    {
        var job = call.Job ?? throw new InvalidOperationException("A cohort is scored by a job.");
        var risks = new Lines("RiskAssessment");
        var errors = new Lines("OperationOutcome");
        for (int done = job.Files.Position; done < members.Count;)
        {
            job.Report(string.Create(CultureInfo.InvariantCulture, $"{done} of {members.Count}"));
            var result = await ScoreAsync(call, model, members[done], cancellationToken);
            if (result.Assessed is { } risk)
                risks.Add(risk.Span);
            else if (result.Failure!.Code == FailureCode.StoreUnavailable)
                return result.Failure;
            else
                errors.Add(ErrorMap.Answer(result.Failure, call.Request.Id, model: DeviceIds.Reference(model.Model.Identity, address.FhirBase), subject: members[done].Reference).Outcome.Span);
            done++;
            if (done < members.Count && done - job.Files.Position < MostMembers && risks.Bytes + errors.Bytes < MostBytes)
                continue;
            await job.Files.AdvanceAsync(done, [.. risks.Take(), .. errors.Take()], cancellationToken);
        }
        return null;
    }

    private async ValueTask<(ReadOnlyMemory<byte>? Assessed, Failure? Failure)> ScoreAsync(OperationCall call, AssessableModel model, CohortMember member, CancellationToken cancellationToken)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"Group.member[{member.Index}].entity");
        if (member.PatientId is not { } id)
            return (null, new Failure(FailureCode.MemberUnusable, "Members are Patients of this server; Groups in a Group are not followed.", place));
        for (int attempt = 1; ; attempt++)
        {
            using var subject = await subjects.FindAsync(id, call, [model], cancellationToken);
            if (subject.Patient is not { } patient)
                return (null, subject.Failure);
            var asOf = call.Inputs.Instant("asOf");
            var request = new AssessmentRequest
            {
                Documents = subject.Documents,
                Patient = patient,
                AsOf = asOf ?? call.Received,
                ClockTolerance = asOf is null && !clock.Pinned ? PatientTimelineBuilder.ClockTolerance : TimeSpan.Zero,
                Request = call.Request,
                Trigger = "operation:" + GroupAssessRiskOperation.Id,
                Deadline = call.Job!.Deadline,
            };
            switch (subject.Failure is { } missing
                ? new AssessmentResult.Failed(await assessor.RefuseAsync(model, request, missing, cancellationToken))
                : await assessor.AssessAsync(model, request, cancellationToken))
            {
                case AssessmentResult.Assessed assessed:
                    return (assessed.ResourceJson, null);
                case AssessmentResult.Abstained abstained:
                    return (null, ErrorMap.From(abstained.Abstention));
                case AssessmentResult.Failed { Failure: var failure }:
                    if (failure.Code == FailureCode.StoreUnavailable || attempt == Tries || ErrorMap.Answer(failure, call.Request.Id).RetryAfter is not { } pause)
                        return (null, failure);
                    await Task.Delay(pause, time, cancellationToken);
                    break;
                default:
                    throw new InvalidOperationException("AssessmentResult is closed.");
            }
        }
    }

    /// <summary>Lines of one file that are not on disk yet.</summary>
    private sealed class Lines(string file)
    {
        private ArrayBufferWriter<byte> _buffer = new();
        private int _count;

        public int Bytes => _buffer.WrittenCount;

        /// <param name="json">One resource; ours are written without line breaks.</param>
        public void Add(ReadOnlySpan<byte> json)
        {
            _buffer.Write(json);
            _buffer.Write("\n"u8);
            _count++;
        }

        public IEnumerable<JobPart> Take()
        {
            if (_count == 0)
                return [];
            var part = new JobPart(file, _count, _buffer.WrittenMemory);
            (_buffer, _count) = (new ArrayBufferWriter<byte>(), 0);
            return [part];
        }
    }
}
