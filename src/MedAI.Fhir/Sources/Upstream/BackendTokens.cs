using System.Text;
using System.Text.Json;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Sources.Upstream;

/// <summary>Access tokens for the upstream FHIR server, by SMART backend services: client credentials with a signed assertion.</summary>
/// <remarks>
/// A token is used until shortly before it expires; one request fetches the next one while the others wait for it. A token that the FHIR server refuses is dropped once, so that
/// a server that refuses everything costs one token per request and interval, not a storm. Thread-safe.
/// </remarks>
public sealed partial class BackendTokens(OutboundGuard guard, IOptions<UpstreamOptions> options, IdSource ids, TimeProvider time, ILogger<BackendTokens> log) : IDisposable
{
    private const int LargestAnswer = 64 * 1024;

    /// <summary>SMART App Launch allows five minutes.</summary>
    private static readonly TimeSpan AssertionLife = TimeSpan.FromMinutes(4);

    /// <summary>A token that ends while it is under way is no token.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan ConfigurationLife = TimeSpan.FromHours(1);

    /// <summary>A token this young that is refused is refused for what it may do, not for its age.</summary>
    private static readonly TimeSpan TooYoungToRenew = TimeSpan.FromSeconds(5);

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly SigningCredentials? _key = string.IsNullOrEmpty(options.Value.ClientId) ? null : BackendKey.TryRead(options.Value, out _);
    private readonly SemaphoreSlim _one = new(1);
    private volatile Held? _held;
    private (string Address, DateTimeOffset GoodUntil)? _endpoint;

    /// <summary>False: the upstream is asked without a token of ours.</summary>
    public bool AreUsed => _key is not null;

    /// <summary>A token that is good for a while, or why there is none.</summary>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<(EhrAccess? Access, EhrError? Error)> GetAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        if (Fresh() is { } held)
            return (held, null);
        var left = deadline - time.GetUtcNow();
        if (left <= TimeSpan.Zero || !await _one.WaitAsync(left, cancellationToken))
            return (null, EhrError.Late);
        try
        {
            // Another request may have fetched it while we waited.
            return Fresh() is { } newer ? (newer, null) : await FetchAsync(deadline, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Says that the FHIR server did not take a token.</summary>
    /// <returns>True when another one may be tried.</returns>
    public bool Drop(EhrAccess refused)
    {
        if (_held is not { } held || held.Access != refused)
            return true;
        if (time.GetUtcNow() - held.Since < TooYoungToRenew)
            return false;
        _held = null;
        return true;
    }

    public void Dispose() => _one.Dispose();

    private EhrAccess? Fresh() => _held is { } held && held.Access.Expires - Margin > time.GetUtcNow() ? held.Access : null;

    private async ValueTask<(EhrAccess? Access, EhrError? Error)> FetchAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        (string? endpoint, var unknown) = await EndpointAsync(deadline, cancellationToken);
        if (endpoint is null)
            return (null, unknown);
        if (!guard.TryTarget(endpoint, OutboundUse.Token, out var target))
            return Failed(null, EhrError.Untrusted);
        var ask = new OutboundAsk { Accept = "application/json", MaxBytes = LargestAnswer, Deadline = deadline, Form = Form(endpoint) };
        var result = await OutboundGuard.AskAsync(target, ask, static (answer, ct) => OutboundJson.ReadAsync(answer, Read, ct), cancellationToken);
        if (!result.TryGet(out var given, out var error))
        {
            // It is its own word that matters: an address that changed is looked up again.
            _endpoint = null;
            return Failed(error.Kind, error.Kind switch
            {
                OutboundErrorKind.DeadlinePassed or OutboundErrorKind.TooSlow => EhrError.Late,
                OutboundErrorKind.Unauthorised or OutboundErrorKind.Rejected => EhrError.Refused,
                _ => EhrError.Failed,
            });
        }
        var now = time.GetUtcNow();
        _held = new Held(new EhrAccess(given.Token, now.AddSeconds(given.Seconds), given.Scope ?? options.Value.Scope, PatientId: null), now);
        LogGiven(target.Origin, given.Seconds);
        return (_held.Access, null);

        (EhrAccess?, EhrError?) Failed(OutboundErrorKind? kind, EhrError told)
        {
            LogNone(kind);
            return (null, told);
        }
    }

    private async ValueTask<(string? Endpoint, EhrError? Error)> EndpointAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(options.Value.TokenEndpoint))
            return (options.Value.TokenEndpoint, null);
        if (_endpoint is { } known && known.GoodUntil > time.GetUtcNow())
            return (known.Address, null);
        if (!guard.TryTarget(options.Value.BaseUrl + "/.well-known/smart-configuration", OutboundUse.Fhir, out var target))
            return (null, EhrError.Untrusted);
        var result = await OutboundGuard.AskAsync(target, new OutboundAsk { Accept = "application/json", MaxBytes = LargestAnswer, Deadline = deadline }, static (answer, ct) => OutboundJson.ReadAsync(answer,
            static root => FhirJson.String(FhirJson.Member(root, "token_endpoint"u8)) ?? throw new UnreadableAnswerException(), ct), cancellationToken);
        if (!result.TryGet(out string? address, out var error))
        {
            LogNone(error.Kind);
            return (null, error.Kind is OutboundErrorKind.DeadlinePassed or OutboundErrorKind.TooSlow ? EhrError.Late : EhrError.Failed);
        }
        _endpoint = (address, time.GetUtcNow() + ConfigurationLife);
        return (address, null);
    }

    private byte[] Form(string endpoint)
    {
        var now = time.GetUtcNow();
        string assertion = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = options.Value.ClientId,
            Audience = endpoint,
            Claims = new Dictionary<string, object> { ["sub"] = options.Value.ClientId!, ["jti"] = ids.NewId() },
            IssuedAt = now.UtcDateTime,
            Expires = (now + AssertionLife).UtcDateTime,
            SigningCredentials = _key,
        });
        return Encoding.ASCII.GetBytes("grant_type=client_credentials&scope=" + Uri.EscapeDataString(options.Value.Scope)
            + "&client_assertion_type=" + Uri.EscapeDataString("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") + "&client_assertion=" + assertion);
    }

    private static Given Read(JsonElement root)
    {
        string? token = FhirJson.String(FhirJson.Member(root, "access_token"u8)), type = FhirJson.String(FhirJson.Member(root, "token_type"u8));
        var seconds = FhirJson.Member(root, "expires_in"u8);
        if (string.IsNullOrEmpty(token) || token.Length > 16_384 || token.AsSpan().ContainsAnyExceptInRange('!', '~') || !string.Equals(type, "bearer", StringComparison.OrdinalIgnoreCase)
            || seconds.ValueKind != JsonValueKind.Number || !seconds.TryGetInt32(out int life) || life <= 0)
            throw new UnreadableAnswerException();
        return new Given(token, Math.Min(life, 86_400), FhirJson.String(FhirJson.Member(root, "scope"u8)));
    }

    /// <summary>Tells nothing of the token.</summary>
    private sealed record Given(string Token, int Seconds, string? Scope)
    {
        public override string ToString() => nameof(Given);
    }

    private sealed record Held(EhrAccess Access, DateTimeOffset Since);

    [LoggerMessage(2040, LogLevel.Information, "{Origin} gave an access token for {Seconds} seconds")]
    private partial void LogGiven(Origin origin, int seconds);

    [LoggerMessage(2041, LogLevel.Warning, "There is no access token for the upstream FHIR server: {Error}")]
    private partial void LogNone(OutboundErrorKind? error);
}
