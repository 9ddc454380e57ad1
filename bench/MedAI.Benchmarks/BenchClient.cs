using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MedAI.Benchmarks;

/// <summary>An EHR that signs its calls.</summary>
internal sealed class BenchClient : IDisposable
{
    public const string Issuer = "https://ehr.example.org";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly string _folder = Directory.CreateTempSubdirectory("medai-bench-").FullName;
    private int _tokens;

    public BenchClient()
    {
        var rsa = _rsa.ExportParameters(false);
        var point = _ec.ExportParameters(false).Q;
        KeysFile = Path.Combine(_folder, "jwks.json");
        File.WriteAllText(KeysFile, $$"""
            {"keys":[{"kty":"RSA","kid":"RS384","use":"sig","n":"{{Encode(rsa.Modulus)}}","e":"{{Encode(rsa.Exponent)}}"},
            {"kty":"EC","crv":"P-384","kid":"ES384","use":"sig","x":"{{Encode(point.X)}}","y":"{{Encode(point.Y)}}"}]}
            """);
    }

    public string KeysFile { get; }

    public string Token(string algorithm, string audience)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string signed = Encode(JsonSerializer.SerializeToUtf8Bytes(new { alg = algorithm, kid = algorithm, typ = "JWT" })) + "."
            + Encode(JsonSerializer.SerializeToUtf8Bytes(new { iss = Issuer, aud = audience, iat = now, exp = now + 3_000, jti = Interlocked.Increment(ref _tokens).ToString(System.Globalization.CultureInfo.InvariantCulture) }));
        return signed + "." + Encode(Sign(algorithm, Encoding.ASCII.GetBytes(signed)));
    }

    /// <summary>What one signature check does, without anything around it.</summary>
    public Action Check(string algorithm)
    {
        byte[] data = RandomNumberGenerator.GetBytes(300);
        byte[] signature = Sign(algorithm, data);
        return () =>
        {
            if (!(algorithm == "RS384" ? _rsa.VerifyData(data, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1) : _ec.VerifyData(data, signature, HashAlgorithmName.SHA384)))
                throw new CryptographicException("The signature is good.");
        };
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private byte[] Sign(string algorithm, byte[] data) =>
        algorithm == "RS384" ? _rsa.SignData(data, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1) : _ec.SignData(data, HashAlgorithmName.SHA384);

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
