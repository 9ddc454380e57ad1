using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Access.Outbound;
using MedAI.Fhir.Tests.CdsHooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Access.Clients;

/// <summary>A client whose keys lie at an address.</summary>
public sealed class FetchedKeysTests : IAsyncLifetime
{
    private const string Services = "/cds-services";

    private readonly FakeEhr _ehr = new();
    private readonly MovedClock _clock = new(Call.SampleTime);
    private FakeUpstream _keys = null!;
    private MedAIServer _server = null!;
    private Func<HttpContext, Task>? _instead;
    private JsonObject _set = null!;

    public async ValueTask InitializeAsync()
    {
        _set = _ehr.Jwks();
        _keys = await FakeUpstream.StartAsync(context => _instead is { } instead ? instead(context) : FhirOfEhr.WriteAsync(context, _set.ToJsonString(), "application/json"));
        _server = await MedAIServer.StartAsync(null,
        [
            "--Outbound:LoopbackHttp", "true", "--Outbound:BreakAfterFailures", "1000", "--Outbound:Origins:0:Origin", _keys.Origin, "--Outbound:Origins:0:Uses:0", "Jwks",
            "--Outbound:Origins:0:Internal", "true", "--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", FakeEhr.Issuer, "--Clients:Trusted:0:JwksUrl", Url,
            "--Clients:RefusalsPerSecond", "10000",
        ], builder => builder.Services.AddSingleton<TimeProvider>(_clock));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _keys.DisposeAsync();
        _ehr.Dispose();
    }

    private string Url => _keys.Origin + "/jwks.json";

    private async Task<HttpStatusCode> AskAsync(Action<JsonObject>? header = null, FakeEhr? signer = null)
    {
        var head = FakeEhr.Header();
        header?.Invoke(head);
        var answer = await FakeEhr.SendAsync(_server, HttpMethod.Get, Services, (signer ?? _ehr).Sign(head, _ehr.Payload(_server.Origin + Services, _clock.Now)));
        return answer.Status;
    }

    [Fact, Trait("promise", "S-10"), Trait("promise", "W9")]
    public async Task Keys_are_fetched_once_and_kept()
    {
        for (int i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.OK, await AskAsync(i % 2 == 0 ? null : h => h["jku"] = Url));
        Assert.Single(_keys.Requests);
        _clock.Now += TimeSpan.FromMinutes(59);
        Assert.Equal(HttpStatusCode.OK, await AskAsync());
        Assert.Single(_keys.Requests);
        _clock.Now += TimeSpan.FromMinutes(2);
        Assert.Equal(HttpStatusCode.OK, await AskAsync());
        Assert.Equal(2, _keys.Requests.Count);
    }

    [Fact, Trait("promise", "V9"), Trait("promise", "S-10")]
    public async Task Rotated_key_is_fetched_and_a_flood_of_invented_ids_fetches_once()
    {
        Assert.Equal(HttpStatusCode.OK, await AskAsync());
        _clock.Now += TimeSpan.FromSeconds(61);
        using var rotated = new FakeEhr();
        var key = rotated.EcKey();
        key["kid"] = "new";
        _set = new JsonObject { ["keys"] = new JsonArray(_ehr.EcKey(), key) };
        Assert.Equal(HttpStatusCode.OK, await AskAsync(h => h["kid"] = "new", rotated));
        Assert.Equal(2, _keys.Requests.Count);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async i => Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(h => h["kid"] = $"invented-{i}"))));
        Assert.Equal(2, _keys.Requests.Count);
        _clock.Now += TimeSpan.FromSeconds(61);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async i => Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(h => h["kid"] = $"again-{i}"))));
        Assert.Equal(3, _keys.Requests.Count);
        Assert.Equal(HttpStatusCode.OK, await AskAsync());
    }

    [Theory, Trait("promise", "S-10")]
    [InlineData("500")]
    [InlineData("huge")]
    [InlineData("html")]
    [InlineData("private")]
    [InlineData("redirect")]
    [InlineData("slow")]
    public async Task Keys_stay_good_until_their_time_while_the_address_fails(string kind)
    {
        Assert.Equal(HttpStatusCode.OK, await AskAsync());
        _instead = async context =>
        {
            switch (kind)
            {
                case "huge":
                    await FhirOfEhr.WriteAsync(context, new string(' ', 10 * 1024 * 1024), "application/json");
                    break;
                case "html":
                    await FhirOfEhr.WriteAsync(context, "<html>", "text/html");
                    break;
                case "private":
                    var leaked = _ehr.EcKey();
                    leaked["d"] = FakeEhr.Encode(_ehr.Ec.ExportParameters(true).D);
                    await FhirOfEhr.WriteAsync(context, new JsonObject { ["keys"] = new JsonArray(leaked) }.ToJsonString(), "application/json");
                    break;
                case "redirect":
                    context.Response.Redirect("/elsewhere");
                    break;
                case "slow":
                    // Longer than we wait; a client with a known key does not wait at all.
                    await Task.Delay(20_000, context.RequestAborted);
                    break;
                default:
                    context.Response.StatusCode = 500;
                    break;
            }
        };
        _clock.Now += TimeSpan.FromMinutes(30);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(h => h["kid"] = "unknown"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync());
        _clock.Now += TimeSpan.FromMinutes(31);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync());
        _instead = null;
        _clock.Now += TimeSpan.FromSeconds(61);
        Assert.Equal(HttpStatusCode.OK, await AskAsync());
    }

    [Fact, Trait("promise", "S-04"), Trait("promise", "W8")]
    public async Task Other_addresses_of_keys_are_refused_and_not_asked()
    {
        using var thief = new FakeEhr();
        await using var trap = await FakeUpstream.StartAsync(thief.Jwks().ToJsonString());
        var url = new Uri(Url);
        foreach (string jku in (string[])
            [trap.Origin + "/jwks.json", "http://localhost:1/jwks.json", Url + "?x=1", Url + "#x", Url + "/", $"http://127.0.0.1:{url.Port}@127.0.0.1:{trap.Port}/jwks.json", $"http://127.0.0.1.evil.test:{url.Port}/jwks.json", "", "file:///etc/passwd"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(h => h["jku"] = jku, thief));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(h => h["jku"] = jku));
        }
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(h => h["jku"] = 7));
        Assert.Equal(0, trap.Connections);
        Assert.Empty(_keys.Requests);
    }

    [Fact, Trait("promise", "S-01"), Trait("promise", "S-05")]
    public async Task Token_that_is_refused_by_its_head_fetches_no_keys()
    {
        await using var trap = await FakeUpstream.StartAsync(_ehr.Jwks().ToJsonString());
        foreach (string none in (string[])["none", "None", "nOnE", "HS256", ""])
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(h => h["alg"] = none));
        Assert.Empty(_keys.Requests);
        using var thief = new FakeEhr();
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(h => h["x5u"] = trap.Origin + "/key.pem", thief));
        Assert.Equal(0, trap.Connections);
    }
}
