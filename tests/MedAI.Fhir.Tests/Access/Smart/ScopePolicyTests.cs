using System.Net;
using System.Text.RegularExpressions;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Operations;
using MedAI.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Access.Smart;

/// <summary>What the operator's guide prints about scopes, and what is published, is what the routes declare.</summary>
[Trait("promise", "M-506")]
public sealed partial class ScopePolicyTests(ScopePolicyTests.Published published) : IClassFixture<ScopePolicyTests.Published>
{
    [Fact]
    public void Guide_prints_the_policy_of_every_route()
    {
        var routes = published.Server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/fhir", StringComparison.Ordinal) && !Constraint().Replace(e.RoutePattern.RawText, "").Contains('$', StringComparison.Ordinal));
        var expected = published.Server.App.Services.GetServices<IFhirOperation>().Select(o => Row((o.Declaration.Id == o.Declaration.Code ? "$" : $"{o.Declaration.Types[0]}/[id]/$") + o.Declaration.Code, o.Declaration.Access))
            .Concat(routes.Where(r => !r.Metadata.GetMetadata<RoutePolicy>()!.IsOpen).SelectMany(r => r.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                .Select(m => Row($"{m} {Constraint().Replace(r.RoutePattern.RawText!, "")}", r.Metadata.GetMetadata<RoutePolicy>()!))))
            .Distinct().Order(StringComparer.Ordinal).ToArray();
        string guide = File.ReadAllText(RepositoryRoot.Combine("docs", "operations.md"));
        string section = guide[guide.IndexOf("### Scopes", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", StringComparison.Ordinal)];
        string[] printed = [.. section.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.True(expected.SequenceEqual(printed), "The guide should say:\n" + string.Join('\n', expected));
    }

    [Fact, Trait("promise", "M-460")]
    public async Task Published_configuration_lists_what_is_enforced()
    {
        var document = (await published.Server.GetAsync("/fhir/.well-known/smart-configuration")).AssertOk().Json;
        string[] capabilities = [.. document.GetProperty("capabilities").EnumerateArray().Select(c => c.GetString()!)];
        Assert.Equal(["client-confidential-asymmetric", "permission-patient", "permission-user", "permission-v1", "permission-v2"], capabilities);
        string[] scopes = [.. document.GetProperty("scopes_supported").EnumerateArray().Select(c => c.GetString()!)];
        Assert.All(scopes, s => Assert.NotNull(SmartScope.Parse(s)));
        Assert.Contains("patient/Observation.cruds", scopes);
        Assert.Contains("user/Encounter.cruds", scopes);
        Assert.Contains("system/RiskAssessment.crs", scopes);
        // Nobody audits for one patient.
        Assert.Contains("system/AuditEvent.rs", scopes);
        Assert.DoesNotContain("patient/AuditEvent.rs", scopes);
        Assert.Contains("user/DiagnosticReport.crs", scopes);
        Assert.Equal(HttpStatusCode.Unauthorized, (await published.Server.GetAsync("/fhir/DiagnosticReport")).Status);
    }

    private static string Row(string what, RoutePolicy policy)
    {
        string needs = policy.IsOpen ? "no token" : policy.Needs.Count == 0 ? "any token" : string.Join(", ", policy.Needs.Select(n => $"`{n}`" + (n.OnlyOnInstance ? " on an instance" : "") + (n.UnlessFalse is { } flag ? $" unless `{flag}` is false" : "")));
        return $"| `{what}` | {needs}{(policy.SystemOnly ? "; `system/` alone" : "")}{(policy.AuditorsOnly ? "; auditors alone" : "")} |";
    }

    [GeneratedRegex(@":[A-Za-z]+(?=\})")]
    private static partial Regex Constraint();

    public sealed class Published : IAsyncLifetime
    {
        private readonly FakeAuthorizationServer _auth = new();

        public MedAIServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Server = await MedAIServer.StartAsync(null, [.. _auth.Trusted, "--Smart:TokenEndpoint", "https://auth.example.org/token", "--WhatIf:Enabled", "true", "--Store:AcceptsWrites", "true"], wait: false);

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            _auth.Dispose();
        }
    }
}
