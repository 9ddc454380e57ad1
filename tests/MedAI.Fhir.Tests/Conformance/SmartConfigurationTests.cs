using System.Net;
using System.Text.Json;
using MedAI.Fhir.Conformance.Smart;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.Conformance;

[Trait("promise", "M-460")]
public sealed class SmartConfigurationTests
{
    private const string Path = "/fhir/.well-known/smart-configuration";

    [Fact]
    public async Task Configured_server_says_where_tokens_are_given_in_JSON_whatever_is_accepted()
    {
        await using var server = await MedAIServer.StartAsync(
            "--Smart:TokenEndpoint", "https://auth.example.org/token", "--Smart:Issuer", "https://auth.example.org", "--Smart:JwksUri", "https://auth.example.org/jwks",
            "--Smart:AuthorizationEndpoint", "https://auth.example.org/authorize", "--Smart:IntrospectionEndpoint", "https://auth.example.org/introspect",
            "--Smart:Capabilities:0", "launch-ehr", "--Smart:Capabilities:1", "client-confidential-asymmetric", "--Smart:Scopes:0", "system/RiskAssessment.rs");
        foreach (string accept in (string[])["application/json", "application/fhir+xml", "text/html", "*/*"])
        {
            var answer = (await server.GetAsync(Path, accept)).AssertOk();
            Assert.StartsWith("application/json", answer.ContentType, StringComparison.Ordinal);
            var document = answer.Json;
            Assert.Equal("https://auth.example.org/token", document.GetProperty("token_endpoint").GetString());
            Assert.Equal(["client_credentials", "authorization_code"], Texts(document, "grant_types_supported"));
            Assert.Equal(["launch-ehr", "client-confidential-asymmetric"], Texts(document, "capabilities"));
            Assert.Equal(["S256"], Texts(document, "code_challenge_methods_supported"));
            Assert.Equal(["code"], Texts(document, "response_types_supported"));
            Assert.Equal(["system/RiskAssessment.rs"], Texts(document, "scopes_supported"));
            Assert.Equal("https://auth.example.org/introspect", document.GetProperty("introspection_endpoint").GetString());
            Assert.False(document.TryGetProperty("revocation_endpoint", out _));
        }
    }

    [Fact]
    public async Task Server_without_an_authorization_server_has_none()
    {
        await using var server = await MedAIServer.StartAsync(null, [], wait: false);
        (await server.GetAsync(Path)).AssertFailure(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public void Token_endpoint_alone_is_enough()
    {
        var configuration = SmartConfiguration.Of(new SmartOptions { TokenEndpoint = "https://auth.example.org/token" })!;
        Assert.Equal(["client_credentials"], configuration.GrantTypes);
        Assert.Equal(["client-confidential-asymmetric"], configuration.Capabilities);
        Assert.Null(configuration.ResponseTypes);
        Assert.True(Validate(new SmartOptions { TokenEndpoint = "https://auth.example.org/token" }).Succeeded);
        Assert.True(Validate(new SmartOptions()).Succeeded);
    }

    public static TheoryData<SmartOptions, string> Wrong => new()
    {
        { new SmartOptions { TokenEndpoint = "/token" }, "TokenEndpoint" },
        { new SmartOptions { TokenEndpoint = "http://auth.example.org/token" }, "TokenEndpoint" },
        { new SmartOptions { TokenEndpoint = "https://user@auth.example.org/token" }, "TokenEndpoint" },
        { new SmartOptions { Issuer = "https://auth.example.org" }, "TokenEndpoint is required" },
        { new SmartOptions { Scopes = ["system/*.rs"] }, "TokenEndpoint is required" },
        { new SmartOptions { TokenEndpoint = "https://a.example.org", Capabilities = ["launch-ehr"] }, "AuthorizationEndpoint" },
        { new SmartOptions { TokenEndpoint = "https://a.example.org", Capabilities = ["sso-openid-connect"], Issuer = "https://a.example.org" }, "JwksUri" },
        { new SmartOptions { TokenEndpoint = "https://a.example.org", Capabilities = [] }, "Capabilities" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Configuration_that_breaks_the_rules_stops_the_start(SmartOptions options, string named) =>
        Assert.Contains(named, Assert.Single(Validate(options).Failures!), StringComparison.Ordinal);

    private static ValidateOptionsResult Validate(SmartOptions options) => new SmartOptionsValidator().Validate(null, options);

    private static string[] Texts(JsonElement document, string name) => [.. document.GetProperty(name).EnumerateArray().Select(e => e.GetString()!)];
}
