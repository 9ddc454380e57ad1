using System.Globalization;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>Where the caller of an operation asks for its result, and where it says that it wants it no more (R5, async-bundle.html; ADR 21).</summary>
/// <remarks>To everybody but its owner a job does not exist: same status, same text as for one that never was.</remarks>
public static class JobEndpoints
{
    /// <summary>Below the FHIR base. No resource type begins with an underscore.</summary>
    public const string Path = "/_jobs";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    public static string UrlOf(PublicAddress address, string id) => $"{address.FhirBase}{Path}/{id}";

    public static void MapJobs(this RouteGroupBuilder fhir)
    {
        // Not a scope but the caller decides: see FindAsync.
        fhir.MapGet(Path + "/{id}", AskAsync).WithMetadata(RoutePolicy.AnyToken);
        fhir.MapGet(Path + "/{id}/{name:letters}.ndjson", ReadFileAsync).WithMetadata(RoutePolicy.AnyToken);
        fhir.MapDelete(Path + "/{id}", RemoveAsync).WithMetadata(RoutePolicy.AnyToken);
    }

    /// <summary>What asking works with.</summary>
    public sealed record Services(JobQueue Queue, IJobRows Rows, IResourceStore Store, IdSource Ids, TimeProvider Time);

    private static async Task<IResult> AskAsync(string id, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, http, services, cancellationToken) is not { } job)
            return http.Fail(new Failure(FailureCode.NotFound));
        http.Response.Headers.CacheControl = "no-store";
        if (job.State == JobState.Waiting)
            return Wait(job, services.Queue.Find(id), http, services.Time);
        if (await services.Rows.ReadJobResultAsync(id, cancellationToken) is not { } result)
            return http.Fail(new Failure(FailureCode.NotFound));
        await AuditAsync(http, services, "read", StatusCodes.Status200OK, null, cancellationToken);
        http.Response.Headers.Expires = job.Expires!.Value.ToString("R", CultureInfo.InvariantCulture);
        return job.Format == ContentNegotiation.FhirJson ? new FhirResult(result) { StatusCode = job.Status } : Results.Bytes(result.ToArray(), job.Format);
    }

    /// <summary>A file of a bulk manifest, piece by piece: no more than one is in memory.</summary>
    private static async Task<IResult> ReadFileAsync(string id, string name, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, http, services, cancellationToken) is not { State: JobState.Ended } job || await services.Rows.ReadJobPartAsync(id, name, -1, cancellationToken) is not { } first)
            return http.Fail(new Failure(FailureCode.NotFound));
        await AuditAsync(http, services, "read", StatusCodes.Status200OK, null, cancellationToken);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Expires = job.Expires!.Value.ToString("R", CultureInfo.InvariantCulture);
        return Results.Stream(async body =>
        {
            for (var part = first; part is not null; part = await services.Rows.ReadJobPartAsync(id, name, part.Place, http.RequestAborted))
                await body.WriteAsync(part.Bytes, http.RequestAborted);
        }, BulkManifest.Ndjson);
    }

    private static IResult Wait(JobRow job, JobTicket? ticket, HttpContext http, TimeProvider time)
    {
        if (ticket is not null && ticket.Pace.Take() is var pause && pause > TimeSpan.Zero)
        {
            http.Response.Headers.RetryAfter = Seconds(pause);
            return Results.StatusCode(StatusCodes.Status429TooManyRequests);
        }
        // The longer it has taken, the longer it may take: a tenth of that.
        var wait = (time.GetUtcNow() - job.Received) / 10;
        http.Response.Headers["X-Progress"] = ticket?.Progress ?? (job.Holder is null ? "waiting" : "running");
        http.Response.Headers.RetryAfter = Seconds(wait > LongestWait ? LongestWait : wait);
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> RemoveAsync(string id, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, http, services, cancellationToken) is null)
            return http.Fail(new Failure(FailureCode.NotFound));
        await AuditAsync(http, services, "removed", StatusCodes.Status202Accepted, new JobChange.Removed(id), cancellationToken);
        // Gone from the disk first: whatever the run still does, its result has no place any more.
        services.Queue.Find(id)?.Cancel();
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    private static async ValueTask<JobRow?> FindAsync(string id, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        var job = await services.Rows.FindJobAsync(id, cancellationToken);
        return job is not null && job.Owner == JobCaller.OwnerOf(RequestFacts.Of(http)) && !(job.Expires <= services.Time.GetUtcNow()) ? job : null;
    }

    private static async ValueTask AuditAsync(HttpContext http, Services services, string outcome, int status, JobChange? change, CancellationToken cancellationToken) =>
        await services.Store.CommitAsync(new StoreTransaction
        {
            Job = change,
            Audit = AuditRow.Of(RequestFacts.Of(http), services.Ids, services.Time, "job:result") with { Outcome = outcome, Status = status },
        }, cancellationToken);

    private static string Seconds(TimeSpan wait) => Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
