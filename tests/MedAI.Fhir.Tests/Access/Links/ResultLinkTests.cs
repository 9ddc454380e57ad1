using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Access.Clients;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Access.Links;

/// <summary>What a configured client's clinicians open, and what nobody else does.</summary>
public sealed class ResultLinkTests : IAsyncLifetime
{
    private readonly FakeEhr _ehr = new();
    private readonly MovedClock _clock = new(Call.SampleTime);
    private MedAIServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ehr.Dispose();
    }

    private Task<MedAIServer> StartAsync(params string[] more) => MedAIServer.StartAsync(null,
    [
        .. Call.Outspoken("icu-mortality", "2.0.0"), "--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", FakeEhr.Issuer, "--Clients:Trusted:0:JwksFile", _ehr.KeysFile,
        "--Clients:Trusted:0:Tenants:0", "north", "--Clients:Trusted:0:Tenants:1", "south", .. more,
    ], builder => builder.Services.AddSingleton<TimeProvider>(_clock));

    private Task<Answer> SendAsync(MedAIServer server, HttpMethod method, string path, JsonNode? body = null, string? tenant = null)
    {
        var payload = _ehr.Payload(server.Origin + path, _clock.Now);
        if (tenant is not null)
            payload["tenant"] = tenant;
        return FakeEhr.SendAsync(server, method, path, _ehr.Sign(FakeEhr.Header(), payload), body);
    }

    private async Task<(string Url, string ResultId)> CardAsync()
    {
        var answer = (await SendAsync(_server, HttpMethod.Post, Call.Hook, Call.WithPrefetch(), "north")).AssertOk();
        var link = answer.Card.GetProperty("links")[0];
        Assert.Equal("absolute", link.GetProperty("type").GetString());
        Assert.False(link.TryGetProperty("appContext", out _));
        return (link.GetProperty("url").GetString()!, (await _server.AuditAsync(answer))[0].ResultId!);
    }

    [Fact, Trait("promise", "M-390")]
    public async Task Link_of_a_card_opens_its_result_for_a_while_and_is_audited()
    {
        var (url, id) = await CardAsync();
        Assert.StartsWith(_server.Origin + "/results/", url, StringComparison.Ordinal);
        Assert.DoesNotContain(id, url, StringComparison.Ordinal);
        Assert.DoesNotContain("demo-deteriorating", url, StringComparison.Ordinal);

        var page = (await _server.GetAsync(url, "text/html")).AssertOk();
        Assert.StartsWith("text/html", page.ContentType, StringComparison.Ordinal);
        Assert.Equal("no-store", page.Response.Headers.CacheControl!.ToString());
        Assert.Equal("no-referrer", page.Response.Headers.GetValues("Referrer-Policy").Single());
        var opened = Assert.Single(await _server.AuditAsync(page));
        Assert.Equal(("link:RiskAssessment", id, "ehr"), (opened.Trigger, opened.ResultId, opened.Client));
        Assert.Equal(id, (await _server.GetAsync(url, "application/fhir+json")).AssertOk().Id);

        _clock.Now += TimeSpan.FromMinutes(59);
        (await _server.GetAsync(url, "text/html")).AssertOk();
        _clock.Now += TimeSpan.FromMinutes(2);
        (await _server.GetAsync(url, "text/html")).AssertFailure(HttpStatusCode.Gone, "link-expired");
    }

    [Fact, Trait("promise", "M-390")]
    public async Task Changed_link_opens_nothing()
    {
        var (url, id) = await CardAsync();
        string token = url[(url.LastIndexOf('/') + 1)..];
        foreach (int place in (int[])[0, token.Length / 2, token.Length - 3])
        {
            char other = token[place] == 'A' ? 'B' : 'A';
            (await _server.GetAsync($"/results/{token[..place]}{other}{token[(place + 1)..]}", "text/html")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        }
        foreach (string other in (string[])["x", id, "RiskAssessment", token + "A", new string('A', 5_000), "..%2F..%2Fetc"])
            (await _server.GetAsync("/results/" + other, "text/html")).AssertFailure(HttpStatusCode.NotFound, "not-found");
    }

    [Fact, Trait("promise", "K11"), Trait("promise", "K12")]
    public async Task Client_with_a_SMART_app_gets_a_smart_link_with_its_context()
    {
        await using var server = await StartAsync("--Clients:Trusted:0:SmartLaunchUrl", "https://app.example.org/launch");
        var answer = (await SendAsync(server, HttpMethod.Post, Call.Hook, Call.WithPrefetch())).AssertOk();
        var link = answer.Card.GetProperty("links")[0];
        Assert.Equal(("smart", "https://app.example.org/launch"), (link.GetProperty("type").GetString(), link.GetProperty("url").GetString()));
        Assert.Equal("RiskAssessment/" + (await server.AuditAsync(answer))[0].ResultId, link.GetProperty("appContext").GetString());
        Assert.False(string.IsNullOrEmpty(link.GetProperty("label").GetString()));
    }

    [Fact, Trait("promise", "W1"), Trait("promise", "M-423")]
    public async Task Once_clients_are_configured_the_FHIR_endpoints_ask_who_calls()
    {
        var (_, id) = await CardAsync();
        string path = $"/fhir/RiskAssessment/{id}";
        foreach (string closed in (string[])[path, "/fhir/DiagnosticReport", "/fhir/RiskAssessment/unknown"])
        {
            var answer = await FakeEhr.SendAsync(_server, HttpMethod.Get, closed, null);
            answer.AssertFailure(HttpStatusCode.Unauthorized, "unauthorized");
            Assert.DoesNotContain(id, answer.Text, StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await FakeEhr.SendAsync(_server, HttpMethod.Post, "/fhir/$assess-risk", null, Call.Parameters("demo-deteriorating"))).Status);
        (await FakeEhr.SendAsync(_server, HttpMethod.Get, "/fhir/metadata", null)).AssertOk();
        (await FakeEhr.SendAsync(_server, HttpMethod.Get, "/fhir/StructureDefinition/medai-device", null)).AssertOk();
        (await FakeEhr.SendAsync(_server, HttpMethod.Get, "/health/ready", null)).AssertOk();
        (await SendAsync(_server, HttpMethod.Get, path, null, "north")).AssertOk();
        Assert.True((await SendAsync(_server, HttpMethod.Post, "/fhir/$assess-risk", Call.Parameters("demo-deteriorating"), "north")).AssertOk().Percent > 0);
    }

    [Fact, Trait("promise", "S-17")]
    public async Task Result_of_another_tenant_is_as_unknown_as_one_that_is_not_there()
    {
        var (_, id) = await CardAsync();
        var foreign = await SendAsync(_server, HttpMethod.Get, $"/fhir/RiskAssessment/{id}", null, "south");
        var absent = await SendAsync(_server, HttpMethod.Get, "/fhir/RiskAssessment/7b7d3f5e-0000-4000-8000-000000000000", null, "south");
        foreign.AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Equal(absent.Text.Replace(absent.RequestId, "", StringComparison.Ordinal), foreign.Text.Replace(foreign.RequestId, "", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(_server, HttpMethod.Get, $"/fhir/RiskAssessment/{id}", null)).Status);
        (await SendAsync(_server, HttpMethod.Get, $"/fhir/RiskAssessment/{id}", null, "north")).AssertOk();
    }
}
