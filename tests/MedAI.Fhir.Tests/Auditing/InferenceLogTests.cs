using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Models.Packages;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Auditing;

/// <summary>From the log alone an auditor rebuilds an answer: who asked, what went in, which file of which model, which threshold, what came out, what the clinician did.</summary>
[Trait("promise", "M-511")]
public abstract class InferenceLogTests(DemoServer demo)
{
    private MedAIServer Server => demo.Server;

    private async Task<JsonElement[]> LogAsync(string query)
    {
        var answer = (await Server.GetAsync("/inference-log?" + query)).AssertOk();
        Assert.Equal("application/x-ndjson", answer.ContentType);
        return [.. answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    [Fact]
    public async Task Shown_prediction_is_reconstructed_from_the_log_alone()
    {
        var request = Call.PatientView("demo-deteriorating");
        var answer = (await Server.HookAsync(request)).AssertOk();
        string card = answer.Card.GetProperty("uuid").GetString()!;
        var feedback = JsonNode.Parse($$$"""{"feedback":[{"card":"{{{card}}}","outcome":"overridden","outcomeTimestamp":"2026-03-02T08:05:00Z","overrideReason":{"reason":{"code":"x","system":"https://ehr.example.org/reasons","display":"Known"},"userComment":"palliative"}}]}""")!;
        (await Server.PostTextAsync(Call.Hook + "/feedback", feedback.ToJsonString())).AssertOk();

        var entry = (await LogAsync("patient=demo-deteriorating")).First(e => e.GetProperty("requestId").GetString() == answer.RequestId);
        var model = Server.App.Services.GetRequiredService<IModelCatalog>().Models.Single(m => m.Identity.Id == "icu-mortality").Identity;
        Assert.Equal("prediction", entry.GetProperty("kind").GetString());
        // Who asked, and how.
        Assert.Equal(("anonymous", (string?)request["context"]!["userId"], "cds-hooks:patient-view", (string?)request["hookInstance"]), (entry.GetProperty("client").GetString(), entry.GetProperty("user").GetString(), entry.GetProperty("trigger").GetString(), entry.GetProperty("hookInstance").GetString()));
        Assert.Equal("demo-deteriorating", entry.GetProperty("patient").GetProperty("id").GetString());
        // Which file.
        Assert.Equal((model.Id, model.Version, model.Hash), (entry.GetProperty("model").GetProperty("id").GetString(), entry.GetProperty("model").GetProperty("version").GetString(), entry.GetProperty("model").GetProperty("sha256").GetString()));
        // What went in, in its versions, and that all of it is what the resource says.
        string result = entry.GetProperty("result").GetString()!;
        var risk = (await Server.GetAsync("/fhir/" + result)).AssertOk().Json;
        string[] inputs = [.. entry.GetProperty("inputs").EnumerateArray().Select(i => i.GetRawText())];
        Assert.Equal(risk.GetProperty("basis").EnumerateArray().Select(b => b.GetRawText()), inputs);
        Assert.All(entry.GetProperty("inputs").EnumerateArray(), i => Assert.Matches("/_history/[0-9]+$|^$", i.GetProperty("reference").GetString()));
        Assert.Matches("^[0-9a-f]{64}$", entry.GetProperty("inputHash").GetString());
        // What came out, and against which threshold.
        var estimate = entry.GetProperty("output").GetProperty("estimates")[0];
        Assert.Equal(risk.GetProperty("prediction")[0].GetProperty("probabilityDecimal").GetDouble(), estimate.GetProperty("probability").GetDouble() * 100, 1e-6);
        string reached = estimate.GetProperty("threshold").GetString()!;
        Assert.Contains(entry.GetProperty("output").GetProperty("model").GetProperty("thresholds").EnumerateArray(), t => t.GetProperty("id").GetString() == reached && t.GetProperty("value").GetDouble() <= estimate.GetProperty("probability").GetDouble());
        // What the clinician did.
        Assert.Equal(card, entry.GetProperty("cards").GetString());
        var said = Assert.Single(entry.GetProperty("feedback").EnumerateArray());
        Assert.Equal(("overridden", "x", "palliative"), (said.GetProperty("outcome").GetString(), said.GetProperty("reasonCode").GetString(), said.GetProperty("comment").GetString()));
    }

    [Fact]
    public async Task Prediction_that_was_not_stored_keeps_its_inputs_and_output_in_the_log()
    {
        var answer = (await Server.AssessAsync(Call.Parameters("demo-recovering", persist: false))).AssertOk();
        var entry = (await LogAsync("model=icu-mortality&from=2026-01-01")).First(e => e.GetProperty("requestId").GetString() == answer.RequestId);
        Assert.False(entry.TryGetProperty("result", out _));
        var inputs = entry.GetProperty("output").GetProperty("inputs").EnumerateArray().ToArray();
        Assert.Equal(answer.Json.GetProperty("basis").GetArrayLength(), inputs.Length);
        Assert.Equal(answer.Json.GetProperty("basis").EnumerateArray().Select(b => b.GetProperty("reference").GetString()), inputs.Select(i => i.GetProperty("reference").GetString()));
        Assert.Equal((double)answer.Percent, entry.GetProperty("output").GetProperty("estimates")[0].GetProperty("probability").GetDouble() * 100, 1e-6);
    }

    [Fact]
    public async Task Answer_from_store_abstention_and_reading_of_a_study_have_entries_too()
    {
        var first = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk();
        var again = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk();
        Assert.Equal(first.Id, again.Id);
        var entries = await LogAsync("patient=demo-stable");
        Assert.Equal(2, entries.Count(e => e.GetProperty("result").GetString() == "RiskAssessment/" + first.Id));
        Assert.Equal(entries[0].GetProperty("inputs").GetRawText(), entries[1].GetProperty("inputs").GetRawText());

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Server.PostTextAsync("/fhir/Patient/demo-empty/$assess-risk", "", "")).Status);
        var abstained = (await LogAsync("patient=demo-empty"))[0];
        Assert.Equal("abstention", abstained.GetProperty("kind").GetString());
        Assert.NotEmpty(abstained.GetProperty("output").GetProperty("reasons").EnumerateArray());
        Assert.False(abstained.TryGetProperty("inputHash", out _));

        (await Server.PostTextAsync("/fhir/ImagingStudy/demo-chest-clear/$interpret-imaging", "", "")).AssertOk();
        var study = (await LogAsync("patient=demo-chest-clear"))[0];
        Assert.StartsWith("DiagnosticReport/", study.GetProperty("result").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(study.GetProperty("inputs").EnumerateArray());
        Assert.Equal("chest-xray-pneumonia", study.GetProperty("model").GetProperty("id").GetString());
    }

    /// <summary>An abstention is reconstructed as a prediction is: what was looked at stands with it, in its version or with the hash of what was read.</summary>
    [Fact, Trait("promise", "M-592")]
    public async Task Abstention_keeps_what_it_looked_at_with_versions_or_hashes()
    {
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Server.PostTextAsync("/fhir/Patient/demo-sparse/$assess-risk", "", "")).Status);
        var stored = (await LogAsync("patient=demo-sparse"))[0];
        Assert.Equal("abstention", stored.GetProperty("kind").GetString());
        var inputs = stored.GetProperty("output").GetProperty("inputs").EnumerateArray().ToArray();
        // The stay, and each value that the counts tell of.
        Assert.True(inputs.Length > 1, stored.GetRawText());
        Assert.Equal(inputs.Length, inputs.Select(i => i.GetProperty("reference").GetString()).Distinct().Count());
        Assert.Contains(inputs, i => i.GetProperty("reference").GetString()!.Contains("/Encounter/", StringComparison.Ordinal));
        Assert.All(inputs, i => Assert.Matches("/fhir/(Encounter|Observation|Procedure)/[A-Za-z0-9.-]+/_history/[0-9]+$", i.GetProperty("reference").GetString()));
        foreach (var input in inputs)
            (await Server.GetAsync(new Uri(input.GetProperty("reference").GetString()!).AbsolutePath)).AssertOk();

        // The same record from a request, whose resources have no version.
        var sent = await Server.AssessAsync(WithoutVersions(Call.Parameters("demo-sparse")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, sent.Status);
        var hashed = (await LogAsync("from=2026-01-01")).First(e => e.GetProperty("requestId").GetString() == sent.RequestId).GetProperty("output").GetProperty("inputs").EnumerateArray().ToArray();
        Assert.Equal(inputs.Length, hashed.Length);
        Assert.All(hashed, i => Assert.Matches("^[0-9a-f]{64}$", i.GetProperty("sha256").GetString()));
    }

    /// <summary>Both databases give the audit row of a repeated abstention the outcome that the first one stored.</summary>
    [Fact, Trait("promise", "M-616")]
    public async Task Abstention_that_is_told_again_has_its_own_entry_and_the_first_ones_output()
    {
        JsonElement[] entries;
        do
        {
            for (int i = 0; i < 2; i++)
                Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Server.PostTextAsync("/fhir/Patient/demo-empty/$assess-risk", "", "")).Status);
            entries = await LogAsync("patient=demo-empty");
        }
        // Where the two were in different hours they were stored apart.
        while (entries[0].GetProperty("ended").GetDateTimeOffset().Hour != entries[1].GetProperty("ended").GetDateTimeOffset().Hour);
        Assert.NotEqual(entries[0].GetProperty("id").GetString(), entries[1].GetProperty("id").GetString());
        Assert.Equal(entries[1].GetProperty("output").GetRawText(), entries[0].GetProperty("output").GetRawText());
        Assert.NotEmpty(entries[0].GetProperty("output").GetProperty("reasons").EnumerateArray());
    }

    private static JsonObject WithoutVersions(JsonObject parameters)
    {
        foreach (var entry in parameters["parameter"]![0]!["resource"]!["entry"]!.AsArray())
            entry!["resource"]!.AsObject().Remove("meta");
        return parameters;
    }

    [Fact]
    public async Task Pages_are_linked_and_wrong_questions_refused()
    {
        for (int i = 0; i < 3; i++)
            (await Server.PostTextAsync("/fhir/Patient/demo-odd-units/$assess-risk", "", "")).AssertOk();
        var ids = new List<string>();
        string? next = "/inference-log?patient=demo-odd-units&_count=2";
        while (next is not null)
        {
            var answer = (await Server.GetAsync(next)).AssertOk();
            ids.AddRange(answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("id").GetString()!));
            next = answer.Response.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }
        Assert.Equal(3, ids.Count);
        Assert.Equal(ids.Distinct().OrderDescending(StringComparer.Ordinal), ids);
        foreach (string query in (string[])["from=x", "to=", "patient=a b", "_count=0", "other=1", "model="])
            (await Server.GetAsync("/inference-log?" + query)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }
}

public sealed class SqliteInferenceLogTests(DemoServer demo) : InferenceLogTests(demo), IClassFixture<DemoServer>;

[Trait("promise", "M-486")]
public sealed class PostgresInferenceLogTests(PostgresDemoServer demo) : InferenceLogTests(demo), IClassFixture<PostgresDemoServer>;
