using System.Runtime.InteropServices;
using System.Text;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>Promises an operation for later: 202 once what was asked is on disk, never before.</summary>
public sealed class JobAcceptance(JobQueue queue, IJobRows rows, IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time, IOptions<JobOptions> options)
{
    private static readonly ReadOnlyMemory<byte> Accepted = Encoding.UTF8.GetBytes(
        """{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","details":{"text":"Accepted; Content-Location says where to ask for the result."}}]}""");

    /// <param name="call">Its inputs were checked.</param>
    /// <exception cref="StoreUnavailableException">Nothing was promised.</exception>
    public async ValueTask<IResult> AcceptAsync(OperationDeclaration operation, OperationCall call, CancellationToken cancellationToken)
    {
        var (http, facts) = (call.Http, call.Request);
        if (await rows.CountEndedJobsAsync(cancellationToken) >= options.Value.MostKept)
            return http.Fail(new Failure(FailureCode.TooManyJobs, "As many results are kept as may be; delete those that were fetched."));
        // Random and not in order: who can guess neighbours could count another client's calls.
        var ticket = new JobTicket(ids.NewId(), JobCaller.OwnerOf(facts), facts.Started, time);
        if (!queue.TryOpen(ticket))
        {
            ticket.Dispose();
            return http.Fail(new Failure(FailureCode.TooManyJobs, "As many jobs wait as may be."));
        }
        try
        {
            var wish = new JobWish(operation.Id, call.Type, call.Id, call.Received, address.Origin + http.Request.Path, ReturnPreferences.Of(http.Request), JobCaller.Of(facts));
            await store.CommitAsync(new StoreTransaction
            {
                Job = new JobChange.Added(new JobRow(ticket.Id, ticket.Owner, JobState.Waiting, ticket.Received, null, 0, null, 0, 0), new JobRequest(wish.ToUtf8(), Body(call.Inputs))),
                Audit = AuditRow.Of(facts, ids, time, "job:" + operation.Id) with { Outcome = "accepted", Status = StatusCodes.Status202Accepted },
            }, cancellationToken);
        }
        catch
        {
            queue.Close(ticket);
            throw;
        }
        queue.Enqueue(ticket);
        http.Response.Headers.ContentLocation = JobEndpoints.UrlOf(address, ticket.Id) + Shape(http.Request.Query);
        http.Response.Headers["Preference-Applied"] = "respond-async";
        http.Response.Headers.CacheControl = "no-store";
        return new FhirResult(Accepted) { StatusCode = StatusCodes.Status202Accepted };
    }

    private static ReadOnlyMemory<byte> Body(OperationInputs inputs) =>
        inputs.Body.ValueKind == System.Text.Json.JsonValueKind.Undefined ? default : JsonMarshal.GetRawUtf8Value(inputs.Body).ToArray();

    /// <summary>How the caller wants the answer to look is asked of the answer, and that is given at the status URL.</summary>
    private static QueryString Shape(IQueryCollection query) =>
        QueryString.Create(query.Where(p => AnswerShape.Parameters.Contains(p.Key)).SelectMany(p => p.Value.Select(v => KeyValuePair.Create(p.Key, v))));
}
