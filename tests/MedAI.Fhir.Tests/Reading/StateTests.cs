using System.Text.Json.Nodes;
using MedAI.Models.Timelines;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class StateTests
{
    private static JsonObject Ventilation(string members) => Json($$"""
        {"resourceType":"Procedure","id":"v","subject":{"reference":"Patient/p1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"40617009"}]},{{members}}}
        """);

    [Fact, Trait("promise", "M-215")]
    public void Ventilation_procedure_is_an_interval()
    {
        var state = Assert.Single(Timeline(Ventilation($$"""
            "status":"completed","performedPeriod":{"start":"{{Time(2)}}","end":"{{Time(9)}}"}
            """)).States);
        Assert.Equal(("MechVent", Start.AddHours(2), Start.AddHours(9)), (state.Variable.Id, state.Start, state.End!.Value));
    }

    [Fact, Trait("promise", "M-215")]
    public void Running_ventilation_has_no_end_and_one_that_ends_after_as_of_neither()
    {
        Assert.Null(Assert.Single(Timeline(Ventilation($$"""
            "status":"in-progress","performedPeriod":{"start":"{{Time(2)}}"}
            """)).States).End);
        Assert.Null(Assert.Single(Timeline(Ventilation($$"""
            "status":"completed","performedPeriod":{"start":"{{Time(2)}}","end":"{{Time(40)}}"}
            """)).States).End);
        Assert.Equal(Start.AddHours(2), Assert.Single(Timeline(Ventilation($$"""
            "status":"completed","performedDateTime":"{{Time(2)}}"
            """)).States).End);
    }

    [Theory, Trait("promise", "M-215")]
    [InlineData("not-done", RejectionReason.UnusableStatus)]
    [InlineData("preparation", RejectionReason.UnusableStatus)]
    [InlineData("unknown", RejectionReason.UnusableStatus)]
    [InlineData("entered-in-error", RejectionReason.EnteredInError)]
    public void Ventilation_that_did_not_happen_is_no_state(string status, RejectionReason reason) =>
        Assert.Equal(reason, Rejected(Ventilation($$"""
            "status":"{{status}}","performedPeriod":{"start":"{{Time(2)}}","end":"{{Time(9)}}"}
            """)).Reason);

    [Theory, Trait("promise", "M-215")]
    [InlineData("\"performedDateTime\":\"2150-03-01\"", RejectionReason.DayPrecisionOnly)]
    [InlineData("\"performedPeriod\":{\"start\":\"2150-03-01\",\"end\":\"2150-03-01T20:00:00Z\"}", RejectionReason.DayPrecisionOnly)]
    [InlineData("\"performedPeriod\":{\"start\":\"2150-03-01T16:00:00Z\",\"end\":\"2150-03-01\"}", RejectionReason.DayPrecisionOnly)]
    [InlineData("\"performedPeriod\":{\"end\":\"2150-03-01T20:00:00Z\"}", RejectionReason.NoTime)]
    [InlineData("\"performedString\":\"this morning\"", RejectionReason.NoTime)]
    [InlineData("\"performedDateTime\":\"2150-03-02T14:00:00Z\"", RejectionReason.AfterAsOf)]
    public void Ventilation_without_hours_is_no_state(string performed, RejectionReason reason) =>
        Assert.Equal(reason, Rejected(Ventilation("\"status\":\"completed\"," + performed)).Reason);

    [Theory, Trait("promise", "M-215")]
    [InlineData("20124-4", """{"valueCodeableConcept":{"text":"SIMV"}}""")]
    [InlineData("20124-4", """{"valueString":"CPAP"}""")]
    [InlineData("19835-8", """{"valueQuantity":{"value":450,"unit":"mL"}}""")]
    [InlineData("20124-4", """{"valueBoolean":true}""")]
    public void Whatever_a_ventilator_reports_means_that_it_is_in_use(string code, string members)
    {
        var state = Assert.Single(Timeline(Bare(code, o =>
        {
            foreach (var (name, value) in Json(members))
                o[name] = value!.DeepClone();
        })).States);
        Assert.Equal(("MechVent", Start.AddHours(1)), (state.Variable.Id, state.Start));
    }

    [Fact, Trait("promise", "M-215")]
    public void Ventilator_that_is_off_or_says_nothing_is_not_in_use()
    {
        Assert.Empty(Timeline(Bare("20124-4", o => o["valueBoolean"] = false)).States);
        Assert.Empty(Timeline(Bare("19835-8", o => o["valueQuantity"] = Value("""{"value":0,"unit":"mL"}"""))).States);
        Assert.Equal(RejectionReason.DataAbsent, Rejected(Bare("20124-4", o => o["dataAbsentReason"] = Value("""{"text":"unknown"}"""))).Reason);
    }

    [Fact, Trait("promise", "M-215")]
    public void Ventilator_observation_over_a_period_is_that_interval()
    {
        var state = Assert.Single(Timeline(Bare("20124-4", o =>
        {
            o.Remove("effectiveDateTime");
            o["effectivePeriod"] = Value($$"""{"start":"{{Time(3)}}"}""");
            o["valueString"] = "SIMV";
        })).States);
        Assert.Equal((Start.AddHours(3), null), (state.Start, state.End));
    }

    [Fact, Trait("promise", "M-215")]
    public void Other_procedures_are_counted_only()
    {
        var other = Json("""{"resourceType":"Procedure","id":"x","status":"completed","subject":{"reference":"Patient/p1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"399208008"}]}}""");
        Assert.Equal(1, Timeline(other).Quality.NotForThisModel);
    }
}
