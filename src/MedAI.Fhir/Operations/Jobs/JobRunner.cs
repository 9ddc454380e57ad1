using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>Runs one job as its request would have been run, with a deadline of its own, and stores what became of it.</summary>
public sealed partial class JobRunner(IServiceProvider services, JobLease lease, IJobRows rows, IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time, IOptions<JobOptions> options,
    ILogger<JobRunner> log)
{
    private readonly Lazy<IFhirOperation[]> _operations = new(() => [.. services.GetServices<IFhirOperation>().Where(o => o.IsEnabled)]);

    /// <returns>After which pause it is to be run again; null when it has ended, is unwanted, is another server's, or waits for whoever comes.</returns>
    /// <exception cref="StoreUnavailableException">It is to be run again when the store answers.</exception>
    public async Task<TimeSpan?> RunAsync(JobTicket ticket, CancellationToken stoppingToken)
    {
        // On disk before it is begun: what kills the server is counted as well.
        if (await lease.TakeAsync(ticket.Id, stoppingToken) is not { } row)
            return null;
        using var ended = new CancellationTokenSource();
        var kept = lease.KeepAsync(ticket, ended.Token);
        try
        {
            return await RunAsync(ticket, row, stoppingToken);
        }
        catch (OperationCanceledException) when (ticket.Unwanted.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A stop is not the job's fault. The store is closed after us.
            await lease.GiveBackAsync(ticket.Id, CancellationToken.None);
            return null;
        }
        finally
        {
            await ended.CancelAsync();
            await kept;
        }
    }

    private async Task<TimeSpan?> RunAsync(JobTicket ticket, JobRow row, CancellationToken stoppingToken)
    {
        if (await rows.ReadJobRequestAsync(ticket.Id, stoppingToken) is not { } request)
            return null;
        if (JobWish.TryRead(request.Wish) is not { } wish)
        {
            // Written by another version: nobody can say any more what was asked.
            var failure = JobBundle.Of(new Failure(FailureCode.Internal), ticket.Id, time.GetUtcNow());
            await ChangeAsync(new JobChange.Ended(ticket.Id, lease.Holder, failure, ContentNegotiation.FhirJson, StatusCodes.Status200OK, time.GetUtcNow().AddMinutes(options.Value.KeepMinutes)), stoppingToken);
            return null;
        }
        if (row.Attempts > options.Value.Attempts)
        {
            await EndAsync(ticket, wish, new FailureResult(new Failure(FailureCode.Internal, "The operation was begun several times and the server did not survive it."), wish.Caller.RequestId), stoppingToken);
            return null;
        }
        ticket.Progress = "running";
        var result = await InvokeAsync(ticket, row, wish, request.Body, stoppingToken);
        if (result is FailureResult { Failure: var failed } && ErrorMap.Answer(failed, wish.Caller.RequestId).RetryAfter is { } pause && row.Attempts < options.Value.Attempts)
        {
            LogAgain(wish.Caller.RequestId, failed.Code);
            await lease.HoldAsync(ticket.Id, pause, stoppingToken);
            return pause;
        }
        await EndAsync(ticket, wish, result, stoppingToken);
        return null;
    }

    private async Task<IResult> InvokeAsync(JobTicket ticket, JobRow row, JobWish wish, ReadOnlyMemory<byte> body, CancellationToken stoppingToken)
    {
        string requestId = wish.Caller.RequestId;
        if (Array.Find(_operations.Value, o => o.Declaration.Id == wish.Operation) is not { } operation)
            return new FailureResult(new Failure(FailureCode.NotFound, "The operation is not offered any more."), requestId);
        var limit = TimeSpan.FromMinutes(options.Value.DeadlineMinutes);
        using var late = new CancellationTokenSource(limit, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, ticket.Unwanted, late.Token);
        var http = new DefaultHttpContext { RequestServices = services, RequestAborted = any.Token };
        http.Features.Set(wish.Caller.ToFacts());
        try
        {
            // As it was at receipt, when it was found to be in order.
            (var parsed, var unreadable) = body.IsEmpty ? (null, null) : JsonBody.Parse(body);
            if (unreadable is not null)
                return new FailureResult(unreadable, requestId);
            using (parsed)
            {
                var (inputs, malformed) = parsed is null ? (OperationInputs.None, null) : OperationInputs.Read(parsed.Root, operation.Declaration);
                if (inputs is null)
                    return new FailureResult(malformed!, requestId);
                var result = await operation.InvokeAsync(new OperationCall(http, wish.Type, wish.Instance, inputs)
                {
                    Received = wish.Received,
                    Job = new JobRun(ticket.Id, wish.Url, JobEndpoints.UrlOf(address, ticket.Id), time.GetUtcNow() + limit, progress => ticket.Progress = progress, new JobFiles(ticket.Id, lease.Holder, row.Position, rows, store)),
                }, any.Token);
                if (result is FailureResult { Failure.Code: var code } && !RequestFacts.Of(http).IsAudited)
                    await AuditAsync(wish, code, operation, any.Token);
                return result;
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stoppingToken.IsCancellationRequested && !ticket.Unwanted.IsCancellationRequested)
        {
            return new FailureResult(new Failure(FailureCode.DeadlinePassed), requestId);
        }
        catch (Exception bug) when (bug is not (OperationCanceledException or StoreUnavailableException))
        {
            // As for a request: the message can hold a patient's data; the type and stack cannot.
            LogBug(requestId, bug.GetType().FullName ?? "unknown", bug.StackTrace ?? "");
            return new FailureResult(new Failure(FailureCode.Internal), requestId);
        }
    }

    private async Task EndAsync(JobTicket ticket, JobWish wish, IResult result, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (bytes, format, status) = result switch
        {
            BulkManifest manifest => (manifest.Json, BulkManifest.ContentType, StatusCodes.Status200OK),
            // Of a bulk request that failed as a whole the status URL itself says so (Bulk Data Access, 3.4).
            FailureResult refusal when IsBulk(wish) && ErrorMap.Answer(refusal.Failure, wish.Caller.RequestId) is var answer => (answer.Outcome, ContentNegotiation.FhirJson, answer.Status),
            FhirResult answer => (JobBundle.Of(answer, wish.Return, now), ContentNegotiation.FhirJson, StatusCodes.Status200OK),
            FailureResult refusal => (JobBundle.Of(refusal.Failure, wish.Caller.RequestId, now), ContentNegotiation.FhirJson, StatusCodes.Status200OK),
            _ => throw new InvalidOperationException("An operation answers with a resource or a failure."),
        };
        await ChangeAsync(new JobChange.Ended(ticket.Id, lease.Holder, bytes, format, status, now.AddMinutes(options.Value.KeepMinutes)), cancellationToken);
        LogEnded(wish.Caller.RequestId, wish.Operation);
    }

    /// <summary>A failure that nobody audited on its way: whoever tries is seen, also later.</summary>
    private async Task AuditAsync(JobWish wish, FailureCode code, IFhirOperation operation, CancellationToken cancellationToken) =>
        await store.CommitAsync(new StoreTransaction
        {
            Audit = AuditRow.Of(wish.Caller.ToFacts(), ids, time, "operation:" + operation.Declaration.Code) with { Outcome = "error", Reasons = code.ToString(), Status = ErrorMap.StatusOf(code) },
        }, cancellationToken);

    private bool IsBulk(JobWish wish) => Array.Find(_operations.Value, o => o.Declaration.Id == wish.Operation)?.Declaration.OnlyAsync == true;

    private async Task ChangeAsync(JobChange change, CancellationToken cancellationToken) => await store.CommitAsync(new StoreTransaction { Job = change }, cancellationToken);

    [LoggerMessage(3210, LogLevel.Information, "{RequestId} {Operation} has ended in the background")]
    private partial void LogEnded(string requestId, string operation);

    [LoggerMessage(3211, LogLevel.Warning, "{RequestId} failed in the background for a passing reason and is tried again: {Code}")]
    private partial void LogAgain(string requestId, FailureCode code);

    [LoggerMessage(3212, LogLevel.Error, "{RequestId} failed unexpectedly in the background with {ExceptionType}\n{Stack}")]
    private partial void LogBug(string requestId, string exceptionType, string stack);
}
