using System.Net;
using System.Threading.RateLimiting;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access;

/// <summary>Turns away whoever has no good token: always with the same answer, audited, and told to wait where there are too many of them.</summary>
/// <remarks>
/// Every fault of a token has the same answer: 401, a constant WWW-Authenticate and no body. An address that collects too many refusals in a
/// second is told to wait (429) before another signature is checked, so that an attack costs neither the CPU nor the disk of the hospital.
/// </remarks>
public sealed partial class TokenRefusals : IDisposable
{
    private readonly IResourceStore _store;
    private readonly IdSource _ids;
    private readonly TimeProvider _time;
    private readonly ILogger<TokenRefusals> _log;
    private readonly PartitionedRateLimiter<IPAddress> _refusals;

    public TokenRefusals(IResourceStore store, IdSource ids, TimeProvider time, IOptions<ClientsOptions> options, ILogger<TokenRefusals> log)
    {
        (_store, _ids, _time, _log) = (store, ids, time, log);
        int perSecond = options.Value.RefusalsPerSecond;
        _refusals = PartitionedRateLimiter.Create<IPAddress, IPAddress>(source => RateLimitPartition.GetFixedWindowLimiter(source,
            _ => new FixedWindowRateLimiterOptions { PermitLimit = perSecond, Window = TimeSpan.FromSeconds(1), QueueLimit = 0 }));
    }

    /// <summary>The answer to a request whose token is not even looked at; null where it is to be looked at.</summary>
    public IResult? Before(HttpContext http)
    {
        // A token in an address ends in the logs of every machine on the way.
        if (http.Request.Query.ContainsKey("access_token"))
            return http.Fail(new Failure(FailureCode.MalformedRequest, "A token belongs into the Authorization header."), http.Asks());
        using var room = _refusals.AttemptAcquire(SourceOf(http), permitCount: 0);
        return room.IsAcquired ? null : TooMany(http);
    }

    /// <summary>The answer to a request without a good token.</summary>
    public async ValueTask<IResult> RefuseAsync(HttpContext http)
    {
        using var counted = _refusals.AttemptAcquire(SourceOf(http));
        if (!counted.IsAcquired)
            return TooMany(http);
        var facts = RequestFacts.Of(http);
        LogRefused(facts.Id);
        try
        {
            await _store.CommitAsync(new StoreTransaction
            {
                Audit = AuditRow.Of(facts, _ids, _time, "access") with
                {
                    Client = ReservedClients.Unknown,
                    Outcome = "error",
                    Reasons = nameof(FailureCode.Unauthorized),
                    Status = StatusCodes.Status401Unauthorized,
                },
            }, http.RequestAborted);
        }
        catch (StoreUnavailableException)
        {
            // Nothing was given away; the answer is the same.
        }
        http.Response.Headers.WWWAuthenticate = "Bearer";
        http.Response.Headers.CacheControl = "no-store";
        return Results.StatusCode(StatusCodes.Status401Unauthorized);
    }

    public void Dispose() => _refusals.Dispose();

    private static IPAddress SourceOf(HttpContext http) => http.Connection.RemoteIpAddress ?? IPAddress.None;

    private static IResult TooMany(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "1";
        return Results.StatusCode(StatusCodes.Status429TooManyRequests);
    }

    [LoggerMessage(1010, LogLevel.Information, "{RequestId} was refused: no good token")]
    private partial void LogRefused(string requestId);
}
