using System.Collections.Frozen;
using MedAI.Fhir.Access.Outbound;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Access.Clients;

/// <summary>A configured client with its keys read.</summary>
internal sealed class TrustedClient
{
    private TrustedClient(ClientOptions options, FrozenDictionary<string, JsonWebKey>? keys)
    {
        Options = options;
        FileKeys = keys;
        FhirOrigins = options.FhirOrigins.Select(text => Origin.TryRead(text, out var origin, out _) ? origin : throw new ArgumentException("The options were not validated.", nameof(options))).ToFrozenSet();
        Algorithms = (options.Algorithms.Count > 0 ? options.Algorithms : [SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.RsaSha384]).ToFrozenSet(StringComparer.Ordinal);
    }

    public ClientOptions Options { get; }

    public FrozenSet<string> Algorithms { get; }

    public FrozenSet<Origin> FhirOrigins { get; }

    /// <summary>Keys of its file by id; null where they are fetched.</summary>
    public FrozenDictionary<string, JsonWebKey>? FileKeys { get; }

    /// <summary>Reads the keys.</summary>
    /// <param name="options">Validated but for the file.</param>
    /// <param name="problem">What is wrong with the file, without its content; null when all is well.</param>
    public static TrustedClient? TryRead(ClientOptions options, out string? problem)
    {
        problem = null;
        if (string.IsNullOrEmpty(options.JwksFile))
            return new TrustedClient(options, null);
        return PublicKeys.ReadFile(options.JwksFile, out problem) is { } keys ? new TrustedClient(options, keys) : null;
    }
}
