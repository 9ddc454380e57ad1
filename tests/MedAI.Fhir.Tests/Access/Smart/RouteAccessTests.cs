using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Access.Clients;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Access.Smart;

/// <summary>Every FHIR route times every kind of token, driven by the routes themselves: one that is added without a policy fails here.</summary>
public sealed partial class RouteAccessTests(RouteAccessTests.Hospital hospital) : IClassFixture<RouteAccessTests.Hospital>
{
    private MedAIServer Server => hospital.Server;

    private FakeAuthorizationServer Auth => hospital.Auth;

    [Fact, Trait("promise", "M-504")]
    public void Every_route_says_what_it_needs()
    {
        var routes = Routes().ToArray();
        Assert.True(routes.Length > 20);
        Assert.All(routes, route => Assert.True(route.Metadata.GetMetadata<RoutePolicy>() is not null, $"{route.RoutePattern.RawText} has no RoutePolicy: with tokens it would let nobody in."));
        // Needs are rights in FHIR's order for types that FHIR knows.
        Assert.All(routes.SelectMany(r => r.Metadata.GetMetadata<RoutePolicy>()!.Needs), need =>
        {
            Assert.Matches("^c?r?u?d?s?$", need.Rights);
            Assert.NotEmpty(need.Rights);
            Assert.True(need.Type is null || Hl7.Fhir.Model.ModelInfo.IsKnownResource(need.Type), need.Type);
        });
    }

    [Fact, Trait("promise", "M-504"), Trait("promise", "M-505"), Trait("promise", "P-16")]
    public async Task Every_route_lets_in_whom_its_policy_names_and_nobody_else()
    {
        int asked = 0, logs = 0;
        foreach (var (method, path, type, patient, policy) in Requests())
        {
            asked++;
            logs += path == Fhir.Auditing.InferenceLogEndpoints.Path ? 1 : 0;
            string what = $"{method} {path}";
            if (policy.IsOpen)
            {
                var open = await SendAsync(method, path, null);
                Assert.True(open.Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound), $"{what}: {open.Status}");
                continue;
            }
            // Nobody, and somebody with a bad token.
            foreach (string? bad in (string?[])[null, "a.b.c", Auth.Token(Server, "system/*.cruds", at: DateTimeOffset.UtcNow.AddHours(-1)), Auth.Token(Server, "system/*.cruds", payload: p => p["aud"] = "https://other.example.org")])
                Assert.True((await SendAsync(method, path, bad)).Status == HttpStatusCode.Unauthorized, what);

            // Everybody has jobs, and nobody another's.
            if (path.StartsWith("/fhir/_jobs", StringComparison.Ordinal))
            {
                Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(method, path, Auth.Token(Server, "openid"))).Status);
                continue;
            }
            bool instance = path.Split('/').Length > 3 && path.Split('/')[3][0] is not ('$' or '_');
            ScopeNeed[] needs = [.. policy.Needs.Where(n => !n.OnlyOnInstance || instance).Select(n => n.Type is null ? n with { Type = type } : n)];
            if (needs.Length > 0)
            {
                foreach (string scope in (string[])["openid launch/patient", "patient/Basic.cruds user/Basic.cruds system/Basic.cruds", "patient/*.cruds", .. needs.Select(n => Scopes("user", needs.Where(m => m != n)))])
                {
                    // Without a patient patient scopes give nothing; with all needs but one neither do the others. What only an input decides is decided with the input.
                    if (scope.StartsWith("user/", StringComparison.Ordinal) && needs.Any(n => n.UnlessFalse is not null && !scope.Contains(n.Type + ".", StringComparison.Ordinal)) && !path.Contains(hospital.RiskPatient, StringComparison.Ordinal))
                        continue;
                    await AssertDeniedAsync(await SendAsync(method, path, Auth.Token(Server, scope)), $"{what} with {scope}");
                }
                string restricted = string.Join(' ', needs.Select(n => $"user/{n.Type}.{n.Rights}?_id=1"));
                await AssertDeniedAsync(await SendAsync(method, path, Auth.Token(Server, restricted)), $"{what} with {restricted}");
            }
            string v1 = string.Join(' ', needs.Select(n => $"user/{n.Type}.*").Append("openid"));
            if (policy.SystemOnly || policy.AuditorsOnly)
            {
                await AssertDeniedAsync(await SendAsync(method, path, Auth.Token(Server, v1, patient)), $"{what} with {v1}");
                await AssertDeniedAsync(await SendAsync(method, path, Auth.Token(Server, "patient/*.cruds", patient)), $"{what} for a patient");
            }
            else
            {
                foreach (string scope in (string[])[Scopes("user", needs), v1, "user/*.cruds", "system/*.*"])
                    AssertLetIn(await SendAsync(method, path, Auth.Token(Server, scope)), $"{what} with {scope}");
                // The patient's own token, and the same token of somebody else.
                var own = await SendAsync(method, path, Auth.Token(Server, Scopes("patient", needs), patient));
                // A Group names others as well, and is nobody's.
                if (type == "Group" && instance)
                    own.AssertFailure(HttpStatusCode.NotFound, "not-found");
                else
                    AssertLetIn(own, $"{what} for its patient");
                if (instance && type is not ("Device" or "DocumentReference" or "Location" or "Endpoint") && needs.Length > 0)
                {
                    var foreign = await SendAsync(method, path, Auth.Token(Server, "patient/*.cruds", "somebody-else"));
                    var invented = await SendAsync(method, path.Replace("/" + path.Split('/')[3], "/no-such-id", StringComparison.Ordinal), Auth.Token(Server, "patient/*.cruds", "somebody-else"));
                    Assert.True(foreign.Status == (type == "Patient" && path.Contains('$', StringComparison.Ordinal) ? HttpStatusCode.Forbidden : HttpStatusCode.NotFound), $"{what}: {foreign.Status}");
                    Assert.Equal(WithoutId(foreign), WithoutId(invented));
                }
            }
            if (policy.AuditorsOnly)
            {
                AssertLetIn(await SendAsync(method, path, Auth.Token(Server, "system/*.cruds", payload: p => p["client_id"] = "auditor")), $"{what} for an auditor");
                // Neither a system with every scope nor an EHR audits unless the configuration says so.
                await AssertDeniedAsync(await SendAsync(method, path, Auth.Token(Server, "system/*.cruds")), what + " for a system");
                var ehr = await SendAsync(method, path, hospital.Ehr.Token(Server.Origin + path.Split('?')[0]));
                Assert.True(ehr.Status == HttpStatusCode.Forbidden, $"{what} for the EHR: {ehr.Status}");
            }
            else
                AssertLetIn(await SendAsync(method, path, Auth.Token(Server, "system/*.cruds")), what + " for a system");
            // An EHR reaches what is its own.
            if (!policy.AuditorsOnly)
                AssertLetIn(await SendAsync(method, path, hospital.Ehr.Token(Server.Origin + path.Split('?')[0])), what + " for the EHR");
            // What was written from one tenant's data is not there for another's, wherever its scopes reach.
            if (instance && hospital.IsTenants(type) && method is "GET" or "POST")
            {
                var other = await SendAsync(method, path, hospital.Other.Token(Server, "system/*.cruds", payload: p => p["iss"] = Hospital.OtherIssuer));
                Assert.True(other.Status == HttpStatusCode.NotFound, $"{what} for another tenant: {other.Status}");
            }
        }
        Assert.True(asked > 40, $"{asked}");
        Assert.Equal(1, logs);
    }

    private static string Scopes(string context, IEnumerable<ScopeNeed> needs) => string.Join(' ', needs.Select(n => $"{context}/{n.Type}.{n.Rights}").Append("openid"));

    private static string WithoutId(Answer answer) => answer.Text.Replace(answer.RequestId, "", StringComparison.Ordinal);

    private async Task AssertDeniedAsync(Answer answer, string what)
    {
        Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{what}: {answer.Status} {answer.Text}");
        answer.AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal("forbidden", answer.Json.GetProperty("issue")[0].GetProperty("code").GetString());
        var row = Assert.Single(await Server.AuditAsync(answer));
        Assert.Equal(("denied", 403, "Forbidden"), (row.Outcome, row.Status, row.Reasons));
        Assert.StartsWith("auth/", row.Client, StringComparison.Ordinal);
    }

    private static void AssertLetIn(Answer answer, string what) =>
        Assert.True(answer.Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound), $"{what}: {answer.Status} {answer.Text}");

    private Task<Answer> SendAsync(string method, string path, string? token) =>
        FakeEhr.SendAsync(Server, new HttpMethod(method), path, token, method is "POST" or "PUT" ? new JsonObject { ["resourceType"] = "Parameters" } : null,
        // What is let in must not be gone for the next token.
        ifMatch: method == "DELETE" ? "W/\"999\"" : null);

    private IEnumerable<RouteEndpoint> Routes() => Server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.RoutePattern.RawText!.StartsWith("/fhir", StringComparison.Ordinal) || e.RoutePattern.RawText == Fhir.Auditing.InferenceLogEndpoints.Path);

    /// <summary>Each route by each method, with real ids in it, the type it is about and the patient whose instance it names.</summary>
    private IEnumerable<(string Method, string Path, string Type, string Patient, RoutePolicy Policy)> Requests()
    {
        foreach (var route in Routes())
        {
            string raw = route.RoutePattern.RawText!.Replace("{type:letters}", "{type}", StringComparison.Ordinal);
            // The document is asked for elsewhere: without a token endpoint there is none.
            if (raw.Contains(".well-known", StringComparison.Ordinal))
                continue;
            var policy = route.Metadata.GetMetadata<RoutePolicy>()!;
            foreach (string method in route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
            {
                foreach (string type in raw.Contains("{type", StringComparison.Ordinal) ? [.. hospital.Instances.Keys.Where(k => k != "AuditEvent" && !(k == "Binary" && !raw.Contains("{id", StringComparison.Ordinal)))] : (string[])[raw.Split('/') is [_, _, var named, ..] ? named : ""])
                {
                    var (id, patient) = hospital.Instances.GetValueOrDefault(type, (type == "OperationDefinition" ? "validate" : Fhir.Conformance.PublishedDefinitions.All.FirstOrDefault(d => d.Type == type)?.Id ?? "none", hospital.RiskPatient));
                    string path = Parameter().Replace(raw, m => m.Groups[1].Value switch { "type" => type, "version" => "1", _ => id });
                    if (id == "none" && path.Contains("none", StringComparison.Ordinal))
                        continue;
                    // Binary cannot be searched; the route over all types says so.
                    if (raw is "/fhir/{type}" or "/fhir/{type}/_search" && Fhir.Store.Search.SearchParameters.Of(type) is null)
                        continue;
                    if (path.EndsWith("$model-card", StringComparison.Ordinal) && !path.Contains("Device", StringComparison.Ordinal) && method == "GET")
                        path += "?model=icu-mortality";
                    Assert.DoesNotContain('{', path);
                    yield return (method, path, type, patient, policy);
                }
            }
        }
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"\{(\w+)(:[A-Za-z]+)?\}")]
    private static partial System.Text.RegularExpressions.Regex Parameter();

    /// <summary>A demo hospital with an EHR, its authorization server and another hospital's, and an instance of each type that was written from the EHR's data.</summary>
    public sealed class Hospital : IAsyncLifetime
    {
        internal const string OtherIssuer = "https://auth.elsewhere.example.org";

        public MedAIServer Server { get; private set; } = null!;

        internal FakeAuthorizationServer Auth { get; } = new();

        internal FakeAuthorizationServer Other { get; } = new();

        internal FakeEhr Ehr { get; } = new();

        public string RiskPatient => "demo-stable";

        /// <summary>Id and patient by type.</summary>
        public Dictionary<string, (string Id, string Patient)> Instances { get; } = [];

        private readonly HashSet<string> _tenants = [];

        public bool IsTenants(string type) => _tenants.Contains(type);

        public async ValueTask InitializeAsync()
        {
            Server = await Ehr.ServeAsync([
                .. Auth.Trusted, "--Smart:Issuers:0:Tenant", "ehr", "--Smart:Issuers:0:Auditors:0", "auditor", "--Smart:Issuers:1:Name", "elsewhere", "--Smart:Issuers:1:Issuer", OtherIssuer,
                "--Smart:Issuers:1:JwksFile", Other.KeysFile, "--WhatIf:Enabled", "true", "--MedAI:DeadlineMilliseconds", "50000",
            ]);
            var risk = (await FakeEhr.SendAsync(Server, HttpMethod.Post, $"/fhir/Patient/{RiskPatient}/$assess-risk", Auth.Token(Server, "user/*.cruds"))).AssertOk();
            (await FakeEhr.SendAsync(Server, HttpMethod.Post, "/fhir/ImagingStudy/demo-chest-clear/$interpret-imaging", Auth.Token(Server, "user/*.cruds"))).AssertOk();
            var store = Server.App.Services.GetRequiredService<IResourceStore>();
            Instances["RiskAssessment"] = (risk.Id, RiskPatient);
            foreach (string type in ResourceEndpoints.AuthoredTypes.Concat(ResourceEndpoints.DemoTypes))
            {
                foreach (var resource in await store.ListAsync(type, 10_000, default))
                {
                    string text = System.Text.Encoding.UTF8.GetString(resource.Json.Span);
                    string patient = type is "Patient" ? resource.Id : text.Contains("Patient/demo-chest-clear\"", StringComparison.Ordinal) ? "demo-chest-clear" : RiskPatient;
                    bool whose = type is "Device" or "DocumentReference" or "Location" or "Endpoint" || (type == "Patient" ? resource.Id == RiskPatient : type == "Provenance" ? text.Contains("RiskAssessment/" + risk.Id, StringComparison.Ordinal) : text.Contains($"Patient/{patient}\"", StringComparison.Ordinal));
                    // What was written from the EHR's data rather than the demo's own, where there are both.
                    if (whose && (!Instances.ContainsKey(type) || (resource.Tenant is not null && !_tenants.Contains(type))))
                        Instances[type] = (resource.Id, patient);
                    if (whose && resource.Tenant is not null && Instances[type].Id == resource.Id)
                        _tenants.Add(type);
                }
            }
            Instances["AuditEvent"] = ((await Server.AuditAsync(risk))[0].Id, RiskPatient);
            foreach (string type in ResourceEndpoints.AuthoredTypes)
                Assert.True(Instances.ContainsKey(type), type);
            Assert.Equal(["Binary", "DiagnosticReport", "Media", "Observation", "Provenance", "RiskAssessment"], _tenants.Order(StringComparer.Ordinal));
            await Operations.ValidatingServer.LoadAsync(Server, Auth.Token(Server, "user/*.cruds"));
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            Auth.Dispose();
            Other.Dispose();
            Ehr.Dispose();
        }
    }
}
