using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MedAI.Fhir.Store;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.CdsHooks;

public sealed partial class CardTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Fact, Trait("promise", "M-73")]
    public async Task Card_is_the_golden_one()
    {
        var answer = (await demo.Server.HookAsync(Call.PatientView("demo-deteriorating"))).AssertOk();
        Assert.StartsWith("application/json", answer.ContentType, StringComparison.Ordinal);
        Golden.AssertJson("card-demo-deteriorating.json", Normal.Json(answer.Text, demo.Server));
    }

    [Trait("promise", "K1")]
    [Trait("promise", "K2")]
    [Trait("promise", "K3")]
    [Trait("promise", "K4")]
    [Trait("promise", "K5")]
    [Trait("promise", "K6")]
    [Trait("promise", "K10")]
    [Theory, Trait("promise", "M-73")]
    [InlineData("demo-deteriorating")]
    [InlineData("demo-heart-failure")]
    [InlineData("demo-recovering")]
    [InlineData("demo-cardiac-surgery")]
    [InlineData("demo-dirty")]
    [InlineData("demo-sparse")]
    public async Task Cards_keep_the_rules_of_the_specification(string patient)
    {
        var answer = (await demo.Server.HookAsync(Call.PatientView(patient))).AssertOk();
        NoEmptyValues.Check(answer.Json, "cards");
        foreach (var card in answer.Cards)
        {
            Assert.InRange(card.GetProperty("summary").GetString()!.Length, 1, 139);
            Assert.Contains(card.GetProperty("indicator").GetString(), (string[])["info", "warning", "critical"]);
            Assert.True(Guid.TryParse(card.GetProperty("uuid").GetString(), out _));
            var source = card.GetProperty("source");
            Assert.NotEqual("", source.GetProperty("label").GetString());
            Assert.True(Uri.TryCreate(source.GetProperty("url").GetString(), UriKind.Absolute, out _));
            Assert.Equal("icu-mortality", source.GetProperty("topic").GetProperty("code").GetString());
            Assert.NotEqual("", source.GetProperty("topic").GetProperty("system").GetString());
            if (card.TryGetProperty("overrideReasons", out var reasons))
                Assert.All(reasons.EnumerateArray(), r => Assert.All(new[] { "code", "system", "display" }, m => Assert.NotEqual("", r.GetProperty(m).GetString())));
            if (card.TryGetProperty("links", out var links))
                Assert.All(links.EnumerateArray(), l => Assert.Equal("absolute", l.GetProperty("type").GetString()));
        }
    }

    [Fact, Trait("promise", "M-380")]
    public async Task Invalid_card_is_never_sent()
    {
        // An origin that no card may link to.
        var log = new HeardLog(LogLevel.Warning);
        await using var server = await MedAIServer.StartAsync(null, ["--demo", "--MedAI:PublicOrigin", "ftp://medai.example.org"], builder => builder.Logging.AddProvider(log));
        var answer = await server.HookAsync(Call.PatientView("demo-deteriorating"));
        answer.AssertFailure(System.Net.HttpStatusCode.InternalServerError, "answer-invalid", hook: true);
        Assert.DoesNotContain("Estimated", answer.Text, StringComparison.Ordinal);
        string line = Assert.Single(log.Lines, l => l.Contains(answer.RequestId, StringComparison.Ordinal) && l.Contains("was not sent", StringComparison.Ordinal));
        Assert.Contains("card.source.url is not absolute", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Estimated", line, StringComparison.Ordinal);
        // The trail holds what was computed, and that nobody saw it.
        var trail = await server.App.Services.GetRequiredService<IAuditTrail>().ReadRequestAsync(answer.RequestId, TestContext.Current.CancellationToken);
        Assert.Equal([("prediction", 200, ""), ("error", 500, "AnswerInvalid")], trail.Select(r => (r.Outcome, r.Status, r.Reasons)));
        (await server.HookAsync(Call.PatientView("demo-child"))).AssertOk();
    }

    [Trait("promise", "K7")]
    [Fact, Trait("promise", "M-73")]
    public async Task Detail_holds_what_a_clinician_must_know()
    {
        string detail = (await demo.Server.HookAsync(Call.PatientView("demo-deteriorating"))).Card.GetProperty("detail").GetString()!;
        Assert.Matches(@"Estimated probability of death during this hospital stay: \d+\.\d %", detail);
        // What the operating point that was reached is worth: how often it speaks, how often it is right, what it finds.
        Assert.Matches(@"and above lie \d+ % of stays; of those, \d+ % had the outcome, and it finds \d+ % of all that do", detail);
        Assert.Contains("newest input 2026-03-02", detail, StringComparison.Ordinal);
        Assert.Contains("not causes, not treatment targets", detail, StringComparison.Ordinal);
        // Five contributions, each with a value and a time.
        Assert.Equal(5, Contribution().Count(detail));
        Assert.Contains("Not measured in the window", detail, StringComparison.Ordinal);
        Assert.Contains("Estimate from a model trained on 2012-challenge ICU data; not locally validated; must not be used to limit treatment, triage or set code status.", detail, StringComparison.Ordinal);
        Assert.Contains("Demonstration: the clock is pinned", detail, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-73")]
    public async Task Indicator_follows_the_threshold()
    {
        var thresholds = JsonNode.Parse(File.ReadAllBytes(RepositoryRoot.Combine("models", "icu-mortality", "2.0.0", "manifest.json")))!["thresholds"]!.AsArray();
        foreach (string patient in (string[])["demo-stable", "demo-recovering", "demo-odd-units", "demo-deteriorating", "demo-heart-failure", "demo-cardiac-surgery", "demo-dirty"])
        {
            var answer = (await demo.Server.HookAsync(Call.PatientView(patient))).AssertOk();
            decimal percent = (await demo.Server.PostTextAsync($"/fhir/Patient/{patient}/$assess-risk", "", "")).AssertOk().Percent;
            string? expected = thresholds.Where(t => (decimal)t!["value"]! * 100 <= percent).Select(t => (string)t!["indicator"]!).LastOrDefault();
            Assert.Equal(expected, answer.Cards.Select(c => c.GetProperty("indicator").GetString()).SingleOrDefault());
        }
    }

    [Fact, Trait("promise", "M-74")]
    public async Task Link_opens_a_page_for_people_and_a_resource_for_programs()
    {
        var link = (await demo.Server.HookAsync(Call.PatientView("demo-deteriorating"))).Card.GetProperty("links")[0].GetProperty("url").GetString()!;
        Assert.StartsWith(demo.Server.FhirBase + "/RiskAssessment/", link, StringComparison.Ordinal);
        var page = (await demo.Server.GetAsync(link, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")).AssertOk();
        Assert.Equal("text/html; charset=utf-8", page.ContentType);
        Assert.StartsWith("<!doctype html>", page.Text.TrimStart(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<svg", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Content-Security-Policy", page.Response.Headers.Select(h => h.Key));
        var resource = (await demo.Server.GetAsync(link, "application/fhir+json")).AssertOk();
        Assert.Equal("RiskAssessment", resource.Json.GetProperty("resourceType").GetString());
        Assert.Equal("read", Assert.Single(await demo.Server.AuditAsync(page)).Outcome);
    }

    [Theory, Trait("promise", "S-40")]
    [InlineData("demo-sparse")]
    [InlineData("demo-empty")]
    public async Task Too_little_data_gives_one_info_card_that_names_it_and_no_number(string patient)
    {
        var answer = (await demo.Server.HookAsync(Call.PatientView(patient))).AssertOk();
        Assert.Equal("info", answer.Card.GetProperty("indicator").GetString());
        string text = answer.Text;
        Assert.DoesNotContain('%', text);
        Assert.DoesNotContain("probability", text, StringComparison.OrdinalIgnoreCase);
        Assert.False(answer.Card.TryGetProperty("links", out _));
        string detail = answer.Card.GetProperty("detail").GetString()!;
        Assert.Contains("different measurements", detail, StringComparison.Ordinal);
        Assert.Contains("Lactate", detail, StringComparison.Ordinal);
        var row = Assert.Single(await demo.Server.AuditAsync(answer));
        Assert.Equal("abstention", row.Outcome);
        Assert.Contains("not-enough-data", row.Reasons, StringComparison.Ordinal);
        // The same user and encounter see the same card again, not another one.
        Assert.Equal(answer.Card.GetProperty("uuid").GetString(), (await demo.Server.HookAsync(Call.PatientView(patient))).Card.GetProperty("uuid").GetString());
    }

    [Theory, Trait("promise", "S-42")]
    [InlineData("demo-child", "age-outside-population")]
    [InlineData("demo-outpatient", "time-zero-unknown")]
    [InlineData("demo-ended", "encounter-ended")]
    public async Task Patient_that_the_model_was_not_made_for_gets_no_card_but_an_audit_row(string patient, string reason)
    {
        var answer = (await demo.Server.HookAsync(Call.PatientView(patient))).AssertOk();
        Assert.Empty(answer.Cards);
        var row = Assert.Single(await demo.Server.AuditAsync(answer));
        Assert.Equal("abstention", row.Outcome);
        Assert.Contains(reason, row.Reasons.Split(','));
        Assert.Equal(200, row.Status);
        Assert.Null(row.Cards);
    }

    [Fact, Trait("promise", "P-16")]
    public async Task Audit_row_says_who_asked_what_about_whom()
    {
        var request = Call.PatientView("demo-deteriorating");
        var answer = (await demo.Server.HookAsync(request)).AssertOk();
        var row = Assert.Single(await demo.Server.AuditAsync(answer));
        Assert.Equal("cds-hooks:patient-view", row.Trigger);
        Assert.Equal((string)request["hookInstance"]!, row.HookInstance);
        Assert.Equal("Practitioner/demo-clinician", row.User);
        Assert.Equal("demo-deteriorating", row.Patient?.Id);
        Assert.Equal("prediction", row.Outcome);
        Assert.Equal("2.0.0", row.ModelVersion);
        Assert.Equal(answer.Card.GetProperty("uuid").GetString(), row.Cards);
        Assert.EndsWith(row.ResultId!, answer.Card.GetProperty("links")[0].GetProperty("url").GetString(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^- .+ [\d\\.]+.* \(\d{4}-\d\d-\d\d \d\d:\d\d UTC\).*: (raised|lowered) it$", RegexOptions.Multiline)]
    private static partial Regex Contribution();
}

/// <summary>Takes out what differs from run to run: origin, minted ids, instants of storing.</summary>
internal static partial class Normal
{
    public static byte[] Json(string text, MedAIServer server) => System.Text.Encoding.UTF8.GetBytes(Text(text, server));

    public static string Text(string text, MedAIServer server)
    {
        text = text.Replace(server.Origin, "http://localhost", StringComparison.Ordinal);
        text = Uuid().Replace(text, "00000000-0000-0000-0000-000000000000");
        // Processors differ in the last digits of a sum.
        text = Decimals().Replace(text, "$1");
        // The idempotency key holds the port; a note says when it was written.
        text = Key().Replace(text, "$1\"key\"");
        return Stored().Replace(text, "$1\"2026-01-01T00:00:00Z\"");
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();

    [GeneratedRegex("(sid/result\"\\s*,\\s*\"value\"\\s*:\\s*)\"[0-9a-f]{64}\"")]
    private static partial Regex Key();

    [GeneratedRegex("(\"probabilityDecimal\"\\s*:\\s*\\d+\\.\\d{2})\\d+")]
    private static partial Regex Decimals();

    [GeneratedRegex("(\"(?:lastUpdated|date|recorded|time)\"\\s*:\\s*)\"[^\"]+\"")]
    private static partial Regex Stored();
}
