using System.Collections.Frozen;
using MedAI.Fhir.Access.Outbound;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;

namespace MedAI.Fhir.Access.Clients;

/// <summary>Who calls, proved by a signed JWT (CDS Hooks 2.0 "Trusting CDS Clients").</summary>
/// <remarks>
/// Whatever has the form of a token costs one check of a signature, whichever of its claims is wrong, so that the time of a refusal says no more than its text. Replay comes last.
/// Keys come from configuration alone, and a jku must be the configured address. Thread-safe.
/// </remarks>
public sealed class ClientTokens : IDisposable
{
    private readonly FrozenDictionary<string, TrustedClient> _byIssuer;
    private readonly ClientsOptions _options;
    private readonly FrozenDictionary<string, ClientKeys> _keys;
    private readonly ITokenMemory _memory;
    private readonly TimeProvider _time;

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
    public bool AreConfigured => _byIssuer.Count > 0;

    /// <summary>Who a request is from; null for every fault, without saying which.</summary>
    /// <exception cref="TokenMemoryAwayException">Nobody can say now whether the token was used before.</exception>
    /// <param name="authorization">Values of the Authorization header.</param>
    /// <param name="audience">URL of the called endpoint under our public origin.</param>
    public ValueTask<ClientIdentity?> IdentifyAsync(StringValues authorization, string audience, CancellationToken cancellationToken) =>
        SignedToken.TryRead(authorization, out var token) ? IdentifyAsync(token, audience, cancellationToken) : ValueTask.FromResult<ClientIdentity?>(null);

    /// <inheritdoc cref="IdentifyAsync(StringValues, string, CancellationToken)"/>
    internal async ValueTask<ClientIdentity?> IdentifyAsync(SignedToken token, string audience, CancellationToken cancellationToken)
    {
        var claimed = ClaimsOf(token, audience);
        var key = claimed is null ? null : await _keys[token.Issuer].FindAsync(token.KeyId, cancellationToken);
        if (!token.IsSignedBy(key) || claimed is not var (client, tenant, id, until))
            return null;
        return await _memory.UseAsync(token.Issuer, id, until) switch
        {
            TokenUse.First => new ClientIdentity(client.Options.Name, tenant, client.Options.MayReadFeedback, client.FhirOrigins, client.Options.SmartLaunchUrl) { MayReadAudit = client.Options.MayReadAudit },
            TokenUse.Again => null,
            _ => throw new TokenMemoryAwayException(),
        };
    }

    public void Dispose()
    {
        foreach (var keys in _keys.Values)
            keys.Dispose();
    }

    /// <summary>What a token says; null where something of it is wrong.</summary>
    private (TrustedClient Client, string Tenant, string Id, DateTimeOffset Until)? ClaimsOf(SignedToken token, string audience)
    {
        // Typ is required by CDS Hooks.
        if (token.Type != "JWT" || !_byIssuer.TryGetValue(token.Issuer, out var client) || !client.Algorithms.Contains(token.Algorithm) || !token.IsFor(audience))
            return null;
        if (token.Expiry(_time.GetUtcNow(), _options) is not { } until || !token.TryTenant(client.Options.Name, client.Options.Tenants, out string tenant))
            return null;
        return token.TryText(JwtRegisteredClaimNames.Jti, out string? id) && token.NamesNoKeysBut(client.Options.JwksUrl) ? (client, tenant, id, until) : null;
    }
}

/// <summary>A caller whose token was good.</summary>
/// <param name="Name">Configured name.</param>
/// <param name="Tenant">Whose patients it speaks of; part of every patient's key.</param>
/// <param name="MayReadFeedback">Whether it may read the summary of feedback.</param>
/// <param name="SmartLaunchUrl">Where the SMART app that shows results is launched; null when it has none.</param>
/// <param name="FhirOrigins">Origins of FHIR servers that its hooks may name and that are asked for what a hook does not bring along.</param>
public sealed record ClientIdentity(string Name, string Tenant, bool MayReadFeedback, IReadOnlySet<Origin> FhirOrigins, string? SmartLaunchUrl)
{
    /// <summary>Whether it may read the audit trail.</summary>
    public bool MayReadAudit { get; init; }
}

/// <summary>The memory of used tokens does not answer.</summary>
public sealed class TokenMemoryAwayException() : Exception("The memory of used tokens does not answer.");
