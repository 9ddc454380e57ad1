using System.Collections.Frozen;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Requests;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Smart;

/// <summary>What a FHIR client may do, said by the access token of a configured authorization server (RFC 9068, SMART App Launch).</summary>
/// <remarks>
/// Whatever has the form of a token costs one check of a signature, as in <see cref="ClientTokens"/>. Unlike an EHR's JWT a token is used many times until it expires; nobody is asked whether it was revoked,
/// and therefore its life is bounded. Thread-safe.
/// </remarks>
public sealed class SmartTokens : IDisposable
{
    /// <summary>Characters of the longest list of scopes that is looked at.</summary>
    private const int LongestScope = 4_096;

    private const int LongestText = 256;

    private readonly FrozenDictionary<string, SmartIssuer> _byIssuer;
    private readonly ClientsOptions _options;
    private readonly PublicAddress _address;
    private readonly TimeProvider _time;

    public SmartTokens(IOptions<SmartAccessOptions> options, IOptions<ClientsOptions> clients, OutboundGuard guard, PublicAddress address, TimeProvider time)
    {
        (_options, _address, _time) = (clients.Value, address, time);
        _byIssuer = options.Value.Issuers.ToFrozenDictionary(i => i.Issuer, i => new SmartIssuer(i, guard, _options, time), StringComparer.Ordinal);
    }

    /// <summary>False while no issuer is configured.</summary>
    public bool AreConfigured => _byIssuer.Count > 0;

    /// <summary>True when the token is to be judged here.</summary>
    internal bool Knows(string issuer) => _byIssuer.ContainsKey(issuer);

    /// <summary>What the token allows; null for every fault, without saying which.</summary>
    internal async ValueTask<SmartIdentity?> IdentifyAsync(SignedToken token, CancellationToken cancellationToken)
    {
        var claimed = ClaimsOf(token);
        var key = claimed is null ? null : await claimed.Issuer.Keys.FindAsync(token.KeyId, cancellationToken);
        if (!token.IsSignedBy(key) || claimed is not var (issuer, tenant, scope, patient, user, subject, client, party))
            return null;
        client ??= party;
        var access = new FhirAccess(tenant, SmartScopes.Parse(scope), patient is null ? null : new PatientKey(tenant, issuer.Options.PatientFhirBase ?? _address.FhirBase, patient))
        {
            MayReadAudit = client is not null && issuer.Auditors.Contains(client),
        };
        return new SmartIdentity(client is null ? issuer.Options.Name : $"{issuer.Options.Name}/{client}", user ?? subject, access);
    }

    public void Dispose()
    {
        foreach (var issuer in _byIssuer.Values)
            issuer.Dispose();
    }

    /// <summary>What a token says; null where something of it is wrong.</summary>
    private Claimed? ClaimsOf(SignedToken token)
    {
        // An id token or a logout token says another type, or is for another audience. Many servers say JWT, some nothing.
        if (token.Type is not (null or "" or "JWT" or "at+jwt" or "application/at+jwt") || !_byIssuer.TryGetValue(token.Issuer, out var issuer))
            return null;
        if (!issuer.Algorithms.Contains(token.Algorithm) || !token.IsFor(issuer.Options.Audience ?? _address.FhirBase) || token.Expiry(_time.GetUtcNow(), _options) is null)
            return null;
        if (!token.TryTenant(issuer.Options.Tenant ?? issuer.Options.Name, issuer.Options.Tenants, out string tenant) || !token.NamesNoKeysBut(issuer.Options.JwksUrl))
            return null;
        // A patient that cannot be read is not the same as none.
        return token.ExactTexts(["scope"], LongestScope) is [{ } scope]
            && token.ExactTexts(["patient", "fhirUser", "sub", "client_id", "azp"], LongestText) is [var patient, var user, var subject, var client, var party]
            ? new Claimed(issuer, tenant, scope, patient, user, subject, client, party)
            : null;
    }

    private sealed record Claimed(SmartIssuer Issuer, string Tenant, string Scope, string? Patient, string? User, string? Subject, string? Client, string? Party);
}

/// <summary>Who holds a good access token.</summary>
/// <param name="Client">Issuer's name, with the application's client_id where the token says it.</param>
/// <param name="User"><c>fhirUser</c>, else <c>sub</c>; null where neither is said.</param>
/// <param name="Access">What the token allows.</param>
internal sealed record SmartIdentity(string Client, string? User, FhirAccess Access);
