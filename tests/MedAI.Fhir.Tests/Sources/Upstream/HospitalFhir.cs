using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using MedAI.Fhir.Tests.CdsHooks;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Tests.Sources.Upstream;

/// <summary>A hospital's FHIR server that lets registered backend services in alone, with its authorization server beside it, on real Kestrel.</summary>
internal sealed class HospitalFhir : IAsyncDisposable
{
    public const string ClientId = "medai-backend";
    public const string KeyId = "medai-key-1";
    public const string TokenStem = "canary-access-7d1e-";

    private readonly string _folder = Directory.CreateTempSubdirectory("medai-key-").FullName;
    private readonly AsymmetricAlgorithm _key;
    private readonly SecurityKey _public;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, bool> _jtis = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new();

    private HospitalFhir(FhirOfEhr fhir, string algorithm, TimeProvider time)
    {
        (Fhir, Algorithm, _time) = (fhir, algorithm, time);
        if (algorithm == SecurityAlgorithms.EcdsaSha384)
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
            (_key, _public) = (key, new ECDsaSecurityKey(ECDsa.Create(key.ExportParameters(false))) { KeyId = KeyId });
        }
        else
        {
            var key = RSA.Create(2048);
            (_key, _public) = (key, new RsaSecurityKey(key.ExportParameters(false)) { KeyId = KeyId });
        }
        KeyFile = Path.Combine(_folder, "key.pem");
        File.WriteAllText(KeyFile, _key.ExportPkcs8PrivateKeyPem());
        fhir.Instead = AnswerAsync;
    }

    public FhirOfEhr Fhir { get; }

    public string Algorithm { get; }

    public string KeyFile { get; }

    public string TokenEndpoint => Fhir.Upstream.Origin + "/oauth/token";

    /// <summary>Seconds that a token lives.</summary>
    public int Life { get; set; } = 300;

    /// <summary>What the server grants; null: it does not say.</summary>
    public string? Scope { get; set; } = "system/*.rs";

    /// <summary>Status of the token endpoint in place of an answer.</summary>
    public int? TokenFails { get; set; }

    /// <summary>Tokens that were good are good no more.</summary>
    public void Revoke() => _tokens.Clear();

    /// <summary>Nobody is let in whatever he shows.</summary>
    public bool Closed { get; set; }

    /// <summary>Answers a request that was let in; false: as usual.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    public int TokensGiven => _jtis.Count;

    /// <summary>What was wrong with an assertion.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    public static async Task<HospitalFhir> StartAsync(TimeProvider time, string algorithm = SecurityAlgorithms.EcdsaSha384) => new(await FhirOfEhr.StartAsync(), algorithm, time);

    /// <summary>Settings of a server that is registered here.</summary>
    public string[] Settings(bool discover = true) =>
    [
        .. TrustedEhr.Trust(Fhir), "--Outbound:Origins:0:Uses:1", "Token", "--Upstream:Base", Fhir.Base, "--Upstream:ClientId", ClientId, "--Upstream:KeyFile", KeyFile, "--Upstream:KeyId", KeyId,
        .. discover ? Array.Empty<string>() : ["--Upstream:TokenEndpoint", TokenEndpoint],
    ];

    private async Task<bool> AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/fhir/.well-known/smart-configuration":
                await FhirOfEhr.WriteAsync(context, $$"""{"token_endpoint":"{{TokenEndpoint}}"}""", "application/json");
                return true;
            case "/oauth/token":
                await GiveAsync(context);
                return true;
            case var path when path == "/fhir" || path!.StartsWith("/fhir/", StringComparison.Ordinal):
                string token = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
                if (Closed || !_tokens.TryGetValue(token, out var until) || until <= _time.GetUtcNow())
                {
                    context.Response.StatusCode = 401;
                    return true;
                }
                return Instead is { } instead && await instead(context);
            default:
                return false;
        }
    }

    private async Task GiveAsync(HttpContext context)
    {
        if (TokenFails is { } status)
        {
            context.Response.StatusCode = status;
            return;
        }
        var form = await context.Request.ReadFormAsync();
        string assertion = form["client_assertion"].ToString();
        var read = await new JsonWebTokenHandler().ValidateTokenAsync(assertion, new TokenValidationParameters
        {
            ValidIssuer = ClientId,
            ValidAudience = TokenEndpoint,
            IssuerSigningKey = _public,
            ValidAlgorithms = [Algorithm],
            // Clocks of tests stand still.
            ValidateLifetime = false,
        });
        if (!read.IsValid)
            Wrong.Enqueue("signature, issuer or audience");
        var jwt = new JsonWebToken(assertion);
        long now = _time.GetUtcNow().ToUnixTimeSeconds(), exp = jwt.GetPayloadValue<long>("exp");
        if (jwt.Subject != ClientId || jwt.Kid != KeyId || exp <= now || exp > now + 300)
            Wrong.Enqueue("sub, kid or exp");
        if (string.IsNullOrEmpty(jwt.Id) || !_jtis.TryAdd(jwt.Id, true))
            Wrong.Enqueue("jti");
        if (form["grant_type"] != "client_credentials" || form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form["scope"] != "system/*.rs" || form.Count != 4)
            Wrong.Enqueue("form");
        string token = TokenStem + TokensGiven.ToString(CultureInfo.InvariantCulture);
        _tokens[token] = _time.GetUtcNow().AddSeconds(Life);
        string scope = Scope is null ? "" : $$""","scope":"{{Scope}}" """;
        await FhirOfEhr.WriteAsync(context, $$"""{"access_token":"{{token}}","token_type":"bearer","expires_in":{{Life}}{{scope}}}""", "application/json");
    }

    public async ValueTask DisposeAsync()
    {
        await Fhir.DisposeAsync();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
