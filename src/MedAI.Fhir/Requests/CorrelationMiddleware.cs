using System.Diagnostics;
using MedAI.Fhir.Auditing;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Requests;

/// <summary>Gives every request its correlation id, its one log line, and an OperationOutcome where code failed unexpectedly.</summary>
/// <remarks>The log line names the route template, never the path or query, which may hold a patient's id.</remarks>
public sealed partial class CorrelationMiddleware(RequestDelegate next, TimeProvider time, IdSource ids, FailureAudit failures, ILogger<CorrelationMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var now = time.GetUtcNow();
        string id = http.Request.Headers[RequestFacts.Header] is [{ Length: 36 } given] && Guid.TryParseExact(given, "D", out var uuid)
            ? uuid.ToString()
            : ids.NewOrderedId(now);
        var facts = new RequestFacts(id, now);
        http.Features.Set(facts);
        http.Response.Headers[RequestFacts.Header] = id;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        long start = Stopwatch.GetTimestamp();
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            LogAborted(id);
            return;
        }
        catch (BadHttpRequestException bad)
        {
            if (!http.Response.HasStarted)
            {
                var code = bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? FailureCode.BodyTooLarge : FailureCode.MalformedRequest;
                await AuditAsync(http, code);
                await http.FailNowAsync(new Failure(code));
            }
        }
        catch (StoreUnavailableException) when (!http.Response.HasStarted)
        {
            // Fail closed: without the store there is neither data nor audit. The store's own log says what is wrong with it.
            LogStoreUnavailable(id);
            await http.FailNowAsync(new Failure(FailureCode.StoreUnavailable));
        }
        catch (Exception bug)
        {
            // The message of an exception can hold a patient's data; the type and stack cannot.
            LogBug(id, bug.GetType().FullName ?? "unknown", bug.StackTrace ?? "");
            await AuditAsync(http, FailureCode.Internal);
            if (!http.Response.HasStarted)
            {
                http.Response.Clear();
                http.Response.Headers[RequestFacts.Header] = id;
                await http.FailNowAsync(new Failure(FailureCode.Internal));
            }
        }
        string route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        // Whoever floods the server with bad tokens must not flood its log; those that were looked at have a line and an audit row of their own.
        if (http.Response.StatusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status429TooManyRequests)
            LogTurnedAway(id, http.Request.Method, route, http.Response.StatusCode, milliseconds);
        else
            LogDone(id, http.Request.Method, route, http.Response.StatusCode, milliseconds);
    }

    /// <summary>The answer is a failure anyhow; without the store it stays one.</summary>
    private async ValueTask AuditAsync(HttpContext http, FailureCode code)
    {
        try
        {
            await failures.WriteAsync(http, code);
        }
        catch (StoreUnavailableException)
        {
            LogStoreUnavailable(RequestFacts.Of(http).Id);
        }
    }

    [LoggerMessage(1000, LogLevel.Information, "{RequestId} {Method} {Route} answered {Status} in {Milliseconds:0.0} ms")]
    private partial void LogDone(string requestId, string method, string route, int status, double milliseconds);

    [LoggerMessage(1004, LogLevel.Debug, "{RequestId} {Method} {Route} answered {Status} in {Milliseconds:0.0} ms")]
    private partial void LogTurnedAway(string requestId, string method, string route, int status, double milliseconds);

    [LoggerMessage(1001, LogLevel.Error, "{RequestId} failed unexpectedly with {ExceptionType}\n{Stack}")]
    private partial void LogBug(string requestId, string exceptionType, string stack);

    [LoggerMessage(1003, LogLevel.Error, "{RequestId} needed the store, which does not answer")]
    private partial void LogStoreUnavailable(string requestId);

    [LoggerMessage(1002, LogLevel.Information, "{RequestId} was abandoned by its caller")]
    private partial void LogAborted(string requestId);
}
