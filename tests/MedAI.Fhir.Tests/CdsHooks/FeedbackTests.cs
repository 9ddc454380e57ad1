using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>Feedback over HTTP on cards that were really sent.</summary>
public sealed class FeedbackTests
{
    private const string Feedback = Call.Hook + "/feedback";

    private static JsonObject Accepted(string card, string time = "2026-03-02T08:05:00Z") => new()
    {
        ["card"] = card,
        ["outcome"] = "accepted",
        ["outcomeTimestamp"] = time,
        ["acceptedSuggestions"] = new JsonArray(new JsonObject { ["id"] = "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a11" }),
    };

    private static JsonObject Overridden(string card, JsonObject? reason = null, string time = "2026-03-02T08:06:00Z")
    {
        var entry = new JsonObject { ["card"] = card, ["outcome"] = "overridden", ["outcomeTimestamp"] = time };
        if (reason is not null)
            entry["overrideReason"] = reason;
        return entry;
    }

    private static JsonObject Reason(string? system, string code, string? display = null)
    {
        var coding = new JsonObject { ["code"] = code };
        if (system is not null)
            coding["system"] = system;
        if (display is not null)
            coding["display"] = display;
        return new JsonObject { ["reason"] = coding };
    }

    private static Task<Answer> SendAsync(MedAIServer server, params JsonNode[] entries) => server.PostTextAsync(Feedback, Body(entries));

    private static string Body(params JsonNode[] entries) => new JsonObject { ["feedback"] = new JsonArray(entries) }.ToJsonString();

    private static async Task<string> CardAsync(MedAIServer server, string patient = "demo-deteriorating") =>
        (await server.HookAsync(Call.PatientView(patient))).AssertOk().Card.GetProperty("uuid").GetString()!;

    private static async Task<JsonElement[]> SummaryAsync(MedAIServer server, string query = "?from=2020-01-01&to=2100-01-01") =>
        [.. (await server.GetAsync("/feedback/summary" + query)).AssertOk().Json.GetProperty("services").EnumerateArray()];

    [Fact, Trait("promise", "B1"), Trait("promise", "B2"), Trait("promise", "B3"), Trait("promise", "B5")]
    public async Task Several_entries_and_repeats_are_counted_once()
    {
        await using var server = await MedAIServer.StartAsync("--demo");
        string one = await CardAsync(server), two = await CardAsync(server, "demo-heart-failure"), three = await CardAsync(server);
        Assert.NotEqual(one, three);
        for (int i = 0; i < 3; i++)
        {
            var answer = (await SendAsync(server, Accepted(one), Overridden(two, Reason("urn:site", "not-relevant", "Not relevant")), Accepted(one))).AssertOk();
            Assert.StartsWith("application/json", answer.ContentType, StringComparison.Ordinal);
            Assert.Equal(3, answer.Json.GetProperty("received").GetInt32());
        }
        var service = Assert.Single(await SummaryAsync(server), s => s.GetProperty("service").GetString() == "icu-mortality");
        Assert.Equal("2.0.0", service.GetProperty("modelVersion").GetString());
        Assert.Equal((1, 1, service.GetProperty("cards").GetInt32() - 2),
            (service.GetProperty("accepted").GetInt32(), service.GetProperty("overridden").GetInt32(), service.GetProperty("noFeedback").GetInt32()));
        Assert.Equal((0.5, 0.5), (service.GetProperty("acceptanceRate").GetDouble(), service.GetProperty("overrideRate").GetDouble()));
        var reason = Assert.Single(service.GetProperty("overrideReasons").EnumerateArray());
        Assert.Equal("""{"system":"urn:site","code":"not-relevant","display":"Not relevant","count":1}""", reason.GetRawText());
        // The two cards of the demo's own start and ours.
        Assert.Equal(5, service.GetProperty("cards").GetInt32());
    }

    [Fact, Trait("promise", "B3")]
    public async Task Newest_word_on_a_card_counts_whatever_order_it_comes_in()
    {
        await using var server = await MedAIServer.StartAsync("--demo");
        string card = await CardAsync(server);
        (await SendAsync(server, Overridden(card, time: "2026-03-02T09:00:00+01:00"))).AssertOk();
        (await SendAsync(server, Accepted(card, "2026-03-02T08:30:00Z"), Overridden(card, time: "2026-03-02T08:29:00Z"))).AssertOk();
        var service = Assert.Single(await SummaryAsync(server));
        Assert.Equal((1, 0), (service.GetProperty("accepted").GetInt32(), service.GetProperty("overridden").GetInt32()));
    }

    [Fact, Trait("promise", "B4"), Trait("promise", "E1")]
    public async Task Reasons_of_the_clients_own_and_unknown_members_are_taken()
    {
        await using var server = await MedAIServer.StartAsync("--demo");
        string card = await CardAsync(server);
        var entry = Overridden(card, Reason(null, "our-own"));
        entry["extension"] = new JsonObject { ["org.example.user"] = "u1" };
        entry["later"] = 1;
        (await SendAsync(server, entry)).AssertOk();
        var comment = Overridden(card, new JsonObject { ["userComment"] = "seen already" }, "2026-03-02T08:07:00Z");
        (await SendAsync(server, comment)).AssertOk();
        (await SendAsync(server, Overridden(card, time: "2026-03-02T08:08:00Z"))).AssertOk();
    }

    [Fact, Trait("promise", "P-21"), Trait("promise", "B5")]
    public async Task Unknown_card_is_told_apart_and_the_rest_is_kept()
    {
        await using var server = await MedAIServer.StartAsync("--demo");
        string card = await CardAsync(server);
        var answer = await SendAsync(server, Accepted("00000000-0000-4000-8000-000000000001"), Accepted(card));
        answer.AssertFailure(HttpStatusCode.NotFound, "unknown-card", hook: true);
        Assert.Equal("$.feedback[0].card", answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString());
        Assert.Equal(1, Assert.Single(await SummaryAsync(server)).GetProperty("accepted").GetInt32());
        // A card of another service is unknown to this one, and an unknown service has none.
        (await server.PostTextAsync("/cds-services/chest-xray-pneumonia/feedback", Body(Accepted(card)))).AssertFailure(HttpStatusCode.NotFound, "unknown-card", hook: true);
        (await server.PostTextAsync("/cds-services/no-such/feedback", Body(Accepted(card)))).AssertFailure(HttpStatusCode.NotFound, "unknown-service", hook: true);
    }

    /// <summary>Three clients: the one that the card was sent to, a tenant of it, and another one, whose word on the card is that on a card that never was.</summary>
    [Fact, Trait("promise", "M-590"), Trait("promise", "P-21")]
    public async Task Card_of_another_client_or_tenant_is_as_unknown_as_one_that_never_was()
    {
        using var ehr = new Access.Clients.FakeEhr();
        using var other = new Access.Clients.FakeEhr();
        await using var server = await ehr.ServeAsync("--Clients:Trusted:0:Tenants:0", "north", "--Clients:Trusted:1:Name", "other", "--Clients:Trusted:1:Issuer", "https://other.example.org",
            "--Clients:Trusted:1:JwksFile", other.KeysFile);
        string card = (await Access.Clients.FakeEhr.SendAsync(server, HttpMethod.Post, Call.Hook, ehr.Token(server.Origin + Call.Hook), Call.PatientView("demo-deteriorating")))
            .AssertOk().Card.GetProperty("uuid").GetString()!;
        Task<Answer> SayAsync(Access.Clients.FakeEhr from, string about, Action<JsonObject>? payload = null) => Access.Clients.FakeEhr.SendAsync(server, HttpMethod.Post, Feedback,
            from.Token(server.Origin + Feedback, payload), JsonNode.Parse(Body(Accepted(about))));

        void AsOther(JsonObject payload) => payload["iss"] = "https://other.example.org";
        var never = await SayAsync(other, "00000000-0000-4000-8000-000000000001", AsOther);
        never.AssertFailure(HttpStatusCode.NotFound, "unknown-card", hook: true);
        foreach (var answer in (Answer[])[await SayAsync(other, card, AsOther), await SayAsync(ehr, card, p => p["tenant"] = "north")])
        {
            answer.AssertFailure(HttpStatusCode.NotFound, "unknown-card", hook: true);
            Assert.Equal(never.Text.Replace(never.RequestId, "", StringComparison.Ordinal), answer.Text.Replace(answer.RequestId, "", StringComparison.Ordinal));
            Assert.Null(Assert.Single(await server.AuditAsync(answer)).Cards);
        }
        var store = server.App.Services.GetRequiredService<IResourceStore>();
        async Task<int> SaidAsync() => (await store.CountFeedbackAsync(default, DateTimeOffset.MaxValue, TestContext.Current.CancellationToken)).Sum(c => c.Accepted);
        Assert.Equal(0, await SaidAsync());
        (await SayAsync(ehr, card)).AssertOk();
        Assert.Equal(1, await SaidAsync());
    }

    [Theory, Trait("promise", "P-21"), Trait("promise", "B2")]
    [InlineData("""[]""")]
    [InlineData("""{}""")]
    [InlineData("""{"feedback":[]}""")]
    [InlineData("""{"feedback":{}}""")]
    [InlineData("""{"feedback":[1]}""")]
    [InlineData("""{"feedback":[{"outcome":"overridden","outcomeTimestamp":"2026-03-02T08:00:00Z"}]}""")]
    [InlineData("""{"feedback":[{"card":"no-uuid","outcome":"overridden","outcomeTimestamp":"2026-03-02T08:00:00Z"}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","outcome":"ignored","outcomeTimestamp":"2026-03-02T08:00:00Z"}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","outcome":"overridden"}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","outcome":"overridden","outcomeTimestamp":"yesterday"}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","outcome":"accepted","outcomeTimestamp":"2026-03-02T08:00:00Z"}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","outcome":"accepted","outcomeTimestamp":"2026-03-02T08:00:00Z","acceptedSuggestions":[]}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","outcome":"accepted","outcomeTimestamp":"2026-03-02T08:00:00Z","acceptedSuggestions":[{}]}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","outcome":"overridden","outcomeTimestamp":"2026-03-02T08:00:00Z","overrideReason":{}}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","outcome":"overridden","outcomeTimestamp":"2026-03-02T08:00:00Z","overrideReason":{"reason":{}}}]}""")]
    [InlineData("""{"feedback":[{"card":"{0}","card":"{0}","outcome":"overridden","outcomeTimestamp":"2026-03-02T08:00:00Z"}]}""")]
    [InlineData("""not JSON""")]
    public async Task Body_that_is_no_feedback_is_400_and_changes_nothing(string body)
    {
        await using var server = await MedAIServer.StartAsync("--demo");
        string card = await CardAsync(server);
        var answer = await server.PostTextAsync(Feedback, body.Replace("{0}", card, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("OperationOutcome", answer.Json.GetProperty("resourceType").GetString());
        var service = Assert.Single(await SummaryAsync(server));
        Assert.Equal(service.GetProperty("cards").GetInt32(), service.GetProperty("noFeedback").GetInt32());
        Assert.False(service.TryGetProperty("acceptanceRate", out _));
    }

    [Fact, Trait("promise", "P-21")]
    public async Task Free_text_is_kept_and_reaches_no_log_and_no_answer()
    {
        const string Secret = "Jonathan Q. Canary of ward 9";
        var log = new HeardLog();
        await using var server = await MedAIServer.StartAsync(null, ["--demo", "--Logging:LogLevel:Default", "Trace"], builder => builder.Logging.AddProvider(log));
        string card = await CardAsync(server);
        string all = (await SendAsync(server, Overridden(card, new JsonObject { ["userComment"] = Secret }))).AssertOk().Text;
        all += (await SendAsync(server, Overridden(card, new JsonObject { ["userComment"] = Secret + new string('x', 5_000) }))).Text;
        all += (await SendAsync(server, Overridden(Secret, new JsonObject { ["userComment"] = Secret }))).Text;
        all += (await server.GetAsync("/feedback/summary?from=2020-01-01&to=2100-01-01")).AssertOk().Text;
        Assert.DoesNotContain("Canary", all, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Lines, line => line.Contains("Canary", StringComparison.Ordinal));
        Assert.NotEmpty(log.Lines);
        var audit = await server.App.Services.GetRequiredService<IAuditTrail>().ReadNewestAsync(100, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(audit, row => row.ToString().Contains("Canary", StringComparison.Ordinal));
        Assert.Contains(audit, row => row is { Trigger: "cds-hooks:feedback", Outcome: "feedback" } && row.Cards == card);
    }

    [Fact, Trait("promise", "B5")]
    public async Task Feedback_survives_a_restart_and_the_summary_has_its_period()
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        try
        {
            string card;
            await using (var first = await MedAIServer.StartAsync(folder, ["--demo"]))
            {
                card = await CardAsync(first);
                (await SendAsync(first, Accepted(card))).AssertOk();
            }
            await using var second = await MedAIServer.StartAsync(folder, ["--demo"]);
            (await SendAsync(second, Accepted(card))).AssertOk();
            Assert.Equal(1, Assert.Single(await SummaryAsync(second)).GetProperty("accepted").GetInt32());
            Assert.Empty(await SummaryAsync(second, "?from=2020-01-01&to=2020-02-01"));
            Assert.Single(await SummaryAsync(second, ""));
            (await second.GetAsync("/feedback/summary?from=tomorrow")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter", hook: true);
            (await second.GetAsync("/feedback/summary?from=2026-02-01&to=2026-01-01")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter", hook: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
