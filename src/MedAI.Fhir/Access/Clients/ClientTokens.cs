using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using MedAI.Fhir.Access.Outbound;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Access.Clients;

/// <summary>Who calls, proved by a signed JWT (CDS Hooks 2.0 "Trusting CDS Clients").</summary>
/// <remarks>
/// Cheap checks come first and the signature after them: form, algorithm, issuer, audience, times, tenant, key, signature, replay. Keys come from
/// configuration alone: whatever a token brings along to be checked with (jwk, x5c, x5u) is not looked at, and a jku must be the configured address. Thread-safe.
/// </remarks>
public sealed class ClientTokens : IDisposable
{
    /// <summary>Characters of the longest token that is looked at.</summary>
    private const int LongestToken = 8 * 1024;

    private const int LongestText = 256;

    private readonly FrozenDictionary<string, TrustedClient> _byIssuer;
    private readonly ClientsOptions _options;
    private readonly FrozenDictionary<string, ClientKeys> _keys;
    private readonly ITokenMemory _memory;
    private readonly TimeProvider _time;
    private readonly JsonWebTokenHandler _handler = new();

    public ClientTokens(IOptions<ClientsOptions> options, ITokenMemory memory, OutboundGuard guard, TimeProvider time)
    {
        _options = options.Value;
        _memory = memory;
        _time = time;
        _byIssuer = _options.Trusted.Select(c => TrustedClient.TryRead(c, out string? problem) ?? throw new InvalidOperationException($"The keys of {c.Name}: {problem}."))
            .ToFrozenDictionary(c => c.Options.Issuer, StringComparer.Ordinal);
        _keys = _byIssuer.ToFrozenDictionary(c => c.Key, c => new ClientKeys(c.Value.FileKeys, c.Value.Options.JwksUrl, guard, _options, time), StringComparer.Ordinal);
    }

    /// <summary>False while no client is configured.</summary>
    public bool AreRequired => _byIssuer.Count > 0;

    /// <summary>Who a request is from; null for every fault, without saying which.</summary>
    /// <exception cref="TokenMemoryAwayException">Nobody can say now whether the token was used before.</exception>
    /// <param name="authorization">Values of the Authorization header.</param>
    /// <param name="audience">URL of the called endpoint under our public origin.</param>
    public async ValueTask<ClientIdentity?> IdentifyAsync(StringValues authorization, string audience, CancellationToken cancellationToken)
    {
        if (authorization is not [{ } header] || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return null;
        string token = header[7..];
        if (!TryRead(token, out var jwt) || !TryAlgorithm(jwt, out string? algorithm))
            return null;
        if (!_byIssuer.TryGetValue(jwt.Issuer, out var client) || !client.Algorithms.Contains(algorithm) || !jwt.Audiences.Contains(audience, StringComparer.Ordinal))
            return null;
        if (Expiry(jwt) is not { } until || !TryTenant(jwt, client, out string tenant))
            return null;
        if (!TryText(jwt, JwtRegisteredClaimNames.Jti, out string? id) || !NamesOurKeys(jwt, client))
            return null;
        if (await _keys[jwt.Issuer].FindAsync(jwt.Kid, cancellationToken) is not { } key || !TrustedClient.Fits(key, algorithm))
            return null;
        if (!IsSigned(jwt, key, algorithm))
            return null;
        return await _memory.UseAsync(jwt.Issuer, id, until) switch
        {
            TokenUse.First => Identity(client, tenant),
            TokenUse.Again => null,
            _ => throw new TokenMemoryAwayException(),
        };
    }

    public void Dispose()
    {
        foreach (var keys in _keys.Values)
            keys.Dispose();
    }

    private static ClientIdentity Identity(TrustedClient client, string tenant) =>
        new ClientIdentity(client.Options.Name, tenant, client.Options.MayReadFeedback, client.FhirOrigins, client.Options.SmartLaunchUrl);

    /// <summary>True when the key's owner signed exactly this header and payload.</summary>
    /// <remarks>The library's providers, which keep the key parsed. Its whole validation would do again, against another clock, what was done above, at the cost of another signature check.</remarks>
    private static bool IsSigned(JsonWebToken jwt, JsonWebKey key, string algorithm)
    {
        var provider = CryptoProviderFactory.Default.CreateForVerifying(key, algorithm);
        try
        {
            return provider.Verify(Encoding.ASCII.GetBytes($"{jwt.EncodedHeader}.{jwt.EncodedPayload}"), Base64UrlEncoder.DecodeBytes(jwt.EncodedSignature));
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or CryptographicException)
        {
            return false;
        }
        finally
        {
            CryptoProviderFactory.Default.ReleaseSignatureProvider(provider);
        }
    }

    /// <summary>A token may name where its keys are, and no other place than the agreed one.</summary>
    private static bool NamesOurKeys(JsonWebToken jwt, TrustedClient client) =>
        !jwt.TryGetHeaderValue("jku", out object? jku) || (jku?.ToString() is { } url && url == client.Options.JwksUrl);

    /// <summary>Three parts of Base64url; an encrypted or compressed token has five and is not opened.</summary>
    private bool TryRead(string token, [NotNullWhen(true)] out JsonWebToken? jwt)
    {
        jwt = null;
        if (token.Length is 0 or > LongestToken || token.AsSpan().Count('.') != 2 || !_handler.CanReadToken(token))
            return false;
        try
        {
            jwt = new JsonWebToken(token);
            return true;
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or SecurityTokenException or System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private static bool TryAlgorithm(JsonWebToken jwt, [NotNullWhen(true)] out string? algorithm)
    {
        algorithm = null;
        try
        {
            // Typ is required by CDS Hooks; kid finds the key.
            if (jwt.Typ != "JWT" || jwt.Kid is not { Length: > 0 and <= LongestText } || !TrustedClient.PublicKeyAlgorithms.Contains(jwt.Alg ?? ""))
                return false;
            algorithm = jwt.Alg!;
            return true;
        }
        catch (Exception wrongType) when (wrongType is ArgumentException or InvalidCastException or FormatException)
        {
            return false;
        }
    }

    /// <summary>When the token can no longer be used; null when it is expired, not yet issued, too long-lived, or does not say.</summary>
    private DateTimeOffset? Expiry(JsonWebToken jwt)
    {
        if (!TryInstant(jwt, JwtRegisteredClaimNames.Exp, out var expires) || !TryInstant(jwt, JwtRegisteredClaimNames.Iat, out var issued))
            return null;
        if (jwt.TryGetPayloadValue(JwtRegisteredClaimNames.Nbf, out object? _) && (!TryInstant(jwt, JwtRegisteredClaimNames.Nbf, out var from) || from > _time.GetUtcNow() + Skew))
            return null;
        var now = _time.GetUtcNow();
        bool good = expires > now - Skew && issued <= now + Skew && expires > issued && expires - issued <= TimeSpan.FromSeconds(_options.LongestLifeSeconds);
        return good ? expires + Skew : null;
    }

    private TimeSpan Skew => TimeSpan.FromSeconds(_options.ClockSkewSeconds);

    private static bool TryInstant(JsonWebToken jwt, string claim, out DateTimeOffset instant)
    {
        instant = default;
        // Beyond these years arithmetic with it could overflow.
        if (!jwt.TryGetPayloadValue(claim, out object? _) || !TryGet(jwt, claim, out long seconds) || seconds is < 0 or > 32_503_680_000)
            return false;
        instant = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }

    private static bool TryTenant(JsonWebToken jwt, TrustedClient client, out string tenant)
    {
        tenant = client.Options.Name;
        if (!jwt.TryGetPayloadValue("tenant", out object? _))
            return true;
        if (!TryText(jwt, "tenant", out string? named) || !client.Options.Tenants.Contains(named, StringComparer.Ordinal))
            return false;
        tenant = $"{client.Options.Name}/{named}";
        return true;
    }

    private static bool TryText(JsonWebToken jwt, string claim, [NotNullWhen(true)] out string? text) =>
        TryGet(jwt, claim, out text) && text is { Length: > 0 and <= LongestText };

    private static bool TryGet<T>(JsonWebToken jwt, string claim, out T? value)
    {
        value = default;
        try
        {
            return jwt.TryGetPayloadValue(claim, out value);
        }
        catch (Exception wrongType) when (wrongType is ArgumentException or InvalidCastException or FormatException or OverflowException)
        {
            return false;
        }
    }
}

/// <summary>A caller whose token was good.</summary>
/// <param name="Name">Configured name.</param>
/// <param name="Tenant">Whose patients it speaks of; part of every patient's key.</param>
/// <param name="MayReadFeedback">Whether it may read the summary of feedback.</param>
/// <param name="SmartLaunchUrl">Where the SMART app that shows results is launched; null when it has none.</param>
/// <param name="FhirOrigins">Origins of FHIR servers that its hooks may name and that are asked for what a hook does not bring along.</param>
public sealed record ClientIdentity(string Name, string Tenant, bool MayReadFeedback, IReadOnlySet<Origin> FhirOrigins, string? SmartLaunchUrl);

/// <summary>The memory of used tokens does not answer.</summary>
public sealed class TokenMemoryAwayException() : Exception("The memory of used tokens does not answer.");
