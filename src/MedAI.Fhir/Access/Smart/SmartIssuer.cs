using System.Collections.Frozen;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Outbound;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Access.Smart;

/// <summary>A configured authorization server with its keys.</summary>
internal sealed class SmartIssuer : IDisposable
{
    /// <summary>What SMART App Launch and the authorization servers of hospitals use.</summary>
    public static readonly FrozenSet<string> KnownAlgorithms = new[]
    {
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384,
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">The options were not validated, or the file has changed since.</exception>
    public SmartIssuer(SmartIssuerOptions options, OutboundGuard guard, ClientsOptions clients, TimeProvider time)
    {
        Options = options;
        Algorithms = options.Algorithms.Count > 0 ? options.Algorithms.ToFrozenSet(StringComparer.Ordinal) : KnownAlgorithms;
        Auditors = options.Auditors.ToFrozenSet(StringComparer.Ordinal);
        FrozenDictionary<string, JsonWebKey>? file = null;
        if (!string.IsNullOrEmpty(options.JwksFile))
            file = PublicKeys.ReadFile(options.JwksFile, out string? problem) ?? throw new InvalidOperationException($"The keys of {options.Name}: {problem}.");
        Keys = new ClientKeys(file, options.JwksUrl, guard, clients, time);
    }

    public SmartIssuerOptions Options { get; }

    public FrozenSet<string> Algorithms { get; }

    public FrozenSet<string> Auditors { get; }

    public ClientKeys Keys { get; }

    public void Dispose() => Keys.Dispose();
}
