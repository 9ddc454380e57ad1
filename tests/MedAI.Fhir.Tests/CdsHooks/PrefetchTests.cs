using System.Net;
using System.Text.Json.Nodes;
using MedAI.Models.Packages;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>A server that is not in demo mode and an EHR that is not ours: only what the EHR sent may be used.</summary>
public sealed class ForeignEhr : IAsyncLifetime
{
    public MedAIServer Server { get; private set; } = null!;

    public StubbornCatalog Catalog => (StubbornCatalog)Server.App.Services.GetRequiredService<IModelCatalog>();

    public async ValueTask InitializeAsync() => Server = await Call.ServerAtSampleTime(builder => StubbornCatalog.Use(builder, null));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

public sealed class PrefetchTests(ForeignEhr ehr) : IClassFixture<ForeignEhr>
{
    [Fact, Trait("promise", "M-75")]
    public async Task Full_prefetch_of_another_server_is_answered_without_the_store()
    {
        var answer = (await ehr.Server.HookAsync(Call.WithPrefetch())).AssertOk();
        Assert.Equal("critical", answer.Card.GetProperty("indicator").GetString());
        Assert.DoesNotContain("Demonstration", answer.Text, StringComparison.Ordinal);
        var resource = await ehr.Server.GetAsync(answer.Card.GetProperty("links")[0].GetProperty("url").GetString()!);
        Assert.Equal("https://ehr.example.org/r4/Patient/demo-deteriorating", resource.Json.GetProperty("subject").GetProperty("reference").GetString());
        var basis = resource.Json.GetProperty("basis").EnumerateArray().Select(b => b.GetProperty("reference").GetString()!).ToArray();
        Assert.NotEmpty(basis);
        Assert.All(basis, b => Assert.StartsWith("https://ehr.example.org/r4/", b, StringComparison.Ordinal));
    }

    [Trait("promise", "P5")]
    [Trait("promise", "P-16")]
    [Theory, Trait("promise", "S-44")]
    [InlineData("patient")]
    [InlineData("encounter")]
    [InlineData("observations-vital-signs")]
    [InlineData("observations-laboratory")]
    [InlineData("observations-codes")]
    [InlineData("procedures")]
    public async Task Absent_key_is_412_and_named(string key)
    {
        var request = Call.WithPrefetch();
        request["prefetch"]!.AsObject().Remove(key);
        int asked = ehr.Catalog.Asked;
        var answer = await ehr.Server.HookAsync(request);
        answer.AssertFailure(HttpStatusCode.PreconditionFailed, "data-unavailable", hook: true);
        Assert.Contains("$.prefetch." + key, answer.Text, StringComparison.Ordinal);
        Assert.Equal(asked, ehr.Catalog.Asked);
        var row = Assert.Single(await ehr.Server.AuditAsync(answer));
        Assert.Equal(("error", 412), (row.Outcome, row.Status));
    }

    [Fact, Trait("promise", "S-44")]
    public async Task Locations_are_missed_only_where_an_encounter_names_one()
    {
        var request = Call.WithPrefetch();
        var prefetch = request["prefetch"]!.AsObject();
        prefetch.Remove("locations");
        var encounters = prefetch["encounter"]!["entry"]!.AsArray();
        foreach (var included in encounters.Where(e => (string?)e!["resource"]!["resourceType"] == "Location").ToArray())
            encounters.Remove(included);
        var answer = await ehr.Server.HookAsync(request);
        answer.AssertFailure(HttpStatusCode.PreconditionFailed, "data-unavailable", hook: true);
        Assert.Contains("$.prefetch.locations", answer.Text, StringComparison.Ordinal);

        // An outpatient's encounter names no place: there is nothing to fetch and nothing to say.
        foreach (var encounter in encounters)
            encounter!["resource"]!.AsObject().Remove("location");
        answer = (await ehr.Server.HookAsync(request)).AssertOk();
        Assert.Equal(0, answer.Json.GetProperty("cards").GetArrayLength());
        Assert.Equal("abstention", Assert.Single(await ehr.Server.AuditAsync(answer)).Outcome);
    }

    [Fact, Trait("promise", "S-44")]
    public async Task No_prefetch_at_all_is_412_naming_every_key()
    {
        var request = Call.WithPrefetch();
        request.Remove("prefetch");
        var answer = await ehr.Server.HookAsync(request);
        answer.AssertFailure(HttpStatusCode.PreconditionFailed, "data-unavailable", hook: true);
        foreach (string key in (string[])["patient", "encounter", "observations-vital-signs"])
            Assert.Contains("$.prefetch." + key + "\"", answer.Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-75")]
    public async Task Prefetch_without_server_is_not_completed_from_the_store_of_patients_we_do_not_have()
    {
        var request = Call.PatientView("demo-deteriorating");
        (await ehr.Server.HookAsync(request)).AssertFailure(HttpStatusCode.PreconditionFailed, "data-unavailable", hook: true);
    }

    [Trait("promise", "J3")]
    [Trait("promise", "F7")]
    [Theory, Trait("promise", "S-44")]
    [InlineData("null")]
    [InlineData("""{"resourceType":"Bundle","type":"searchset","total":0}""")]
    [InlineData("""{"resourceType":"Bundle","type":"searchset","total":0,"entry":[]}""")]
    public async Task Null_and_an_empty_Bundle_mean_no_data(string value)
    {
        var request = Call.WithPrefetch();
        request["prefetch"]!["procedures"] = JsonNode.Parse(value);
        var without = (await ehr.Server.HookAsync(request)).AssertOk();
        Assert.Single(without.Cards);
        foreach (string key in (string[])["observations-vital-signs", "observations-laboratory", "observations-codes"])
            request["prefetch"]![key] = JsonNode.Parse(value);
        var nothing = (await ehr.Server.HookAsync(request)).AssertOk();
        Assert.Equal("info", nothing.Card.GetProperty("indicator").GetString());
        Assert.DoesNotContain('%', nothing.Text);
    }

    [Trait("promise", "F1")]
    [Theory, Trait("promise", "S-44")]
    [InlineData("error")]
    [InlineData("fatal")]
    public async Task Failed_prefetch_is_412(string severity)
    {
        var request = Call.WithPrefetch();
        request["prefetch"]!["observations-laboratory"] = Outcome(severity);
        int asked = ehr.Catalog.Asked;
        (await ehr.Server.HookAsync(request)).AssertFailure(HttpStatusCode.PreconditionFailed, "upstream-failed", hook: true);
        Assert.Equal(asked, ehr.Catalog.Asked);
    }

    [Fact, Trait("promise", "S-44")]
    public async Task Warning_of_a_search_is_ignored()
    {
        var plain = (await ehr.Server.HookAsync(Call.WithPrefetch())).AssertOk();
        var request = Call.WithPrefetch();
        request["prefetch"]!["observations-laboratory"]!["entry"]!.AsArray().Add(new JsonObject { ["search"] = new JsonObject { ["mode"] = "outcome" }, ["resource"] = Outcome("warning") });
        var answer = (await ehr.Server.HookAsync(request)).AssertOk();
        Assert.Equal(plain.Card.GetProperty("summary").GetString(), answer.Card.GetProperty("summary").GetString());
    }

    [Fact, Trait("promise", "M-202")]
    public async Task Searchset_with_more_pages_is_412()
    {
        var request = Call.WithPrefetch();
        request["prefetch"]!["observations-vital-signs"]!["link"] = JsonNode.Parse("""[{"relation":"next","url":"https://ehr.example.org/r4?page=2"}]""");
        (await ehr.Server.HookAsync(request)).AssertFailure(HttpStatusCode.PreconditionFailed, "data-incomplete", hook: true);
    }

    [Fact, Trait("promise", "M-202")]
    public async Task Searchset_with_fewer_matches_than_its_total_is_412()
    {
        var request = Call.WithPrefetch();
        var bundle = request["prefetch"]!["observations-vital-signs"]!;
        bundle["total"] = bundle["entry"]!.AsArray().Count + 1;
        (await ehr.Server.HookAsync(request)).AssertFailure(HttpStatusCode.PreconditionFailed, "data-incomplete", hook: true);
    }

    [Theory, Trait("promise", "S-14")]
    [InlineData("Patient/someone-else")]
    [InlineData("https://other.example.org/fhir/Patient/demo-deteriorating")]
    [InlineData(null)]
    public async Task Resource_of_another_patient_is_422_and_the_model_is_not_asked(string? subject)
    {
        var request = Call.WithPrefetch();
        var observation = request["prefetch"]!["observations-laboratory"]!["entry"]![3]!["resource"]!.AsObject();
        observation.Remove("subject");
        if (subject is not null)
            observation["subject"] = new JsonObject { ["reference"] = subject };
        int asked = ehr.Catalog.Asked;
        var answer = await ehr.Server.HookAsync(request);
        answer.AssertFailure(HttpStatusCode.UnprocessableEntity, "foreign-subject", hook: true);
        Assert.DoesNotContain("someone-else", answer.Text, StringComparison.Ordinal);
        Assert.Equal(asked, ehr.Catalog.Asked);
    }

    [Fact, Trait("promise", "S-14")]
    public async Task Patient_that_is_not_the_one_in_context_is_refused()
    {
        var request = Call.WithPrefetch();
        request["context"]!["patientId"] = "another";
        var answer = await ehr.Server.HookAsync(request);
        Assert.Contains(answer.Status, (HttpStatusCode[])[HttpStatusCode.UnprocessableEntity, HttpStatusCode.PreconditionFailed]);
        Assert.False(answer.Json.TryGetProperty("cards", out _));
    }

    [Fact, Trait("promise", "M-76")]
    public async Task Two_servers_with_the_same_patient_id_share_no_result()
    {
        string one = Link(await ehr.Server.HookAsync(Call.WithPrefetch("https://one.example.org/fhir")));
        string two = Link(await ehr.Server.HookAsync(Call.WithPrefetch("https://two.example.org/fhir")));
        string again = Link(await ehr.Server.HookAsync(Call.WithPrefetch("https://one.example.org/fhir/")));
        Assert.NotEqual(one, two);
        Assert.Equal(one, again);
        Assert.Contains("https://one.example.org/fhir/Patient/", (await ehr.Server.GetAsync(one)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("one.example.org", (await ehr.Server.GetAsync(two)).Text, StringComparison.Ordinal);

        static string Link(Answer answer) => answer.AssertOk().Card.GetProperty("links")[0].GetProperty("url").GetString()!;
    }

    [Fact, Trait("promise", "M-75")]
    public async Task Wall_clock_decides_outside_demo_mode()
    {
        // Far from the samples' time the stay is older than the model's window: no card.
        await using var today = await MedAIServer.StartAsync(Call.Outspoken("icu-mortality", "2.0.0"));
        Assert.Empty((await today.HookAsync(Call.WithPrefetch())).AssertOk().Cards);
    }

    [Theory, Trait("promise", "S-43")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("[click](https://evil.example.org)")]
    [InlineData("![x](https://evil.example.org/x.png)")]
    [InlineData("\u202Egnp.exe")]
    public async Task Hostile_text_of_the_EHR_reaches_no_card_and_no_page(string hostile)
    {
        string text = hostile + new string('x', 10_000);
        var request = Call.WithPrefetch("https://" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(hostile)))[..16] + ".example.org/fhir");
        var prefetch = request["prefetch"]!;
        prefetch["patient"]!["name"]![0]!["family"] = text;
        foreach (var node in prefetch.AsObject().Where(p => p.Key.StartsWith("observations", StringComparison.Ordinal)).SelectMany(p => p.Value!["entry"]!.AsArray()))
        {
            var resource = node!["resource"]!.AsObject();
            resource["code"]!["text"] = text[..200];
            resource["code"]!["coding"]![0]!["display"] = text[..200];
            resource["note"] = new JsonArray(new JsonObject { ["text"] = text[..200] });
        }
        var answer = (await ehr.Server.HookAsync(request)).AssertOk();
        foreach (string shown in new[] { answer.Card.GetProperty("summary").GetString()!, answer.Card.GetProperty("detail").GetString()! })
        {
            Assert.DoesNotContain(hostile, shown, StringComparison.Ordinal);
            Assert.DoesNotContain("evil.example.org", shown, StringComparison.Ordinal);
            Assert.DoesNotContain('<', shown);
            Assert.DoesNotContain("xxxx", shown, StringComparison.Ordinal);
        }
        string link = answer.Card.GetProperty("links")[0].GetProperty("url").GetString()!;
        Assert.StartsWith(ehr.Server.FhirBase, link, StringComparison.Ordinal);
        string page = (await ehr.Server.GetAsync(link, "text/html")).AssertOk().Text;
        Assert.DoesNotContain(hostile, page, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example.org", page, StringComparison.Ordinal);
    }

    private static JsonObject Outcome(string severity) =>
        JsonNode.Parse($$"""{"resourceType":"OperationOutcome","issue":[{"severity":"{{severity}}","code":"processing","diagnostics":"told by the EHR"}]}""")!.AsObject();
}
