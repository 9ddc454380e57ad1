using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Access.Clients;

/// <summary>Reads JWK Sets and says which key may be used with which algorithm.</summary>
internal static class PublicKeys
{
    private const int ShortestRsaKey = 2_048;

    /// <summary>Only public-key signatures: with a shared secret whoever can check can also sign.</summary>
    public static readonly FrozenSet<string> Algorithms = new[]
    {
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512, SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Made at first need: one for each curve and one for RSA.</summary>
    private static readonly Lazy<FrozenDictionary<string, JsonWebKey>> Decoys = new(MakeNobodys);

    /// <summary>Reads a file that holds a JWK Set.</summary>
    /// <param name="problem">What is wrong with the file, without its content; null when all is well.</param>
    public static FrozenDictionary<string, JsonWebKey>? ReadFile(string path, out string? problem)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problem = "cannot be read as a JWK Set";
            return null;
        }
        return Read(text, out problem);
    }

    /// <summary>Reads a JWK Set that holds usable public keys alone.</summary>
    /// <param name="problem">What is wrong, without its content; null when all is well.</param>
    public static FrozenDictionary<string, JsonWebKey>? Read(string text, out string? problem)
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
                problem = "holds a private key; only its owner may have that";
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

    /// <summary>A key for an algorithm, made here, with which nobody can sign.</summary>
    /// <param name="algorithm">One of <see cref="Algorithms"/>.</param>
    public static JsonWebKey Nobodys(string algorithm) => Decoys.Value[algorithm];

    private static FrozenDictionary<string, JsonWebKey> MakeNobodys()
    {
        using var made = RSA.Create(ShortestRsaKey);
        var numbers = made.ExportParameters(includePrivateParameters: false);
        var rsa = new JsonWebKey { Kty = JsonWebAlgorithmsKeyTypes.RSA, N = Base64UrlEncoder.Encode(numbers.Modulus), E = Base64UrlEncoder.Encode(numbers.Exponent) };
        return Algorithms.ToFrozenDictionary(a => a, a => a switch
        {
            SecurityAlgorithms.EcdsaSha256 => OnCurve(JsonWebKeyECTypes.P256, ECCurve.NamedCurves.nistP256),
            SecurityAlgorithms.EcdsaSha384 => OnCurve(JsonWebKeyECTypes.P384, ECCurve.NamedCurves.nistP384),
            SecurityAlgorithms.EcdsaSha512 => OnCurve(JsonWebKeyECTypes.P521, ECCurve.NamedCurves.nistP521),
            _ => rsa,
        }, StringComparer.Ordinal);

        static JsonWebKey OnCurve(string name, ECCurve curve)
        {
            using var key = ECDsa.Create(curve);
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            return new JsonWebKey { Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv = name, X = Base64UrlEncoder.Encode(point.X), Y = Base64UrlEncoder.Encode(point.Y) };
        }
    }
}
