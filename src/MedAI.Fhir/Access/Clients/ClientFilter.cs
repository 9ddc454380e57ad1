using System.Net;
using System.Threading.RateLimiting;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Clients;

/// <summary>Lets nobody past who has not proved who he is, once clients are configured.</summary>
/// <remarks>
/// Every fault of a token has the same answer: 401, a constant WWW-Authenticate and no body. Refusals are audited; an address that collects too many of them in a
/// second is told to wait (429) before another signature is checked, so that an attack costs neither the CPU nor the disk of the hospital.
/// </remarks>
public sealed partial class ClientFilter : IEndpointFilter, IDisposable
{
    private readonly ClientTokens _tokens;
    private readonly PublicAddress _address;
    private readonly IResourceStore _store;
    private readonly IdSource _ids;
    private readonly TimeProvider _time;
    private readonly ILogger<ClientFilter> _log;
    private readonly PartitionedRateLimiter<IPAddress> _refusals;

    public ClientFilter(ClientTokens tokens, PublicAddress address, IResourceStore store, IdSource ids, TimeProvider time, IOptions<ClientsOptions> options, ILogger<ClientFilter> log)
    {
        (_tokens, _address, _store, _ids, _time, _log) = (tokens, address, store, ids, time, log);
        int perSecond = options.Value.RefusalsPerSecond;
        _refusals = PartitionedRateLimiter.Create<IPAddress, IPAddress>(source => RateLimitPartition.GetFixedWindowLimiter(source,
            _ => new FixedWindowRateLimiterOptions { PermitLimit = perSecond, Window = TimeSpan.FromSeconds(1), QueueLimit = 0 }));
    }

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) => _tokens.AreRequired ? CheckAsync(context, next) : next(context);

    public void Dispose() => _refusals.Dispose();

    private async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        // A token in an address ends in the logs of every machine on the way.
        if (http.Request.Query.ContainsKey("access_token"))
            return http.Fail(new Failure(FailureCode.MalformedRequest, "A token belongs into the Authorization header."), http.Asks());
        var source = http.Connection.RemoteIpAddress ?? IPAddress.None;
        using (var room = _refusals.AttemptAcquire(source, permitCount: 0))
        {
            if (!room.IsAcquired)
                return TooMany(http);
        }
        ClientIdentity? client;
        try
        {
            client = await _tokens.IdentifyAsync(http.Request.Headers.Authorization, _address.Origin + http.Request.Path, http.RequestAborted);
        }
        catch (TokenMemoryAwayException)
        {
            return http.Fail(new Failure(FailureCode.TokensUnchecked), http.Asks());
        }
        if (client is null)
            return await RefuseAsync(http, source);
        http.Features.Set(RequestFacts.Of(http) with { Client = client.Name, Tenant = client.Tenant, Caller = client });
        if (!client.MayReadFeedback && http.GetEndpoint()?.Metadata.GetMetadata<NeedsFeedbackRight>() is not null)
            return http.Fail(new Failure(FailureCode.Forbidden), http.Asks());
        return await next(context);
    }

    private async ValueTask<IResult> RefuseAsync(HttpContext http, IPAddress source)
    {
        using var counted = _refusals.AttemptAcquire(source);
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
                    Client = "unknown",
                    Outcome = "error",
                    Reasons = "Unauthorized",
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

    private static IResult TooMany(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "1";
        return Results.StatusCode(StatusCodes.Status429TooManyRequests);
    }

    [LoggerMessage(1010, LogLevel.Information, "{RequestId} was refused: no good token")]
    private partial void LogRefused(string requestId);
}

/// <summary>Marks an endpoint that only clients may call which may read the summary of feedback.</summary>
public sealed class NeedsFeedbackRight;
