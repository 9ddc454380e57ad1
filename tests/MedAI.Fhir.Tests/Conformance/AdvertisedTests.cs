using System.Net;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Operations;
using MedAI.Fhir.Tests.Operations.Jobs;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Conformance;

/// <summary>The CapabilityStatement and the routes, held together in both directions.</summary>
[Trait("promise", "M-446")]
public sealed class AdvertisedTests(AdvertisedServer fixture) : IClassFixture<AdvertisedServer>
{
    private MedAIServer Server => fixture.Server;

    [Fact]
    public async Task Every_advertised_operation_answers_on_every_level_and_by_every_method_of_its_definition()
    {
        var rest = (await Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0];
        var advertised = Definitions(rest).Select(o => (Type: (string?)null, Definition: o))
            .Concat(rest.GetProperty("resource").EnumerateArray().SelectMany(r => Definitions(r).Select(o => (Type: (string?)r.GetProperty("type").GetString(), Definition: o)))).ToArray();
        Assert.Equal(["assess-risk", "explain", "group-assess-risk", "interpret-imaging", "model-card", "score-all", "validate", "what-if"], advertised.Select(a => a.Definition).Distinct().Order(StringComparer.Ordinal));
        int answered = 0;
        foreach (string id in advertised.Select(a => a.Definition).Distinct())
        {
            var definition = (await Server.GetAsync($"/fhir/OperationDefinition/{id}")).AssertOk().Json;
            string code = definition.GetProperty("code").GetString()!;
            Assert.Equal($"{Server.FhirBase}/OperationDefinition/{id}", definition.GetProperty("url").GetString());
            string[] types = definition.TryGetProperty("resource", out var resource) ? [.. resource.EnumerateArray().Select(r => r.GetString()!)] : [];
            // What the definition says and what the statement lists are the same.
            Assert.Equal(types.Order(StringComparer.Ordinal), advertised.Where(a => a.Definition == id && a.Type is not null).Select(a => a.Type!).Order(StringComparer.Ordinal));
            Assert.Equal(definition.GetProperty("system").GetBoolean(), advertised.Any(a => a.Definition == id && a.Type is null));
            bool get = !definition.GetProperty("affectsState").GetBoolean()
                && definition.GetProperty("parameter").EnumerateArray().All(p => p.GetProperty("use").GetString() == "out" || p.GetProperty("min").GetInt32() == 0 || (p.TryGetProperty("type", out var t) && char.IsLower(t.GetString()![0])));
            List<string> paths = [];
            if (definition.GetProperty("system").GetBoolean())
                paths.Add($"/fhir/${code}");
            foreach (string type in types)
            {
                if (definition.GetProperty("type").GetBoolean())
                    paths.Add($"/fhir/{type}/${code}");
                if (definition.GetProperty("instance").GetBoolean() && fixture.Ids.TryGetValue(type, out string? instance))
                    paths.Add($"/fhir/{type}/{instance}/${code}");
            }
            foreach (string path in paths)
            {
                Answered(path, await Server.PostTextAsync(path, """{"resourceType":"Parameters"}""", "application/fhir+json"));
                var got = await Server.GetAsync(path);
                if (get)
                    Answered(path, got);
                else
                    got.AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
                answered++;
            }
        }
        Assert.True(answered > 20, answered.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact, Trait("promise", "M-530")]
    public async Task Advertised_asynchronous_pattern_is_there_on_every_operation()
    {
        var rest = (await Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0];
        Assert.Contains("Every operation honours Prefer: respond-async", rest.GetProperty("documentation").GetString(), StringComparison.Ordinal);
        foreach (var type in rest.GetProperty("resource").EnumerateArray())
        {
            foreach (string code in Operations(type))
            {
                string name = type.GetProperty("type").GetString()!;
                var accepted = await Server.LaterAsync($"/fhir/{name}/{fixture.Ids.GetValueOrDefault(name, "none")}/${code}");
                // What a definition requires is required at once.
                if (accepted.Status == HttpStatusCode.BadRequest)
                {
                    accepted.AssertFailure(HttpStatusCode.BadRequest, "missing-parameter");
                    continue;
                }
                var ended = await Server.ResultAsync(accepted);
                if (name == "Group")
                {
                    Assert.NotEmpty(ended.AssertOk().Json.GetProperty("output").EnumerateArray());
                    continue;
                }
                Assert.True(ended.StatusOfEntry()[0] is '2' or '4', $"{name} {code}: {ended.Text}");
            }
        }
        Assert.Equal("400", (await Server.ResultAsync(await Server.LaterAsync("/fhir/$validate"))).StatusOfEntry());
    }

    [Fact]
    public async Task Every_advertised_interaction_answers_in_JSON_and_XML()
    {
        var rest = (await Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0];
        foreach (var (type, code) in Interactions(rest))
        {
            string id = type == "OperationDefinition" ? "validate" : PublishedDefinitions.All.FirstOrDefault(d => d.Type == type)?.Id ?? fixture.Ids.GetValueOrDefault(type, "none");
            // What writes is asked in the tests of writes; here, that it is there: a body that is none is told so, and not that there is no such route.
            if (code is "create" or "update" or "delete")
            {
                using var write = new HttpRequestMessage(code == "create" ? HttpMethod.Post : code == "update" ? HttpMethod.Put : HttpMethod.Delete, $"/fhir/{type}{(code == "create" ? "" : "/" + id)}");
                if (code == "delete")
                    write.Headers.TryAddWithoutValidation("If-Match", "W/\"999\"");
                else
                    write.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/fhir+json");
                using var answered = await Server.Client.SendAsync(write, TestContext.Current.CancellationToken);
                // An Observation of a model nobody deletes.
                Assert.Equal(code != "delete" ? HttpStatusCode.BadRequest : type == "Observation" && !id.StartsWith("demo-", StringComparison.Ordinal) ? HttpStatusCode.Conflict : HttpStatusCode.PreconditionFailed, answered.StatusCode);
                continue;
            }
            string path = code switch
            {
                "read" => $"/fhir/{type}/{id}",
                "vread" => $"/fhir/{type}/{id}/_history/1",
                "search-type" => $"/fhir/{type}",
                "history-instance" => $"/fhir/{type}/{id}/_history",
                _ => throw new InvalidOperationException($"{type} {code} has no test."),
            };
            var json = await Server.GetAsync(path);
            // The samples hold no resource of some types; those are served, but there is none.
            Assert.Equal(id == "none" && code != "search-type" ? HttpStatusCode.NotFound : HttpStatusCode.OK, json.Status);
            var xml = await Server.GetAsync(path, "application/fhir+xml");
            Assert.Equal((json.Status, "application/fhir+xml; charset=utf-8"), (xml.Status, xml.ContentType));
        }
    }

    [Fact, Trait("promise", "M-470")]
    public async Task Every_advertised_search_parameter_and_include_answers_by_GET_and_by_POST()
    {
        var rest = (await Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0];
        int answered = 0;
        foreach (var resource in rest.GetProperty("resource").EnumerateArray().Where(r => r.TryGetProperty("searchParam", out _)))
        {
            string type = resource.GetProperty("type").GetString()!;
            List<string> queries = [];
            foreach (var parameter in resource.GetProperty("searchParam").EnumerateArray())
            {
                string name = parameter.GetProperty("name").GetString()!;
                string value = parameter.GetProperty("type").GetString() switch
                {
                    "date" => "ge2020-01",
                    "number" => "gt0.5",
                    "reference" => "x1",
                    // Of any system: closed lists of codes are not all the same.
                    "token" => "urn:none|x1",
                    _ => "x1",
                };
                queries.Add($"{name}={Uri.EscapeDataString(value)}");
            }
            foreach (string member in (string[])["searchInclude", "searchRevInclude"])
            {
                if (resource.TryGetProperty(member, out var includes))
                    queries.AddRange(includes.EnumerateArray().Select(i => $"{(member == "searchInclude" ? "_include" : "_revinclude")}={Uri.EscapeDataString(i.GetString()!)}"));
            }
            foreach (string query in queries)
            {
                var got = (await Server.GetAsync($"/fhir/{type}?{query}")).AssertOk().Json;
                Assert.Equal(("Bundle", "searchset"), (got.GetProperty("resourceType").GetString(), got.GetProperty("type").GetString()));
                Assert.Equal($"{Server.FhirBase}/{type}?{query}", got.GetProperty("link")[0].GetProperty("url").GetString());
                // What is not there is found by nothing, and what is asked of all is found in all.
                if (query.Contains("x1", StringComparison.Ordinal))
                    Assert.Equal(0, got.GetProperty("total").GetInt32());
                if (ResourceEndpoints.AuthoredTypes.Contains(type) || ResourceEndpoints.DemoTypes.Contains(type))
                {
                    var posted = (await Server.PostTextAsync($"/fhir/{type}/_search", query, "application/x-www-form-urlencoded")).AssertOk().Json;
                    Assert.Equal(got.GetRawText(), posted.GetRawText());
                }
                answered++;
            }
        }
        Assert.True(answered > 200, answered.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Every_FHIR_route_is_advertised()
    {
        var rest = (await Server.GetAsync("/fhir/metadata")).AssertOk().Json.GetProperty("rest")[0];
        var interactions = Interactions(rest).ToHashSet();
        var routes = Server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/fhir/", StringComparison.Ordinal))
            .Select(e => (Segments: e.RoutePattern.RawText!["/fhir/".Length..].Split('/'), Methods: e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)).ToArray();
        Assert.NotEmpty(routes);
        foreach (var (segments, methods) in routes)
        {
            string what = $"{string.Join(',', methods)} {string.Join('/', segments)}";
            if (segments is ["metadata"] or [".well-known", ..])
                continue;
            // R4 has no element for the asynchronous pattern; the statement says it in words.
            if (segments is ["_jobs", ..])
            {
                Assert.Contains("Prefer: respond-async", rest.GetProperty("documentation").GetString(), StringComparison.Ordinal);
                continue;
            }
            if (segments[^1].StartsWith('$'))
            {
                string code = segments[^1][1..];
                var list = segments.Length == 1 ? Operations(rest) : Operations(rest.GetProperty("resource").EnumerateArray().Single(r => r.GetProperty("type").GetString() == segments[0]));
                Assert.True(list.Contains(code), what);
                continue;
            }
            if (segments is [""])
            {
                Assert.Equal(["batch", "transaction"], rest.GetProperty("interaction").EnumerateArray().Select(i => i.GetProperty("code").GetString()).Order(StringComparer.Ordinal));
                continue;
            }
            string interaction = segments.Length switch
            {
                1 when methods is ["POST"] => "create",
                1 => "search-type",
                2 when segments[1] == "_search" => "search-type",
                2 when methods is ["PUT"] => "update",
                2 when methods is ["DELETE"] => "delete",
                2 => "read",
                3 when segments[2] == "_history" => "history-instance",
                4 when segments[2] == "_history" => "vread",
                _ => "unknown",
            };
            if (interaction is not ("create" or "update" or "delete"))
                Assert.Equal([segments[^1] == "_search" ? "POST" : "GET"], methods);
            // A route over all types is advertised type by type.
            Assert.True(segments[0].StartsWith('{') ? interactions.Any(i => i.Code == interaction) : interactions.Contains((segments[0], interaction)), what);
        }
    }

    [Fact]
    public void Every_operation_is_one_registered_class() =>
        Assert.Equal(typeof(IFhirOperation).Assembly.GetTypes().Where(t => t.IsClass && typeof(IFhirOperation).IsAssignableFrom(t)).Select(t => t.Name).Order(StringComparer.Ordinal),
            Server.App.Services.GetServices<IFhirOperation>().Select(o => o.GetType().Name).Order(StringComparer.Ordinal));

    private static void Answered(string path, Answer answer)
    {
        Assert.False(answer.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented or >= HttpStatusCode.InternalServerError, $"{path}: {answer.Status} {answer.Text}");
        Assert.False(string.IsNullOrEmpty(answer.Json.GetProperty("resourceType").GetString()), path);
    }

    private static IEnumerable<(string Type, string Code)> Interactions(JsonElement rest) => rest.GetProperty("resource").EnumerateArray()
        .Where(r => r.TryGetProperty("interaction", out _))
        .SelectMany(r => r.GetProperty("interaction").EnumerateArray().Select(i => (r.GetProperty("type").GetString()!, i.GetProperty("code").GetString()!)));

    private static string[] Definitions(JsonElement of) =>
        of.TryGetProperty("operation", out var list) ? [.. list.EnumerateArray().Select(o => o.GetProperty("definition").GetString()!.Split('/')[^1])] : [];

    private static string[] Operations(JsonElement of) =>
        of.TryGetProperty("operation", out var list) ? [.. list.EnumerateArray().Select(o => o.GetProperty("name").GetString()!)] : [];
}

/// <summary>A demo server with everything switched on, and an instance of each type that it holds.</summary>
public sealed class AdvertisedServer : IAsyncLifetime
{
    public MedAIServer Server { get; private set; } = null!;

    public Dictionary<string, string> Ids { get; } = [];

    public async ValueTask InitializeAsync()
    {
        Server = await MedAIServer.StartAsync("--demo", "--WhatIf:Enabled", "true", "--MedAI:DeadlineMilliseconds", "50000");
        await ValidatingServer.LoadAsync(Server);
        // Results of both kinds, so that their types have instances.
        Ids["RiskAssessment"] = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk().Id;
        var store = Server.App.Services.GetRequiredService<IResourceStore>();
        foreach (string type in ResourceEndpoints.AuthoredTypes.Concat(ResourceEndpoints.DemoTypes))
        {
            if (!Ids.ContainsKey(type) && (await store.ListAsync(type, 1, default)) is [var first, ..])
                Ids[type] = first.Id;
        }
        Ids["Patient"] = "demo-stable";
        Ids["ImagingStudy"] = "demo-chest-clear";
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
