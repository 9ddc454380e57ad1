using System.Net;
using System.Text.Json.Nodes;
using Hl7.Fhir.Serialization;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>The shipped model on every hook that a package may declare.</summary>
public sealed class ManyHooks : IAsyncLifetime
{
    public static readonly string[] Hooks = ["patient-view", "encounter-start", "encounter-discharge", "order-select", "order-sign", "appointment-book", "org.example.round-begin"];

    private readonly string _models = Directory.CreateTempSubdirectory("medai-test-").FullName;

    public MedAIServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        string package = RepositoryRoot.Combine("models", "icu-mortality", "2.0.0"), copy = Path.Combine(_models, "icu-mortality", "2.0.0");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(package))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var manifest = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(copy, "manifest.json")))!;
        manifest["service"]!["hooks"] = new JsonArray([.. Hooks.Select(h => JsonValue.Create(h))]);
        manifest["service"]!["suggestions"] = JsonNode.Parse("""
            [{"id":"repeat-lactate","label":"Repeat lactate","description":"Draft an order for a lactate in blood"},
             {"id":"not-here","label":"Something else","description":"Not switched on at this site"}]
            """);
        await File.WriteAllTextAsync(Path.Combine(copy, "manifest.json"), manifest.ToJsonString());
        Server = await MedAIServer.StartAsync("--demo", "--models", _models, "--Suggestions:icu-mortality:repeat-lactate:System", "http://loinc.org",
            "--Suggestions:icu-mortality:repeat-lactate:Code", "32693-4", "--Suggestions:icu-mortality:repeat-lactate:Display", "Lactate [Moles/volume] in Blood");
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_models, recursive: true);
    }
}

public sealed class HookContextTests(ManyHooks many) : IClassFixture<ManyHooks>
{
    private static JsonObject Request(string hook)
    {
        var request = Call.PatientView("demo-deteriorating");
        request["hook"] = hook;
        var context = request["context"]!.AsObject();
        context["userId"] = "Practitioner/dr-1";
        switch (hook)
        {
            case "encounter-start" or "encounter-discharge":
                context["encounterId"] = "demo-deteriorating-stay";
                break;
            case "order-select":
                context["selections"] = new JsonArray("ServiceRequest/draft-1");
                context["draftOrders"] = Drafts("ServiceRequest");
                break;
            case "order-sign":
                context["draftOrders"] = Drafts("ServiceRequest");
                break;
            case "appointment-book":
                context["appointments"] = Drafts("Appointment");
                break;
        }
        return request;
    }

    private static JsonNode Drafts(string type) =>
        JsonNode.Parse($$"""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"{{type}}","id":"draft-1","subject":{"reference":"Patient/demo-deteriorating"} } }]}""")!;

    [Fact, Trait("promise", "D7"), Trait("promise", "D4")]
    public async Task One_service_stands_once_per_hook()
    {
        var services = (await many.Server.GetAsync("/cds-services")).AssertOk().Json.GetProperty("services").EnumerateArray().ToArray();
        Assert.Equal(ManyHooks.Hooks, services.Select(s => s.GetProperty("hook").GetString()!));
        Assert.All(services, s => Assert.Equal("icu-mortality", s.GetProperty("id").GetString()));
    }

    [Fact, Trait("promise", "M-386")]
    public async Task Every_hook_is_answered_with_its_own_context()
    {
        foreach (string hook in ManyHooks.Hooks)
        {
            var answer = (await many.Server.HookAsync(Request(hook))).AssertOk();
            Assert.Single(answer.Cards);
            Assert.Equal("cds-hooks:" + hook, Assert.Single(await many.Server.AuditAsync(answer)).Trigger);
        }
    }

    [Theory, Trait("promise", "M-386"), Trait("promise", "C1")]
    [InlineData("encounter-start", "encounterId", null)]
    [InlineData("encounter-discharge", "encounterId", null)]
    [InlineData("encounter-start", "encounterId", "\"a/b\"")]
    [InlineData("order-select", "selections", null)]
    [InlineData("order-select", "selections", "[]")]
    [InlineData("order-select", "selections", "[\"nothing\"]")]
    [InlineData("order-select", "selections", "[7]")]
    [InlineData("order-select", "draftOrders", null)]
    [InlineData("order-select", "draftOrders", "{\"resourceType\":\"Patient\"}")]
    [InlineData("order-select", "userId", "\"Patient/1\"")]
    [InlineData("order-sign", "draftOrders", null)]
    [InlineData("order-sign", "draftOrders", "[]")]
    [InlineData("order-sign", "userId", "\"RelatedPerson/1\"")]
    [InlineData("appointment-book", "appointments", null)]
    [InlineData("appointment-book", "appointments", "\"soon\"")]
    [InlineData("org.example.round-begin", "patientId", null)]
    [InlineData("org.example.round-begin", "userId", null)]
    public async Task Context_of_the_hook_is_checked(string hook, string member, string? json)
    {
        var request = Request(hook);
        request["context"]!.AsObject().Remove(member);
        if (json is not null)
            request["context"]![member] = JsonNode.Parse(json);
        var answer = await many.Server.HookAsync(request);
        answer.AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);
        Assert.Contains("$.context." + member, answer.Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "C10")]
    public async Task Hook_that_is_not_declared_is_refused()
    {
        var answer = await many.Server.HookAsync(Request("medication-refill"));
        answer.AssertFailure(HttpStatusCode.BadRequest, "hook-not-supported", hook: true);
    }

    [Fact, Trait("promise", "P1"), Trait("promise", "P2"), Trait("promise", "P3"), Trait("promise", "P4")]
    public async Task Templates_keep_to_reads_searches_and_the_recommended_subset()
    {
        foreach (var service in (await many.Server.GetAsync("/cds-services")).AssertOk().Json.GetProperty("services").EnumerateArray())
        {
            foreach (var template in service.GetProperty("prefetch").EnumerateObject())
            {
                string url = template.Value.GetString()!;
                Assert.Matches(@"^[A-Z][A-Za-z]+(/\{\{context\.[a-zA-Z]+\}\}|\?[^ ]+)$", url);
                string plain = System.Text.RegularExpressions.Regex.Replace(url, @"\{\{context\.(patientId|encounterId|userId)\}\}", "1");
                Assert.DoesNotContain('{', plain);
                if (!plain.Contains('?', StringComparison.Ordinal))
                    continue;
                Assert.All(plain.Split('?')[1].Split('&'), p => Assert.Contains(p.Split('=')[0], (string[])["patient", "type", "category", "code", "_sort", "_count"]));
            }
        }
    }

    [Fact, Trait("promise", "K8"), Trait("promise", "K9"), Trait("promise", "A1"), Trait("promise", "A2"), Trait("promise", "A3"), Trait("promise", "A4"), Trait("promise", "A6"), Trait("promise", "M-392")]
    public async Task Declared_suggestion_that_the_site_switched_on_is_a_draft_order()
    {
        var request = Request("encounter-start");
        var card = (await many.Server.HookAsync(request)).AssertOk().Card;
        Assert.Equal("any", card.GetProperty("selectionBehavior").GetString());
        var suggestion = Assert.Single(card.GetProperty("suggestions").EnumerateArray());
        Assert.Equal("Repeat lactate", suggestion.GetProperty("label").GetString());
        Assert.True(Guid.TryParse(suggestion.GetProperty("uuid").GetString(), out _));
        Assert.False(suggestion.TryGetProperty("isRecommended", out _));
        var action = Assert.Single(suggestion.GetProperty("actions").EnumerateArray());
        Assert.Equal(("create", "Draft an order for a lactate in blood"), (action.GetProperty("type").GetString(), action.GetProperty("description").GetString()));
        var order = new FhirJsonDeserializer().Deserialize<Hl7.Fhir.Model.ServiceRequest>(action.GetProperty("resource").GetRawText());
        Assert.Equal((Hl7.Fhir.Model.RequestStatus.Draft, Hl7.Fhir.Model.RequestIntent.Proposal), (order.Status, order.Intent));
        Assert.Equal(("Patient/demo-deteriorating", "Encounter/demo-deteriorating-stay"), (order.Subject?.Reference, order.Encounter?.Reference));
        var coding = Assert.Single(order.Code!.Coding);
        Assert.Equal(("http://loinc.org", "32693-4"), (coding.System, coding.Code));

        // Accepting it is feedback that names it.
        string feedback = $$"""{"feedback":[{"card":"{{card.GetProperty("uuid").GetString()}}","outcome":"accepted","outcomeTimestamp":"2026-03-02T08:00:00Z","acceptedSuggestions":[{"id":"{{suggestion.GetProperty("uuid").GetString()}}"}]}]}""";
        (await many.Server.PostTextAsync(Call.Hook + "/feedback", feedback)).AssertOk();
    }

    [Fact, Trait("promise", "M-392")]
    public async Task Suggestion_without_a_whole_code_stops_the_start() =>
        Assert.Contains("Suggestions:icu-mortality:repeat-lactate", (await Assert.ThrowsAnyAsync<Microsoft.Extensions.Options.OptionsValidationException>(() =>
            MedAIServer.StartAsync("--Suggestions:icu-mortality:repeat-lactate:Code", "32693-4"))).Message, StringComparison.Ordinal);
}
