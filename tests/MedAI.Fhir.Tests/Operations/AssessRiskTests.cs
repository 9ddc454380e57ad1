using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Tests.CdsHooks;
using MedAI.Models.Predictions;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Operations;

public sealed class AssessRiskTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private MedAIServer Server => demo.Server;

    [Fact, Trait("promise", "M-90")]
    public async Task All_three_levels_answer_the_same_risk()
    {
        var instance = (await Server.PostTextAsync("/fhir/Patient/demo-recovering/$assess-risk", "", "")).AssertOk();
        var type = (await Server.AssessAsync(Call.Parameters("demo-recovering"), "/Patient")).AssertOk();
        var system = (await Server.AssessAsync(Call.Parameters("demo-recovering"))).AssertOk();
        Assert.All(new[] { instance, type, system }, a => Assert.Equal("RiskAssessment", a.Json.GetProperty("resourceType").GetString()));
        Assert.Equal(instance.Percent, type.Percent);
        Assert.Equal(type.Percent, system.Percent);
        Assert.Equal(type.Id, system.Id);
    }

    [Fact, Trait("promise", "M-90")]
    public async Task Bundle_bare_or_in_parts_answers_the_same_risk()
    {
        var whole = (await Server.AssessAsync(Call.Parameters("demo-stable"))).AssertOk();
        var bare = (await Server.AssessAsync(Call.Record("demo-stable"))).AssertOk();
        var parts = new JsonArray([.. Call.Record("demo-stable")["entry"]!.AsArray()
            .Select(e => (JsonNode)new JsonObject { ["name"] = "data", ["resource"] = e!["resource"]!.DeepClone() })]);
        var several = (await Server.AssessAsync(new JsonObject { ["resourceType"] = "Parameters", ["parameter"] = parts })).AssertOk();
        Assert.Equal(whole.Percent, bare.Percent);
        Assert.Equal(whole.Percent, several.Percent);
    }

    [Fact, Trait("promise", "M-91")]
    public async Task RiskAssessment_is_the_golden_one()
    {
        var answer = (await Server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "")).AssertOk();
        Assert.Equal("application/fhir+json; charset=utf-8", answer.ContentType);
        Golden.AssertJson("risk-assessment-demo-deteriorating.fhir.json", Normal.Json(answer.Text, Server));
    }

    [Fact, Trait("promise", "M-91")]
    public async Task Result_page_is_the_golden_one()
    {
        var answer = (await Server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "")).AssertOk();
        var page = (await Server.GetAsync($"/fhir/RiskAssessment/{answer.Id}", "text/html")).AssertOk();
        Golden.AssertText("result-page-demo-deteriorating.html", System.Text.RegularExpressions.Regex.Replace(Normal.Text(page.Text, Server), "2026-1[12]-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2})?", "2026-01-01 00:00"));
    }

    [Fact, Trait("promise", "M-91")]
    public async Task Probability_is_the_model_s_own_with_its_decimals()
    {
        var answer = (await Server.PostTextAsync("/fhir/Patient/demo-recovering/$assess-risk", "", "")).AssertOk();
        var model = Assert.Single(Server.App.Services.GetRequiredService<AssessableModels>().All);
        using var record = JsonDocument.Parse(Call.Record("demo-recovering").ToJsonString());
        var read = model.Reader.Read(new ReadingRequest
        {
            Documents = [new ClinicalDocument("record", record.RootElement)],
            Patient = new PatientKey("default", "https://ehr.example.org/fhir", "demo-recovering"),
            AsOf = Call.SampleTime,
        });
        using var input = model.Model.Prepare(Assert.IsType<MedAI.Models.Timelines.PatientTimeline>(read.Timeline));
        var prediction = Assert.IsType<Prediction>(await model.Model.PredictAsync(input, DateTimeOffset.UtcNow.AddMinutes(1), TestContext.Current.CancellationToken));
        double percent = (double)answer.Percent;
        Assert.InRange(percent, (prediction.Estimates[0].Value.Value * 100) - 1e-4, (prediction.Estimates[0].Value.Value * 100) + 1e-4);
        Assert.InRange((percent / 100) - prediction.Estimates[0].Value.Value, -1e-6, 1e-6);
        string digits = answer.Json.GetProperty("prediction")[0].GetProperty("probabilityDecimal").GetRawText();
        Assert.True(digits.Contains('.', StringComparison.Ordinal) && digits.Split('.')[1].Length >= 6, digits);
    }

    [Fact, Trait("promise", "M-92")]
    public async Task Values_after_as_of_change_nothing()
    {
        string asOf = "2026-03-01T20:00:00Z";
        var plain = (await Server.AssessAsync(Call.Parameters("demo-recovering", asOf: asOf))).AssertOk();
        var body = Call.Parameters("demo-recovering", asOf: asOf);
        var entries = body["parameter"]![0]!["resource"]!["entry"]!.AsArray();
        var late = entries.First(e => (string?)e!["resource"]!["id"] == "demo-recovering-hr-1")!.DeepClone();
        late["fullUrl"] = "https://ehr.example.org/fhir/Observation/late";
        late["resource"]!["id"] = "late";
        late["resource"]!["effectiveDateTime"] = "2026-03-01T20:30:00+00:00";
        late["resource"]!["issued"] = "2026-03-01T20:31:00+00:00";
        late["resource"]!["valueQuantity"]!["value"] = 190;
        entries.Add(late);
        var after = (await Server.AssessAsync(body)).AssertOk();
        Assert.Equal(plain.Percent, after.Percent);
        Assert.DoesNotContain("Observation/late", after.Text, StringComparison.Ordinal);
        // The same value before as-of does change it.
        late["resource"]!["effectiveDateTime"] = "2026-03-01T19:30:00+00:00";
        late["resource"]!["issued"] = "2026-03-01T19:31:00+00:00";
        Assert.NotEqual(plain.Percent, (await Server.AssessAsync(body)).AssertOk().Percent);
        Assert.NotEqual(plain.Percent, (await Server.AssessAsync(Call.Parameters("demo-recovering"))).AssertOk().Percent);
    }

    [Theory, Trait("promise", "M-93")]
    [InlineData("icu-mortality")]
    [InlineData("icu-mortality|2.0.0")]
    public async Task Model_is_found_by_id_and_by_version(string model) =>
        (await Server.AssessAsync(Call.Parameters("demo-stable", model: model))).AssertOk();

    [Theory, Trait("promise", "M-93")]
    [InlineData("no-such-model")]
    [InlineData("icu-mortality|9.9.9")]
    public async Task Unknown_model_is_422(string model) =>
        (await Server.AssessAsync(Call.Parameters("demo-stable", model: model))).AssertFailure(HttpStatusCode.UnprocessableEntity, "unknown-model");

    [Theory, Trait("promise", "M-93")]
    [InlineData("2026-03-02T08:00:00")]
    [InlineData("2026-03-02")]
    [InlineData("yesterday")]
    public async Task As_of_without_time_and_zone_is_400(string asOf) =>
        (await Server.AssessAsync(Call.Parameters("demo-stable", asOf: asOf))).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");

    [Theory, Trait("promise", "M-93")]
    [InlineData("""{"name":"surprise","valueString":"x"}""")]
    [InlineData("""{"name":"persist","valueString":"yes"}""")]
    [InlineData("""{"name":"data","valueString":"x"}""")]
    [InlineData("""{"valueString":"x"}""")]
    [InlineData("""{"name":"model","valueInteger":1}""")]
    public async Task Parameter_that_cannot_be_used_is_400(string parameter)
    {
        var body = Call.Parameters("demo-stable");
        body["parameter"]!.AsArray().Add(JsonNode.Parse(parameter));
        (await Server.AssessAsync(body)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }

    [Fact, Trait("promise", "M-93")]
    public async Task No_data_on_type_level_is_400() =>
        (await Server.AssessAsync(new JsonObject { ["resourceType"] = "Parameters" }, "/Patient")).AssertFailure(HttpStatusCode.BadRequest, "missing-parameter");

    [Fact, Trait("promise", "M-93")]
    public async Task Unknown_patient_is_404() =>
        (await Server.PostTextAsync("/fhir/Patient/nobody/$assess-risk", "", "")).AssertFailure(HttpStatusCode.NotFound, "not-found");

    [Fact, Trait("promise", "M-93")]
    public async Task Data_of_two_patients_is_422()
    {
        var body = Call.Parameters("demo-stable");
        body["parameter"]!.AsArray().Add(new JsonObject { ["name"] = "data", ["resource"] = Call.Record("demo-child") });
        (await Server.AssessAsync(body)).AssertFailure(HttpStatusCode.UnprocessableEntity, "foreign-subject");
    }

    [Fact, Trait("promise", "S-14")]
    public async Task Foreign_data_beside_the_stored_record_is_422() =>
        (await Server.AssessAsync(Call.Parameters("demo-child"), "/Patient/demo-stable")).AssertFailure(HttpStatusCode.UnprocessableEntity, "foreign-subject");

    [Theory, Trait("promise", "M-94")]
    [InlineData("/fhir/$assess-risk")]
    [InlineData("/fhir/Patient/$assess-risk")]
    [InlineData("/fhir/Patient/demo-stable/$assess-risk")]
    public async Task GET_is_405(string path)
    {
        var answer = await Server.GetAsync(path);
        answer.AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        Assert.Contains("POST", answer.Response.Content.Headers.Allow);
    }

    [Theory, Trait("promise", "M-94")]
    [InlineData("text/plain")]
    [InlineData("application/fhir+turtle")]
    [InlineData("application/fhir+json; fhirVersion=3.0")]
    [InlineData("application/json; charset=iso-8859-1")]
    public async Task Other_body_types_are_415(string contentType) =>
        (await Server.PostTextAsync("/fhir/$assess-risk", Call.Parameters("demo-stable").ToJsonString(), contentType))
            .AssertFailure(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");

    [Theory, Trait("promise", "M-94")]
    [InlineData("application/fhir+turtle")]
    [InlineData("text/html")]
    public async Task Other_answers_are_406(string accept) =>
        (await Server.PostTextAsync("/fhir/$assess-risk", Call.Parameters("demo-stable").ToJsonString(), accept: accept))
            .AssertFailure(HttpStatusCode.NotAcceptable, "not-acceptable");

    [Theory, Trait("promise", "S-42")]
    [InlineData("demo-child", "age-outside-population", "16 years")]
    [InlineData("demo-ended", "encounter-ended", "ended")]
    [InlineData("demo-outpatient", "time-zero-unknown", "intensive care")]
    public async Task Patient_that_the_model_was_not_made_for_is_422_naming_the_rule(string patient, string reason, string words) => await Abstains(patient, reason, words);

    [Theory, Trait("promise", "S-40")]
    [InlineData("demo-sparse", "not-enough-data", "Lactate")]
    [InlineData("demo-empty", "not-enough-data", "Heart rate")]
    public async Task Too_little_data_is_422_naming_what_is_missing(string patient, string reason, string words) => await Abstains(patient, reason, words);

    [Fact, Trait("promise", "M-95")]
    public async Task Persist_false_stores_nothing_and_is_audited()
    {
        var body = Call.Parameters("demo-cardiac-surgery", persist: false, asOf: "2026-03-02T07:11:00Z");
        var before = await Server.ResultsAsync();
        var answer = (await Server.AssessAsync(body)).AssertOk();
        Assert.Equal(before, await Server.ResultsAsync());
        var row = Assert.Single(await Server.AuditAsync(answer));
        Assert.Equal(("prediction", (string?)null, 200), (row.Outcome, row.ResultId, row.Status));
        if (answer.Json.TryGetProperty("id", out var id))
            (await Server.GetAsync($"/fhir/RiskAssessment/{id.GetString()}")).AssertFailure(HttpStatusCode.NotFound, "not-found");
    }

    [Fact, Trait("promise", "M-96")]
    public async Task Same_input_gives_the_same_stored_result()
    {
        var body = Call.Parameters("demo-odd-units", asOf: "2026-03-02T07:00:00Z");
        var first = (await Server.AssessAsync(body)).AssertOk();
        int stored = await Server.ResultsAsync();
        var second = (await Server.AssessAsync(body)).AssertOk();
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(stored, await Server.ResultsAsync());
        // The hook over the same patient of the same server is another key; over the same patient it is one result per input.
        Assert.Equal("prediction", Assert.Single(await Server.AuditAsync(second)).Outcome);
    }

    [Fact, Trait("promise", "M-96")]
    public async Task Twenty_at_once_get_one_result()
    {
        var body = Call.Parameters("demo-odd-units", asOf: "2026-03-02T06:00:00Z");
        int before = await Server.ResultsAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Server.AssessAsync(body)));
        Assert.All(answers, a => a.AssertOk());
        Assert.Single(answers.Select(a => a.Id).Distinct());
        Assert.Equal(before + 1, await Server.ResultsAsync());
    }

    [Fact, Trait("promise", "M-96")]
    public async Task Hook_and_operation_share_the_result_of_a_stored_patient()
    {
        var request = Call.PatientView("demo-heart-failure");
        request["fhirServer"] = Server.FhirBase;
        var operation = (await Server.PostTextAsync("/fhir/Patient/demo-heart-failure/$assess-risk", "", "")).AssertOk();
        var hook = (await Server.HookAsync(request)).AssertOk();
        if (hook.Cards.Length > 0)
            Assert.EndsWith(operation.Id, hook.Card.GetProperty("links")[0].GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal(operation.Id, Assert.Single(await Server.AuditAsync(hook)).ResultId);
    }

    [Fact, Trait("promise", "M-97")]
    public async Task Data_from_a_known_server_is_referred_to_absolutely()
    {
        var answer = (await Server.AssessAsync(Call.Parameters("demo-stable"))).AssertOk();
        Assert.Equal("https://ehr.example.org/fhir/Patient/demo-stable", answer.Json.GetProperty("subject").GetProperty("reference").GetString());
        Assert.All(References(answer.Json.GetProperty("basis")), r => Assert.StartsWith("https://ehr.example.org/fhir/", r, StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-97")]
    public async Task Data_from_nowhere_is_referred_to_by_identifier()
    {
        var body = Call.Parameters("demo-stable");
        foreach (var entry in body["parameter"]![0]!["resource"]!["entry"]!.AsArray())
            entry!.AsObject().Remove("fullUrl");
        var answer = (await Server.AssessAsync(body)).AssertOk();
        var subject = answer.Json.GetProperty("subject");
        Assert.False(subject.TryGetProperty("reference", out _), subject.GetRawText());
        Assert.EndsWith("demo-stable", subject.GetProperty("identifier").GetProperty("value").GetString(), StringComparison.Ordinal);
        var (basis, encounter) = (answer.Json.GetProperty("basis"), answer.Json.TryGetProperty("encounter", out var e) ? e.GetRawText() : "");
        Assert.All(References(basis), r => Assert.False(r.StartsWith("Observation/", StringComparison.Ordinal) || r.StartsWith("urn:medai:request-body", StringComparison.Ordinal), r));
        Assert.DoesNotContain("\"reference\":\"Encounter/", encounter, StringComparison.Ordinal);
    }

    private async Task Abstains(string patient, string reason, string words)
    {
        foreach (var answer in new[] { await Server.PostTextAsync($"/fhir/Patient/{patient}/$assess-risk", "", ""), await Server.AssessAsync(Call.Parameters(patient)) })
        {
            answer.AssertFailure(HttpStatusCode.UnprocessableEntity, "abstained");
            Assert.Contains(reason, answer.Codes);
            Assert.Contains(words, answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("probability", answer.Text, StringComparison.OrdinalIgnoreCase);
            var row = Assert.Single(await Server.AuditAsync(answer));
            Assert.Equal(("abstention", 422), (row.Outcome, row.Status));
            Assert.Contains(reason, row.Reasons.Split(','));
        }
    }

    private static IEnumerable<string> References(JsonElement list) =>
        list.EnumerateArray().Where(r => r.TryGetProperty("reference", out _)).Select(r => r.GetProperty("reference").GetString()!);
}
