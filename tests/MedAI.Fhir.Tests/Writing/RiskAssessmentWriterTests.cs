using System.Text;
using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Access;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Writing;

public sealed class RiskAssessmentWriterTests
{
    private static JsonElement Json(WritingExample example)
    {
        WrittenRiskAssessment written = example.Write();
        Assert.Empty(written.Problems);
        return JsonDocument.Parse(written.Json).RootElement;
    }

    private static JsonElement First(JsonElement json) => json.GetProperty("prediction")[0];

    [Fact, Trait("promise", "M-50")]
    public void RiskAssessment_of_the_example_stay_is_golden() => Golden.AssertJson("risk-assessment.fhir.json", WritingExample.Create().Write().Json.Span);

    [Theory, Trait("promise", "M-51")]
    [InlineData(0.125, "12.50000000")]
    [InlineData(0.38271605, "38.27160500")]
    [InlineData(0.000000123456, "0.00001235")]
    [InlineData(1, "100.00000000")]
    [InlineData(0, "0.00000000")]
    public void Probability_is_written_as_a_percentage_with_its_decimals(double risk, string digits)
    {
        string written = First(Json(WritingExample.Create() with { Risk = risk })).GetProperty("probabilityDecimal").GetRawText();
        Assert.Equal(decimal.Parse(digits), decimal.Parse(written));
        Assert.Equal(risk * 100, double.Parse(written), 6e-7);
    }

    [Fact, Trait("promise", "M-52")]
    public void Result_carries_the_AI_label() =>
        Assert.Contains(Json(WritingExample.Create()).GetProperty("meta").GetProperty("security").EnumerateArray(),
            s => s.GetProperty("system").GetString() == "http://terminology.hl7.org/CodeSystem/v3-ObservationValue" && s.GetProperty("code").GetString() == "AIAST");

    [Fact, Trait("promise", "M-53")]
    public void Risk_in_the_stay_starts_as_of_and_has_no_end()
    {
        JsonElement json = Json(WritingExample.Create());
        JsonElement when = First(json).GetProperty("whenPeriod");
        Assert.Equal("2026-03-02T07:00:00Z", when.GetProperty("start").GetString());
        Assert.False(when.TryGetProperty("end", out _));
        Assert.Equal("2026-03-02T07:00:00Z", json.GetProperty("occurrenceDateTime").GetString());
        Assert.Equal("Encounter/demo-02", json.GetProperty("encounter").GetProperty("reference").GetString());
    }

    [Fact, Trait("promise", "M-53")]
    public void Risk_with_a_duration_ends_after_it() =>
        Assert.Equal("2026-03-02T13:00:00Z", First(Json(WritingExample.Create() with { Horizon = "PT6H" })).GetProperty("whenPeriod").GetProperty("end").GetString());

    [Fact, Trait("promise", "M-54")]
    public void Interval_is_an_extension_and_never_a_second_probability()
    {
        JsonElement main = First(Json(WritingExample.Create() with { Interval = (new Probability(0.3), new Probability(0.45)) }));
        Assert.False(main.TryGetProperty("probabilityRange", out _));
        Assert.True(main.TryGetProperty("probabilityDecimal", out _));
        JsonElement range = main.GetProperty("extension")[0];
        Assert.EndsWith("/AIconfidence", range.GetProperty("url").GetString());
        Assert.Equal(30m, range.GetProperty("valueRange").GetProperty("low").GetProperty("value").GetDecimal());
        Assert.Equal("%", range.GetProperty("valueRange").GetProperty("high").GetProperty("code").GetString());
    }

    [Fact, Trait("promise", "M-54")]
    public void Result_without_an_interval_claims_no_confidence() => Assert.False(First(Json(WritingExample.Create())).TryGetProperty("extension", out _));

    [Fact, Trait("promise", "M-55")]
    public void Result_has_no_relative_risk_and_contains_nothing()
    {
        JsonElement json = Json(WritingExample.Create());
        Assert.False(First(json).TryGetProperty("relativeRisk", out _));
        Assert.False(json.TryGetProperty("contained", out _));
    }

    [Fact, Trait("promise", "M-56")]
    public void Rationale_names_base_rate_contributions_and_that_they_are_not_causes()
    {
        string rationale = First(Json(WritingExample.Create())).GetProperty("rationale").GetString()!;
        Assert.Contains("Base rate: 14.0 % in a made-up cohort", rationale);
        Assert.Contains("Glasgow coma score 8 (2026-03-02 04:12 +01:00) raised it (+0.84 log-odds)", rationale);
        Assert.Contains("[treatment]", rationale);
        Assert.Contains("contributed to the model's estimate; not causes, not treatment targets", rationale);
        Assert.DoesNotContain("Temperature", rationale);
    }

    [Fact, Trait("promise", "M-57")]
    public void Basis_names_every_used_resource_once_in_its_version()
    {
        WritingExample example = WritingExample.Create();
        PatientTimeline timeline = example.Stay();
        string[] basis = [.. Json(example).GetProperty("basis").EnumerateArray().Select(b => b.GetProperty("reference").GetString()!)];
        Assert.Equal(basis.Length, basis.Distinct().Count());
        Assert.Equal("Encounter/demo-02/_history/3", basis[0]);
        Assert.Contains(basis, b => b.StartsWith("Procedure/", StringComparison.Ordinal));
        Assert.All(basis, b => Assert.Contains("/_history/", b));
        Assert.Equal(timeline.Quality.Used + 1, basis.Length);
    }

    [Fact, Trait("promise", "M-57")]
    public void Basis_without_versions_carries_content_hashes()
    {
        WritingExample example = WritingExample.Create();
        (Prediction prediction, PatientTimeline timeline) = example.Predict(example.Stay(versioned: false));
        WrittenRiskAssessment written = RiskAssessmentWriter.Write(prediction, example.Manifest, timeline, example.Context);
        Assert.Empty(written.Problems);
        ResourceReference observation = written.Resource.Basis[1];
        Assert.DoesNotContain("_history", observation.Reference);
        Assert.Equal(64, observation.GetExtensionValue<FhirString>(CanonicalUrls.ContentSha256)!.Value!.Length);
    }

    [Fact, Trait("promise", "M-57")]
    public void Resource_without_an_id_is_named_in_words_with_its_hash()
    {
        ResourceReference reference = InputReferences.Of(new SourceReference("data.entry[3].resource", null, "cd"), WritingExample.Create().Context);
        Assert.Null(reference.Reference);
        Assert.Equal("data.entry[3].resource", reference.Display);
        Assert.Equal("cd", InputReferences.HashOf(reference));
    }

    [Theory, Trait("promise", "M-64")]
    [InlineData(true)]
    [InlineData(false)]
    public void Basis_written_by_hand_is_what_Firely_writes(bool versioned)
    {
        WritingExample example = WritingExample.Create();
        (Prediction prediction, PatientTimeline timeline) = example.Predict(example.Stay(versioned));
        RiskAssessment resource = RiskAssessmentWriter.Compose(prediction, example.Manifest, timeline, example.Context);
        resource.Basis.Add(InputReferences.Of(new SourceReference("urn:uuid:1c1b8b5e-0000-4000-8000-000000000001", null, "ab"), example.Context));
        resource.Basis.Add(InputReferences.Of(new SourceReference("data.entry[3].resource", null, "cd"), example.Context));
        Assert.Empty(RiskAssessmentRules.Check(resource));
        using var ours = JsonDocument.Parse(RiskAssessmentJson.ToUtf8(resource));
        using var firely = JsonDocument.Parse(FhirJson.ToUtf8(resource));
        Assert.True(JsonElement.DeepEquals(firely.RootElement, ours.RootElement));
        Assert.NotEmpty(resource.Basis);
    }

    [Theory, Trait("promise", "M-57")]
    [InlineData("Observation/1", "7", "https://ehr.test/r4/Observation/1/_history/7")]
    [InlineData("Observation/1", null, "https://ehr.test/r4/Observation/1")]
    [InlineData("https://other.test/fhir/Observation/1", "2", "https://other.test/fhir/Observation/1/_history/2")]
    [InlineData("https://other.test/fhir/Observation/1/_history/2", "2", "https://other.test/fhir/Observation/1/_history/2")]
    public void Reference_to_foreign_data_is_absolute(string reference, string? version, string expected)
    {
        ResultContext context = WritingExample.Create().Context with { Patient = new PatientKey("default", "https://ehr.test/r4", "1") };
        Assert.Equal(expected, InputReferences.Of(new SourceReference(reference, version), context).Reference);
    }

    [Fact, Trait("promise", "M-57")]
    public void Bundle_entry_with_only_a_urn_is_referred_to_by_identifier()
    {
        ResourceReference reference = InputReferences.Of(new SourceReference("urn:uuid:1c1b8b5e-0000-4000-8000-000000000001"), WritingExample.Create().Context);
        Assert.Null(reference.Reference);
        Assert.Equal("urn:uuid:1c1b8b5e-0000-4000-8000-000000000001", reference.Identifier!.Value);
    }

    [Fact, Trait("promise", "M-58")]
    public void Performer_is_the_absolute_reference_of_the_served_device_and_method_has_the_version()
    {
        WritingExample example = WritingExample.Create();
        JsonElement json = Json(example);
        Device device = DeviceWriter.Compose(example.Manifest, example.Model, WritingExample.PublicBase, example.Context.Created, "0.1.0");
        Assert.Equal($"{WritingExample.PublicBase}/Device/{device.Id}", json.GetProperty("performer").GetProperty("reference").GetString());
        Assert.Equal("1.0.0", json.GetProperty("method").GetProperty("coding")[0].GetProperty("version").GetString());
    }

    [Fact, Trait("promise", "M-59")]
    public void Note_names_what_was_missing_stale_and_refused_and_the_caution()
    {
        string notes = string.Join(' ', Json(WritingExample.Create()).GetProperty("note").EnumerateArray().Select(n => n.GetProperty("text").GetString()));
        Assert.Contains("Creatinine", notes);
        Assert.Contains("1 value (unit not known for this variable)", notes.Replace("\\", "", StringComparison.Ordinal));
        Assert.Contains("1 value (not plausible)", notes.Replace("\\", "", StringComparison.Ordinal));
        Assert.Contains("start of the intensive-care stay taken from the encounter", notes);
        Assert.Contains("not for patient care", notes);
    }

    [Fact, Trait("promise", "M-59")]
    public void Demo_clock_is_said_only_where_it_is_pinned()
    {
        WritingExample example = WritingExample.Create();
        Assert.Contains("clock is pinned", Encoding.UTF8.GetString((example with { Context = example.Context with { DemoClock = true } }).Write().Json.Span));
        Assert.DoesNotContain("clock is pinned", Encoding.UTF8.GetString(example.Write().Json.Span));
    }

    [Fact]
    public void Warm_up_writes_a_result_without_problems()
    {
        WritingExample example = WritingExample.Create();
        Assert.Empty(WritingWarmUp.Run(example.Manifest, example.Model, new VariableTable(example.Manifest)));
    }
}
