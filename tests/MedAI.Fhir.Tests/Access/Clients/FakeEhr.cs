using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.Access.Clients;

/// <summary>An EHR with keys of its own, whose tokens can be wrong in every way.</summary>
internal sealed class FakeEhr : IDisposable
{
    public const string Issuer = "https://ehr.example.org";

    private readonly string _folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
    private int _tokens;

    public FakeEhr()
    {
        KeysFile = Path.Combine(_folder, "jwks.json");
        File.WriteAllText(KeysFile, Jwks().ToJsonString());
    }

    public ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public RSA Rsa { get; } = RSA.Create(2048);

    public string KeysFile { get; }

    public static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    public JsonObject Jwks() => new() { ["keys"] = new JsonArray(EcKey(), RsaKey()) };

    public JsonObject EcKey()
    {
        var point = Ec.ExportParameters(false).Q;
        return new() { ["kty"] = "EC", ["crv"] = "P-384", ["kid"] = "ec", ["use"] = "sig", ["x"] = Encode(point.X), ["y"] = Encode(point.Y) };
    }

    public JsonObject RsaKey()
    {
        var key = Rsa.ExportParameters(false);
        return new() { ["kty"] = "RSA", ["kid"] = "rsa", ["use"] = "sig", ["n"] = Encode(key.Modulus), ["e"] = Encode(key.Exponent) };
    }

    public Task<MedAIServer> ServeAsync(params string[] more) => ServeAsync(null, more);

    /// <param name="log">Hears what the server logs; null: nobody does.</param>
    public Task<MedAIServer> ServeAsync(HeardLog? log, params string[] more) => MedAIServer.StartAsync(null, [
        "--demo", "--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", Issuer, "--Clients:Trusted:0:JwksFile", KeysFile, "--Clients:RefusalsPerSecond", "10000", .. log?.Levels ?? [], .. more,
    ], builder =>
    {
        if (log is not null)
            builder.Logging.AddProvider(log);
    });

    public static JsonObject Header(string algorithm = "ES384", string kid = "ec") => new() { ["alg"] = algorithm, ["kid"] = kid, ["typ"] = "JWT" };

    public JsonObject Payload(string audience, DateTimeOffset? at = null)
    {
        long now = (at ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds();
        return new() { ["iss"] = Issuer, ["aud"] = audience, ["iat"] = now, ["exp"] = now + 300, ["jti"] = string.Create(null, $"t-{Interlocked.Increment(ref _tokens)}") };
    }

    /// <summary>A token signed as its header says.</summary>
    public string Sign(JsonObject header, JsonObject payload)
    {
        string signed = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(payload.ToJsonString()))}";
        byte[] bytes = Encoding.ASCII.GetBytes(signed);
        byte[] signature = (string?)header["alg"] switch
        {
            "RS384" => Rsa.SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "RS256" => Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "PS384" => Rsa.SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
            "HS256" => HMACSHA256.HashData(Rsa.ExportSubjectPublicKeyInfo(), bytes),
            "HS384" => HMACSHA384.HashData(Encoding.ASCII.GetBytes(Ec.ExportSubjectPublicKeyInfoPem()), bytes),
            _ => Ec.SignData(bytes, HashAlgorithmName.SHA384),
        };
        return $"{signed}.{Encode(signature)}";
    }

    public string Token(string audience, Action<JsonObject>? payload = null, Action<JsonObject>? header = null, string algorithm = "ES384")
    {
        var head = Header(algorithm, algorithm[0] == 'E' ? "ec" : "rsa");
        var body = Payload(audience);
        payload?.Invoke(body);
        header?.Invoke(head);
        return Sign(head, body);
    }

    public static async Task<Answer> SendAsync(MedAIServer server, HttpMethod method, string path, string? token, JsonNode? body = null, string scheme = "Bearer", string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {token}");
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        }
        return await Answer.ReadAsync(await server.Client.SendAsync(request));
    }

    public void Dispose()
    {
        Ec.Dispose();
        Rsa.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
