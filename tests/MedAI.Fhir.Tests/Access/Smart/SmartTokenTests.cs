using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Access.Clients;
using MedAI.Fhir.Tests.Access.Outbound;
using MedAI.Fhir.Tests.CdsHooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.Access.Smart;

/// <summary>Access tokens on real Kestrel: which are good, and that every bad one has the same answer.</summary>
public sealed class SmartTokenTests(SmartTokenTests.Guarded guarded) : IClassFixture<SmartTokenTests.Guarded>
{
    private const string Scope = "system/*.cruds";

    private FakeAuthorizationServer Auth => guarded.Auth;

    private HeardLog Log => guarded.Log;

    private MedAIServer Server => guarded.Server;

    private string Device => guarded.Device;

    /// <summary>A demo server that trusts an authorization server and no client.</summary>
    public sealed class Guarded : IAsyncLifetime
    {
        internal FakeAuthorizationServer Auth { get; } = new();

        internal HeardLog Log { get; } = new();

        public MedAIServer Server { get; private set; } = null!;

        public string Device { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Server = await MedAIServer.StartAsync(null, [.. Auth.Trusted, "--demo", "--Smart:Issuers:0:Tenants:0", "north", .. Log.Levels], builder => builder.Logging.AddProvider(Log));
            Device = "/fhir/Device/" + (await Server.App.Services.GetRequiredService<Fhir.Store.IResourceStore>().ListAsync("Device", 1, default))[0].Id;
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            Auth.Dispose();
        }
    }

    private Task<Answer> ReadAsync(string? token, string scheme = "Bearer") => FakeEhr.SendAsync(Server, HttpMethod.Get, Device, token, scheme: scheme);

    [Theory, Trait("promise", "M-501")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("RS256")]
    [InlineData("RS384")]
    public async Task Good_token_opens_the_door_again_and_again(string algorithm)
    {
        string token = Auth.Token(Server, Scope, algorithm: algorithm);
        for (int i = 0; i < 3; i++)
            (await ReadAsync(token)).AssertOk();
    }

    [Theory, Trait("promise", "M-501")]
    [InlineData("JWT")]
    [InlineData("application/at+jwt")]
    [InlineData(null)]
    public async Task Types_that_authorization_servers_write_are_taken(string? type) => (await ReadAsync(Auth.Token(Server, Scope, header: h => h["typ"] = type))).AssertOk();

    public static TheoryData<string> Faults => ["none", "garbage", "two parts", "unsigned", "no signature", "shared secret", "PS384", "other key", "wrong key id", "no key id", "type", "issuer", "no issuer", "audience",
        "hooks audience", "no audience", "expired", "premature", "not yet", "long-lived", "no expiry", "no issue", "no scope", "scope of another type", "patient of another type", "empty patient", "user of another type", "tenant", "own keys", "jku", "scheme"];

    [Theory, MemberData(nameof(Faults)), Trait("promise", "M-501"), Trait("promise", "M-602"), Trait("promise", "S-01"), Trait("promise", "S-02"), Trait("promise", "S-08"), Trait("promise", "P-16")]
    public async Task Every_bad_token_has_the_same_answer(string fault)
    {
        using var thief = new FakeAuthorizationServer();
        string good = Auth.Token(Server, Scope);
        string? token = fault switch
        {
            "none" => null,
            "garbage" => "a.b.c",
            "two parts" => good[..good.LastIndexOf('.')],
            "unsigned" => Auth.Token(Server, Scope, header: h => h["alg"] = "none"),
            "no signature" => good[..(good.LastIndexOf('.') + 1)],
            "shared secret" => Auth.Token(Server, Scope, header: h => h["kid"] = "rsa", algorithm: "HS256"),
            "PS384" => Auth.Token(Server, Scope, algorithm: "PS384"),
            "other key" => thief.Token(Server, Scope),
            "wrong key id" => Auth.Token(Server, Scope, header: h => h["kid"] = "ec256"),
            "no key id" => Auth.Token(Server, Scope, header: h => h.Remove("kid")),
            "type" => Auth.Token(Server, Scope, header: h => h["typ"] = "logout+jwt"),
            "issuer" => Auth.Token(Server, Scope, payload: p => p["iss"] = FakeAuthorizationServer.Issuer + "/"),
            "no issuer" => Auth.Token(Server, Scope, payload: p => p.Remove("iss")),
            "audience" => Auth.Token(Server, Scope, payload: p => p["aud"] = "https://other.example.org/fhir"),
            "hooks audience" => Auth.Token(Server, Scope, payload: p => p["aud"] = Server.Origin),
            "no audience" => Auth.Token(Server, Scope, payload: p => p.Remove("aud")),
            "expired" => Auth.Token(Server, Scope, at: DateTimeOffset.UtcNow.AddSeconds(-340)),
            "premature" => Auth.Token(Server, Scope, at: DateTimeOffset.UtcNow.AddSeconds(60)),
            "not yet" => Auth.Token(Server, Scope, payload: p => p["nbf"] = DateTimeOffset.UtcNow.AddSeconds(60).ToUnixTimeSeconds()),
            "long-lived" => Auth.Token(Server, Scope, payload: p => p["exp"] = (long)p["iat"]! + 3_601),
            "no expiry" => Auth.Token(Server, Scope, payload: p => p.Remove("exp")),
            "no issue" => Auth.Token(Server, Scope, payload: p => p.Remove("iat")),
            "no scope" => Auth.Token(Server, Scope, payload: p => p.Remove("scope")),
            "scope of another type" => Auth.Token(Server, Scope, payload: p => p["scope"] = new JsonObject { ["system"] = "*" }),
            "patient of another type" => Auth.Token(Server, Scope, payload: p => p["patient"] = 7),
            "empty patient" => Auth.Token(Server, Scope, payload: p => p["patient"] = ""),
            "user of another type" => Auth.Token(Server, Scope, payload: p => p["fhirUser"] = new JsonArray()),
            "tenant" => Auth.Token(Server, Scope, payload: p => p["tenant"] = "south"),
            "own keys" => thief.Token(Server, Scope, header: h => h["jwk"] = thief.Jwks()["keys"]![1]!.DeepClone()),
            "jku" => Auth.Token(Server, Scope, header: h => h["jku"] = "https://auth.example.org/jwks"),
            "scheme" => good,
            _ => throw new InvalidOperationException(fault),
        };
        var answer = await ReadAsync(token, fault == "scheme" ? "Basic" : "Bearer");
        answer.AssertFailure(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal(("login", "A good access token is needed."), (answer.Json.GetProperty("issue")[0].GetProperty("code").GetString(), answer.Json.GetProperty("issue")[0].GetProperty("details").GetProperty("text").GetString()));
        Assert.False(answer.Json.GetProperty("issue")[0].TryGetProperty("diagnostics", out _));
        Assert.Equal("Bearer", answer.Response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(["Cache-Control", "Date", "WWW-Authenticate", "X-Content-Type-Options", "X-Request-ID"], answer.Response.Headers.Select(h => h.Key).Order(StringComparer.Ordinal));
        var row = Assert.Single(await Server.AuditAsync(answer));
        Assert.Equal(("access", "unknown", "error", 401), (row.Trigger, row.Client, row.Outcome, row.Status));
        Assert.All(Log.Lines, l => Assert.DoesNotContain("eyJ", l, StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-501"), Trait("promise", "S-11")]
    public async Task Token_in_the_address_is_400()
    {
        (await FakeEhr.SendAsync(Server, HttpMethod.Get, $"{Device}?access_token={Auth.Token(Server, Scope)}", null)).AssertFailure(HttpStatusCode.BadRequest, "malformed-request");
        Assert.All(Log.Lines, l => Assert.DoesNotContain("eyJ", l, StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-502")]
    public async Task Conformance_model_cards_and_SMART_configuration_need_no_token_and_hooks_let_no_issuer_in()
    {
        foreach (string path in (string[])["/fhir/metadata", "/fhir/OperationDefinition/explain", "/fhir/StructureDefinition", "/fhir/$model-card?model=icu-mortality", Device + "/$model-card"])
            (await FakeEhr.SendAsync(Server, HttpMethod.Get, path, null)).AssertOk();
        foreach (string path in (string[])["/cds-services", "/feedback/summary", "/health/coverage"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await FakeEhr.SendAsync(Server, HttpMethod.Get, path, null)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await FakeEhr.SendAsync(Server, HttpMethod.Get, path, Auth.Token(Server, Scope, payload: p => p["aud"] = new JsonArray(Server.FhirBase, Server.Origin + path)))).Status);
        }
        var security = (await Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0].GetProperty("security");
        Assert.Equal("SMART-on-FHIR", security.GetProperty("service")[0].GetProperty("coding")[0].GetProperty("code").GetString());
    }

    [Fact, Trait("promise", "M-501")]
    public async Task Audit_names_issuer_application_and_user()
    {
        (await FakeEhr.SendAsync(Server, HttpMethod.Post, "/fhir/Patient/demo-stable/$assess-risk", Auth.Token(Server, Scope, payload: p => p["fhirUser"] = "https://ehr.example.org/fhir/Practitioner/ada"))).AssertOk();
        var answer = (await FakeEhr.SendAsync(Server, HttpMethod.Post, "/fhir/Patient/demo-stable/$assess-risk", Auth.Token(Server, Scope, payload: p => { p["azp"] = "other"; p.Remove("client_id"); p["tenant"] = "north"; }))).AssertOk();
        var row = Assert.Single(await Server.AuditAsync(answer));
        Assert.Equal(("auth/other", "user-1", "auth/north"), (row.Client, row.User, row.Patient!.Tenant));
    }

    [Fact, Trait("promise", "M-501"), Trait("promise", "S-10")]
    public async Task Keys_at_an_address_are_fetched_once_and_rotate_with_bounded_refresh()
    {
        var clock = new MovedClock(Call.SampleTime);
        var set = Auth.Jwks();
        await using var keys = await FakeUpstream.StartAsync(context => FhirOfEhr.WriteAsync(context, set.ToJsonString(), "application/json"));
        await using var server = await MedAIServer.StartAsync(null,
        [
            "--Outbound:LoopbackHttp", "true", "--Outbound:Origins:0:Origin", keys.Origin, "--Outbound:Origins:0:Uses:0", "Jwks", "--Outbound:Origins:0:Internal", "true", "--Clients:RefusalsPerSecond", "10000",
            "--Smart:Issuers:0:Name", "auth", "--Smart:Issuers:0:Issuer", FakeAuthorizationServer.Issuer, "--Smart:Issuers:0:JwksUrl", keys.Origin + "/jwks",
        ], builder => builder.Services.AddSingleton<TimeProvider>(clock));
        async Task<HttpStatusCode> AskAsync(FakeAuthorizationServer signer, string kid) =>
            (await FakeEhr.SendAsync(server, HttpMethod.Get, "/fhir/DiagnosticReport", signer.Token(server, Scope, header: h => h["kid"] = kid, at: clock.Now))).Status;
        for (int i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, await AskAsync(Auth, "ec384"));
        Assert.Single(keys.Requests);
        using var next = new FakeAuthorizationServer();
        clock.Now += TimeSpan.FromSeconds(61);
        var rotated = next.Jwks()["keys"]![1]!.DeepClone();
        rotated["kid"] = "new";
        set["keys"]!.AsArray().Add(rotated);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(next, "new"));
        Assert.Equal(2, keys.Requests.Count);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i => Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(next, $"invented-{i}"))));
        Assert.Equal(2, keys.Requests.Count);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(Auth, "ec384"));
    }

    public static TheoryData<string, string, string> BadIssuers => new()
    {
        { "Name", "two words", "Name" },
        { "Issuer", "auth", "Issuer" },
        { "JwksFile", "/no/such/file", "JwksFile" },
        { "JwksUrl", "https://auth.example.org/jwks", "needs a JwksFile or a JwksUrl" },
        { "Algorithms:0", "HS256", "Algorithms" },
        { "Algorithms:0", "ES512", "Algorithms" },
        { "PatientFhirBase", "https://ehr.example.org/fhir/", "PatientFhirBase" },
        { "Tenant", "two words", "Tenant" },
        { "Audience", " ", "Audience" },
    };

    [Theory, MemberData(nameof(BadIssuers)), Trait("promise", "M-503")]
    public async Task Issuer_that_cannot_be_trusted_stops_the_start(string setting, string value, string named)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => MedAIServer.StartAsync([.. Auth.Trusted, "--Smart:Issuers:0:" + setting, value]));
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-503")]
    public async Task Issuer_that_is_also_a_client_and_permissions_that_nobody_enforces_stop_the_start()
    {
        using var ehr = new FakeEhr();
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => ehr.ServeAsync([.. Auth.Trusted, "--Smart:Issuers:0:Issuer", FakeEhr.Issuer]));
        Assert.Contains("not that of a client", failure.Message, StringComparison.Ordinal);
        failure = await Assert.ThrowsAsync<OptionsValidationException>(() => MedAIServer.StartAsync("--Smart:TokenEndpoint", "https://auth.example.org/token", "--Smart:Capabilities:0", "permission-v2"));
        Assert.Contains("must not promise permissions", failure.Message, StringComparison.Ordinal);
    }
}
