using System.Collections.Frozen;
using MedAI.Fhir.Access.Outbound;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Access.Clients;

/// <summary>A configured client with its keys read.</summary>
internal sealed class TrustedClient
{
    /// <summary>Only public-key signatures: with a shared secret whoever can check can also sign.</summary>
    public static readonly FrozenSet<string> PublicKeyAlgorithms = new[]
    {
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512, SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
    }.ToFrozenSet(StringComparer.Ordinal);

    private const int ShortestRsaKey = 2_048;

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
        string text;
        try
        {
            text = File.ReadAllText(options.JwksFile);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problem = "cannot be read as a JWK Set";
            return null;
        }
        return ReadKeys(text, out problem) is { } keys ? new TrustedClient(options, keys) : null;
    }

    /// <summary>Reads a JWK Set that holds usable public keys alone.</summary>
    /// <param name="problem">What is wrong, without its content; null when all is well.</param>
    public static FrozenDictionary<string, JsonWebKey>? ReadKeys(string text, out string? problem)
    {
        problem = null;
        IList<JsonWebKey> found;
        try
        {
            found = new JsonWebKeySet(text).Keys;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or System.Text.Json.JsonException)
        {
            problem = "cannot be read as a JWK Set";
            return null;
        }
        var keys = new Dictionary<string, JsonWebKey>(StringComparer.Ordinal);
        foreach (var key in found)
        {
            if (key.HasPrivateKey)
                problem = "holds a private key; only the client may have that";
            else if (key.Kty is not (JsonWebAlgorithmsKeyTypes.EllipticCurve or JsonWebAlgorithmsKeyTypes.RSA))
                problem = "holds a key that is neither EC nor RSA";
            else if (key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.KeySize < ShortestRsaKey)
                problem = $"holds an RSA key of fewer than {ShortestRsaKey} bits";
            else if (string.IsNullOrEmpty(key.Kid))
                problem = "holds a key without kid";
            else if (key.Use is not (null or "" or "sig"))
                continue;
            else if (!keys.TryAdd(key.Kid, key))
                problem = "holds two keys of the same kid";
            if (problem is not null)
                return null;
        }
        if (keys.Count == 0)
            problem = "holds no key for signatures";
        return problem is null ? keys.ToFrozenDictionary(StringComparer.Ordinal) : null;
    }

    /// <summary>A key is used with the algorithms of its kind alone, and with its own where it names one.</summary>
    public static bool Fits(JsonWebKey key, string algorithm)
    {
        if (!string.IsNullOrEmpty(key.Alg) && key.Alg != algorithm)
            return false;
        return key.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve
            ? (key.Crv, algorithm) is (JsonWebKeyECTypes.P256, SecurityAlgorithms.EcdsaSha256) or (JsonWebKeyECTypes.P384, SecurityAlgorithms.EcdsaSha384) or (JsonWebKeyECTypes.P521, SecurityAlgorithms.EcdsaSha512)
            : algorithm[0] is 'R' or 'P';
    }
}
