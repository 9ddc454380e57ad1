using System.Net;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.CdsHooks;

public sealed class CorsTests
{
    private const string Known = "https://ehr.example.org";

    private static async Task<HttpResponseMessage> PreflightAsync(MedAIServer server, string path, string origin, string method = "POST", string headers = "authorization,content-type")
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", headers);
        return await server.Client.SendAsync(request);
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    [Theory, Trait("promise", "R1"), Trait("promise", "R2")]
    [InlineData("/cds-services", "GET")]
    [InlineData("/cds-services/icu-mortality", "POST")]
    [InlineData("/cds-services/icu-mortality/feedback", "POST")]
    public async Task Preflight_of_a_configured_origin_is_allowed_without_a_token(string path, string method)
    {
        await using var server = await MedAIServer.StartAsync("--Cors:Origins:0", Known);
        using var response = await PreflightAsync(server, path, Known, method);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(Known, Header(response, "Access-Control-Allow-Origin"));
        Assert.Contains(method, Header(response, "Access-Control-Allow-Methods")!, StringComparison.Ordinal);
        Assert.Contains("authorization", Header(response, "Access-Control-Allow-Headers")!, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("content-type", Header(response, "Access-Control-Allow-Headers")!, StringComparison.OrdinalIgnoreCase);
        Assert.Null(Header(response, "Access-Control-Allow-Credentials"));
    }

    [Theory, Trait("promise", "P-19")]
    [InlineData("https://evil.example.org")]
    [InlineData("https://ehr.example.org.evil.test")]
    [InlineData("http://ehr.example.org")]
    [InlineData("https://ehr.example.org:444")]
    [InlineData("null")]
    public async Task Unknown_origin_is_told_nothing(string origin)
    {
        await using var server = await MedAIServer.StartAsync("--Cors:Origins:0", Known);
        using var preflight = await PreflightAsync(server, "/cds-services/icu-mortality", origin);
        Assert.Null(Header(preflight, "Access-Control-Allow-Origin"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cds-services");
        request.Headers.Add("Origin", origin);
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Null(Header(answer, "Access-Control-Allow-Origin"));
    }

    [Fact, Trait("promise", "R1"), Trait("promise", "P-19")]
    public async Task Answers_carry_the_origin_errors_too_and_other_endpoints_none()
    {
        await using var server = await MedAIServer.StartAsync("--Cors:Origins:0", Known);
        Assert.Equal(Known, await AllowedAsync(HttpMethod.Get, "/cds-services"));
        Assert.Equal(Known, await AllowedAsync(HttpMethod.Post, "/cds-services/icu-mortality"));
        Assert.Null(await AllowedAsync(HttpMethod.Get, "/fhir/metadata"));
        Assert.Null(await AllowedAsync(HttpMethod.Get, "/feedback/summary"));

        async Task<string?> AllowedAsync(HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Add("Origin", Known);
            if (method == HttpMethod.Post)
                request.Content = new StringContent("not JSON", System.Text.Encoding.UTF8, "application/json");
            using var response = await server.Client.SendAsync(request);
            return Header(response, "Access-Control-Allow-Origin");
        }
    }

    [Theory, Trait("promise", "M-601")]
    [InlineData("/fhir/metadata", "GET", "prefer")]
    [InlineData("/fhir/Patient/demo-stable/$assess-risk", "POST", "authorization,content-type,prefer")]
    [InlineData("/fhir/RiskAssessment/x", "GET", "authorization,if-none-match")]
    [InlineData("/fhir/RiskAssessment/_search", "POST", "authorization,content-type")]
    [InlineData("/fhir/_jobs/x", "DELETE", "authorization")]
    [InlineData("/fhir/.well-known/smart-configuration", "GET", "accept")]
    public async Task Preflight_of_an_app_s_origin_is_allowed_on_FHIR_endpoints(string path, string method, string headers)
    {
        await using var server = await MedAIServer.StartAsync("--Cors:FhirOrigins:0", Known);
        using var response = await PreflightAsync(server, path, Known, method, headers);
        Assert.Equal((HttpStatusCode.NoContent, Known), (response.StatusCode, Header(response, "Access-Control-Allow-Origin")));
        Assert.Contains(method, Header(response, "Access-Control-Allow-Methods")!, StringComparison.Ordinal);
        Assert.All(headers.Split(','), name => Assert.Contains(name, Header(response, "Access-Control-Allow-Headers")!, StringComparison.OrdinalIgnoreCase));
        Assert.Null(Header(response, "Access-Control-Allow-Credentials"));
        using var stranger = await PreflightAsync(server, path, "https://evil.example.org", method, headers);
        Assert.Null(Header(stranger, "Access-Control-Allow-Origin"));
    }

    [Fact, Trait("promise", "M-601"), Trait("promise", "P-19")]
    public async Task Answers_to_an_app_show_what_FHIR_says_in_headers_and_hooks_stay_closed_to_it()
    {
        await using var server = await MedAIServer.StartAsync("--demo", "--Cors:FhirOrigins:0", Known);
        foreach (string path in (string[])["/fhir/Patient/demo-stable", "/fhir/Patient/nobody", "/cds-services"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Origin", Known);
            using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(path.StartsWith("/fhir", StringComparison.Ordinal) ? Known : null, Header(answer, "Access-Control-Allow-Origin"));
            if (path.StartsWith("/fhir", StringComparison.Ordinal))
                Assert.All((string[])["ETag", "Location", "Content-Location", "Last-Modified", "Retry-After", "X-Progress"], name => Assert.Contains(name, Header(answer, "Access-Control-Expose-Headers")!, StringComparison.Ordinal));
        }
    }

    [Theory, Trait("promise", "P-19")]
    [InlineData("*")]
    [InlineData("https://*.example.org")]
    [InlineData("https://ehr.example.org/path")]
    [InlineData("ehr.example.org")]
    public async Task Origin_that_is_none_stops_the_start(string origin)
    {
        var failure = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync("--Cors:Origins:0", origin));
        Assert.Contains("Cors:Origins", failure.Message, StringComparison.Ordinal);
        failure = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync("--Cors:FhirOrigins:0", origin));
        Assert.Contains("Cors:FhirOrigins", failure.Message, StringComparison.Ordinal);
    }
}
