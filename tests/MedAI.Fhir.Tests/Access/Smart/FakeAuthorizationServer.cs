using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Access.Clients;

namespace MedAI.Fhir.Tests.Access.Smart;

/// <summary>An authorization server with keys of its own, whose access tokens can be wrong in every way.</summary>
internal sealed class FakeAuthorizationServer : IDisposable
{
    public const string Issuer = "https://auth.example.org";

    public const string App = "growth-chart";

    private readonly string _folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
    private readonly ECDsa _ec256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _ec384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly RSA _rsa = RSA.Create(2048);

    public FakeAuthorizationServer()
    {
        KeysFile = Path.Combine(_folder, "jwks.json");
        File.WriteAllText(KeysFile, Jwks().ToJsonString());
    }

    public string KeysFile { get; }

    /// <summary>Configuration that trusts this server under the name "auth".</summary>
    public string[] Trusted => ["--Smart:Issuers:0:Name", "auth", "--Smart:Issuers:0:Issuer", Issuer, "--Smart:Issuers:0:JwksFile", KeysFile, "--Clients:RefusalsPerSecond", "10000"];

    public JsonObject Jwks()
    {
        var rsa = _rsa.ExportParameters(false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(Ec(_ec256, "P-256", "ec256"), Ec(_ec384, "P-384", "ec384"),
                new JsonObject { ["kty"] = "RSA", ["kid"] = "rsa", ["use"] = "sig", ["n"] = FakeEhr.Encode(rsa.Modulus), ["e"] = FakeEhr.Encode(rsa.Exponent) }),
        };
    }

    /// <summary>A good token for the server, changed as wished.</summary>
    public string Token(MedAIServer server, string scope, string? patient = null, Action<JsonObject>? payload = null, Action<JsonObject>? header = null, string algorithm = "ES384",
        DateTimeOffset? at = null)
    {
        long now = (at ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds();
        var body = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = server.FhirBase,
            ["iat"] = now,
            ["exp"] = now + 300,
            ["sub"] = "user-1",
            ["client_id"] = App,
            ["scope"] = scope,
        };
        if (patient is not null)
            body["patient"] = patient;
        var head = new JsonObject { ["alg"] = algorithm, ["kid"] = algorithm switch { "ES256" => "ec256", "ES384" => "ec384", _ => "rsa" }, ["typ"] = "at+jwt" };
        payload?.Invoke(body);
        header?.Invoke(head);
        return Sign(head, body);
    }

    public string Sign(JsonObject header, JsonObject payload)
    {
        string signed = $"{FakeEhr.Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{FakeEhr.Encode(Encoding.UTF8.GetBytes(payload.ToJsonString()))}";
        byte[] bytes = Encoding.ASCII.GetBytes(signed);
        byte[] signature = (string?)header["alg"] switch
        {
            "RS256" => _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS384" => _rsa.SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "PS384" => _rsa.SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
            "ES256" => _ec256.SignData(bytes, HashAlgorithmName.SHA256),
            "HS256" => HMACSHA256.HashData(_rsa.ExportSubjectPublicKeyInfo(), bytes),
            "none" => [],
            _ => _ec384.SignData(bytes, HashAlgorithmName.SHA384),
        };
        return $"{signed}.{FakeEhr.Encode(signature)}";
    }

    public void Dispose()
    {
        _ec256.Dispose();
        _ec384.Dispose();
        _rsa.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static JsonObject Ec(ECDsa key, string curve, string kid)
    {
        var point = key.ExportParameters(false).Q;
        return new() { ["kty"] = "EC", ["crv"] = curve, ["kid"] = kid, ["use"] = "sig", ["x"] = FakeEhr.Encode(point.X), ["y"] = FakeEhr.Encode(point.Y) };
    }
}
