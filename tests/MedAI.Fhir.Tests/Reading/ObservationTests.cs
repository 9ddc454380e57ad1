using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Reading;
using MedAI.Models.Timelines;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class ObservationTests
{
    private const string AbsentSystem = "http://terminology.hl7.org/CodeSystem/data-absent-reason";

    private static JsonNode Quantity(string json) => Value(json);

    private static JsonNode Category(string code) => Value($$"""[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"{{code}}"}]}]""");

    private static JsonNode Codings(params string[] loinc) => new JsonObject { ["coding"] = new JsonArray([.. loinc.Select(c => (JsonNode)new JsonObject { ["system"] = Loinc, ["code"] = c })]) };

    [Theory, Trait("promise", "S-39")]
    [InlineData("final", null)]
    [InlineData("amended", null)]
    [InlineData("corrected", null)]
    [InlineData("preliminary", RejectionReason.UnusableStatus)]
    [InlineData("registered", RejectionReason.UnusableStatus)]
    [InlineData("cancelled", RejectionReason.UnusableStatus)]
    [InlineData("unknown", RejectionReason.UnusableStatus)]
    [InlineData("Final", RejectionReason.UnusableStatus)]
    [InlineData("entered-in-error", RejectionReason.EnteredInError)]
    public void Status_decides_whether_a_value_counts(string status, RejectionReason? reason)
    {
        var heart = Heart(o => o["status"] = status);
        if (reason is null)
            Assert.Equal(90, Measured(heart).Value);
        else
            Assert.Equal(("HR", reason), (Rejected(heart).VariableId, reason));
    }

    [Fact, Trait("promise", "S-39")]
    public void Preliminary_counts_only_where_asked_for() =>
        Assert.Single(ReadAll(r => r with { AcceptPreliminary = true }, null, Patient(), Encounter(), Icu(), Heart(o => o["status"] = "preliminary")).Timeline().Measurements);

    [Theory, Trait("promise", "S-39")]
    [InlineData("8310-5", 98.6, "[degF]", "Temp", 37)]
    [InlineData("2345-7", 5.5, "mmol/L", "Glucose", 99.088)]
    [InlineData("2703-7", 12, "kPa", "PaO2", 90.0074)]
    [InlineData("29463-7", 150, "[lb_av]", "Weight", 68.0389)]
    public void Other_legal_units_are_converted_and_flagged(string code, double value, string unit, string variable, double expected)
    {
        var measured = Measured(Observation(code, value, unit));
        Assert.Equal(variable, measured.Variable.Id);
        Assert.Equal(expected, measured.Value, 1e-4);
        Assert.True(measured.Flags.HasFlag(MeasurementFlags.Converted));
    }

    [Theory, Trait("promise", "S-39")]
    [InlineData("""{"value":90}""", RejectionReason.MissingUnit)]
    [InlineData("""{"value":90,"unit":"furlong","system":"http://unitsofmeasure.org","code":"furlong"}""", RejectionReason.UnknownUnit)]
    [InlineData("""{"value":"90","unit":"/min"}""", RejectionReason.NotNumeric)]
    [InlineData("""{"value":1e400,"unit":"/min"}""", RejectionReason.NotNumeric)]
    [InlineData("""{"unit":"/min"}""", RejectionReason.DataAbsent)]
    [InlineData("""{"value":90,"comparator":"ad","unit":"/min"}""", RejectionReason.UnusableComparator)]
    [InlineData("""{"value":90,"comparator":"~","unit":"/min"}""", RejectionReason.UnusableComparator)]
    public void Quantity_without_a_plain_meaning_is_refused(string quantity, RejectionReason reason) =>
        Assert.Equal(reason, Rejected(Bare("8867-4", o => o["valueQuantity"] = Quantity(quantity))).Reason);

    [Theory, Trait("promise", "S-39")]
    [InlineData("<")]
    [InlineData("<=")]
    [InlineData(">")]
    [InlineData(">=")]
    public void Comparator_gives_its_bound_with_a_flag(string comparator)
    {
        var measured = Measured(Heart(o => o["valueQuantity"]!["comparator"] = comparator));
        Assert.Equal(90, measured.Value);
        Assert.Equal(MeasurementFlags.Comparator, measured.Flags);
    }

    [Fact, Trait("promise", "S-39")]
    public void Data_absent_reason_is_not_a_measurement() =>
        Assert.Equal(RejectionReason.DataAbsent, Rejected(Bare("8867-4", o => o["dataAbsentReason"] = Codings("x"))).Reason);

    [Theory, Trait("promise", "S-39")]
    [InlineData("2150-03-02T08:06:00-05:00", RejectionReason.AfterAsOf)]
    [InlineData("2190-01-01T00:00:00Z", RejectionReason.AfterAsOf)]
    [InlineData("1900-01-01T00:00:00Z", RejectionReason.BeforeTimeZero)]
    [InlineData("2150-03-01", RejectionReason.DayPrecisionOnly)]
    [InlineData("2150-03", RejectionReason.DayPrecisionOnly)]
    [InlineData("2150", RejectionReason.DayPrecisionOnly)]
    [InlineData("2150-03-01T10:00", RejectionReason.NoTime)]
    [InlineData("2150-03-01T10:00:00", RejectionReason.NoTime)]
    [InlineData("2150-02-30T10:00:00Z", RejectionReason.NoTime)]
    [InlineData("yesterday", RejectionReason.NoTime)]
    [InlineData("", RejectionReason.NoTime)]
    public void Time_outside_the_stay_or_without_an_hour_is_refused(string effective, RejectionReason reason) =>
        Assert.Equal(reason, Rejected(Heart(o => o["effectiveDateTime"] = effective)).Reason);

    [Theory, Trait("promise", "M-208")]
    [InlineData("2150-03-01T13:00:00Z")]
    [InlineData("2150-03-01T13:00:00.0000000009Z")]
    [InlineData("2150-03-01T08:00:00-05:00")]
    [InlineData("2150-03-02T03:00:00+14:00")]
    [InlineData("2150-03-01T13:00Z")]
    public void Instants_are_read_in_every_offset(string effective)
    {
        Assert.Equal(Start, Measured(Heart(o => o["effectiveDateTime"] = effective)).Effective);
        Assert.Equal(Start, Measured(Heart(o =>
        {
            o.Remove("effectiveDateTime");
            o["effectiveInstant"] = effective;
        })).Effective);
    }

    [Fact, Trait("promise", "M-208")]
    public void Clock_a_little_ahead_is_tolerated_and_flagged() =>
        Assert.Equal(MeasurementFlags.ClockAhead, Measured(Heart(o => o["effectiveDateTime"] = Time(24.05))).Flags);

    [Fact, Trait("promise", "M-208")]
    public void Period_counts_at_its_end_and_needs_one()
    {
        JsonObject Over(string period) => Heart(o =>
        {
            o.Remove("effectiveDateTime");
            o["effectivePeriod"] = Value(period);
        });
        var measured = Measured(Over($$"""{"start":"{{Time(1)}}","end":"{{Time(3)}}"}"""));
        Assert.Equal((Start.AddHours(3), MeasurementFlags.PeriodEnd), (measured.Effective, measured.Flags));
        Assert.Equal(RejectionReason.NoTime, Rejected(Over($$"""{"start":"{{Time(1)}}"}""")).Reason);
        Assert.Equal(RejectionReason.DayPrecisionOnly, Rejected(Over($$"""{"start":"{{Time(1)}}","end":"2150-03-01"}""")).Reason);
    }

    [Fact, Trait("promise", "M-208")]
    public void Timing_is_refused_and_issued_stands_in_for_a_missing_time()
    {
        Assert.Equal(RejectionReason.TimingNotSupported, Rejected(Heart(o =>
        {
            o.Remove("effectiveDateTime");
            o["effectiveTiming"] = Value("""{"event":["2150-03-01T10:00:00Z"]}""");
        })).Reason);
        var issued = Measured(Heart(o =>
        {
            o.Remove("effectiveDateTime");
            o["issued"] = Time(2);
        }));
        Assert.Equal((Start.AddHours(2), MeasurementFlags.IssuedTime), (issued.Effective, issued.Flags));
        Assert.Equal(RejectionReason.NoTime, Rejected(Heart(o => o.Remove("effectiveDateTime"))).Reason);
    }

    [Fact, Trait("promise", "M-208")]
    public void Value_that_was_not_yet_issued_at_as_of_does_not_count()
    {
        Assert.Equal(RejectionReason.NotYetAvailable, Rejected(Heart(o => o["issued"] = Time(30))).Reason);
        Assert.Equal(Start.AddHours(2), Measured(Heart(o => o["issued"] = Time(2))).Available);
    }

    [Fact, Trait("promise", "M-208")]
    public void Values_after_as_of_change_nothing()
    {
        var now = Timeline(Heart());
        var later = Timeline(Heart(), Observation("8867-4", 40, "/min", 30), Observation("8310-5", 35, "Cel", 25));
        Assert.Equal(now.Measurements.Select(m => (m.Variable.Id, m.Value, m.Effective)), later.Measurements.Select(m => (m.Variable.Id, m.Value, m.Effective)));
        Assert.Equal(2, later.Quality.Rejected.Count);
    }

    [Theory, Trait("promise", "S-41")]
    [InlineData("8867-4", 9999, "/min")]
    [InlineData("8867-4", -5, "/min")]
    [InlineData("8867-4", 0, "/min")]
    [InlineData("2744-1", 735, "[pH]")]
    [InlineData("2744-1", 73, "[pH]")]
    [InlineData("76534-7", 0, "mm[Hg]")]
    [InlineData("8310-5", 0, "Cel")]
    [InlineData("29463-7", 0, "kg")]
    [InlineData("29463-7", -1, "kg")]
    [InlineData("8302-2", -1, "cm")]
    [InlineData("9187-6", 19990, "mL")]
    [InlineData("6690-2", 12500, "10*3/uL")]
    public void Impossible_value_is_excluded_and_counted_and_changes_nothing_else(string code, double value, string unit)
    {
        Assert.Equal(RejectionReason.OutsideHardRange, Rejected(Observation(code, value, unit)).Reason);
        var with = Timeline(Observation(code, value, unit, 3), Observation("2160-0", 1.1, "mg/dL"));
        Assert.Equal("Creatinine", Assert.Single(with.Measurements).Variable.Id);
    }

    [Fact, Trait("promise", "S-39")]
    public void White_cells_per_microlitre_are_converted() => Assert.Equal(12.5, Measured(Observation("6690-2", 12500, "/uL")).Value);

    [Fact, Trait("promise", "S-39")]
    public void Magnesium_is_taken_in_the_unit_it_says()
    {
        Assert.Equal(2, Measured(Observation("19123-9", 2, "mg/dL")).Value);
        Assert.Equal(2.0177, Measured(Observation("2601-3", 0.83, "mmol/L")).Value, 1e-4);
        Assert.Equal(RejectionReason.UnknownUnit, Rejected(Observation("2601-3", 2, "mg/dL")).Reason);
    }

    [Fact, Trait("promise", "S-39")]
    public void Duplicates_count_once_and_different_values_stay_to_be_averaged()
    {
        var same = Timeline(Heart(), Heart(o => o["id"] = "again"));
        Assert.Single(same.Measurements);
        Assert.Equal(RejectionReason.Duplicate, Assert.Single(same.Quality.Rejected).Reason);
        Assert.Equal([90, 96], Timeline(Heart(), Observation("8867-4", 96, "/min", 1, o => o["id"] = "again")).Measurements.Select(m => m.Value));
    }

    [Fact, Trait("promise", "M-209")]
    public void Repeated_value_under_a_code_without_name_is_no_second_albumin()
    {
        var nameless = Observation("", 3.1, "g/dL", 1);
        var timeline = Timeline(Observation("1751-7", 3.1, "g/dL"), nameless);
        Assert.Single(timeline.Measurements);
        Assert.Equal(1, timeline.Quality.NotForThisModel);
    }

    [Fact, Trait("promise", "M-209")]
    public void Stay_without_any_value_is_an_empty_timeline()
    {
        var timeline = Timeline();
        Assert.Empty(timeline.Measurements);
        Assert.Equal(Start, timeline.Stay!.Start);
    }

    [Theory, Trait("promise", "M-210")]
    [InlineData("85354-9")]
    [InlineData("55284-4")]
    [InlineData("35094-2")]
    public void Panel_gives_a_value_per_component_and_none_of_its_own(string panel)
    {
        var timeline = Timeline(Bare(panel, o => o["component"] = Value($$$$"""
            [{"code":{"coding":[{"system":"{{{{Loinc}}}}","code":"8480-6"}]},"valueQuantity":{"value":81,"unit":"mm[Hg]","system":"{{{{Ucum}}}}","code":"mm[Hg]"}},
             {"code":{"coding":[{"system":"{{{{Loinc}}}}","code":"8462-4"}]},"dataAbsentReason":{"coding":[{"system":"{{{{AbsentSystem}}}}","code":"unknown"}]}},
             {"code":{"coding":[{"system":"{{{{Loinc}}}}","code":"8478-0"}]},"valueQuantity":{"value":52,"unit":"mm[Hg]","system":"{{{{Ucum}}}}","code":"mm[Hg]"}}]
            """)));
        Assert.Equal([("NIMAP", 52d), ("NISysABP", 81d)], timeline.Measurements.Select(m => (m.Variable.Id, m.Value)));
        Assert.All(timeline.Measurements, m => Assert.True(m.Flags.HasFlag(MeasurementFlags.MethodAssumed)));
        var absent = Assert.Single(timeline.Quality.Rejected);
        Assert.Equal(("NIDiasABP", RejectionReason.DataAbsent), (absent.VariableId, absent.Reason));
        Assert.Equal(0, timeline.Quality.NotForThisModel);
    }

    [Fact, Trait("promise", "M-210")]
    public void Panel_of_references_gives_nothing_and_is_no_missing_value() =>
        Assert.Empty(Timeline(Bare("9269-2", o => o["hasMember"] = Value("""[{"reference":"Observation/a"}]"""))).Quality.Rejected);

    [Fact, Trait("promise", "M-210")]
    public void Status_of_the_panel_holds_for_its_components() =>
        Assert.Equal(RejectionReason.EnteredInError, Rejected(Bare("85354-9", o =>
        {
            o["status"] = "entered-in-error";
            o["component"] = Value($$$$"""[{"code":{"coding":[{"system":"{{{{Loinc}}}}","code":"8480-6"}]},"valueQuantity":{"value":81,"code":"mm[Hg]","system":"{{{{Ucum}}}}"}}]""");
        })).Reason);

    [Theory, Trait("promise", "M-211")]
    [InlineData("""{"method":{"coding":[{"system":"http://snomed.info/sct","code":"77938009"}]}}""", "SysABP")]
    [InlineData("""{"method":{"text":"Arterial line, left radial"}}""", "SysABP")]
    [InlineData("""{"bodySite":{"text":"A-line"}}""", "SysABP")]
    [InlineData("""{"method":{"coding":[{"system":"http://snomed.info/sct","code":"17146006","display":"Arterial pressure monitoring, non-invasive method"}]}}""", "NISysABP")]
    [InlineData("""{"method":{"text":"Non-Invasive"},"bodySite":{"text":"arterial line"}}""", "NISysABP")]
    [InlineData("""{"bodySite":{"text":"right arm"}}""", "NISysABP")]
    public void Method_and_site_decide_what_a_generic_pressure_is(string members, string variable)
    {
        var measured = Measured(Observation("8480-6", 120, "mm[Hg]", 1, o =>
        {
            foreach (var (name, value) in Json(members))
                o[name] = value!.DeepClone();
        }));
        Assert.Equal(variable, measured.Variable.Id);
    }

    [Fact, Trait("promise", "M-211")]
    public void Specific_pressure_code_beats_the_generic_one_beside_it()
    {
        var measured = Measured(Observation("8480-6", 120, "mm[Hg]", 1, o => o["code"] = Codings("8480-6", "76215-3")));
        Assert.Equal(("SysABP", "76215-3"), (measured.Variable.Id, measured.Code.Code));
    }

    [Theory, Trait("promise", "M-211")]
    [InlineData("vital-signs", false, "2708-6", true)]
    [InlineData("laboratory", false, "2708-6", false)]
    [InlineData(null, true, "2708-6", false)]
    [InlineData("vital-signs", true, "20564-1", false)]
    [InlineData(null, false, "59408-5", true)]
    public void Saturation_is_oximetry_or_arterial_by_category_and_specimen(string? category, bool arterial, string code, bool oximetry)
    {
        var specimen = Json("""{"resourceType":"Specimen","id":"s1","type":{"coding":[{"system":"http://snomed.info/sct","code":"122552005"}]},"subject":{"reference":"Patient/p1"}}""");
        var saturation = Observation(code, 95, "%", 1, o =>
        {
            if (category is not null)
                o["category"] = Category(category);
            if (arterial)
                o["specimen"] = Value("""{"reference":"Specimen/s1"}""");
        });
        var measured = Measured(saturation, specimen);
        Assert.Equal(("SaO2", oximetry), (measured.Variable.Id, measured.Flags.HasFlag(MeasurementFlags.PulseOximetry)));
    }

    [Fact, Trait("promise", "M-211")]
    public void Saturation_with_both_codings_counts_once_as_oximetry()
    {
        var measured = Measured(Observation("2708-6", 95, "%", 1, o => o["code"] = Codings("2708-6", "59408-5")));
        Assert.True(measured.Flags.HasFlag(MeasurementFlags.PulseOximetry));
    }

    [Theory, Trait("promise", "M-211")]
    [InlineData("""{"coding":[{"system":"http://snomed.info/sct","code":"122555007"}]}""", false)]
    [InlineData("""{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0487","code":"BLDV"}]}""", false)]
    [InlineData("""{"text":"Mixed venous blood"}""", false)]
    [InlineData("""{"coding":[{"system":"http://snomed.info/sct","code":"122552005"}]}""", true)]
    [InlineData("""{"text":"Arterial blood"}""", true)]
    public void Venous_specimen_gives_no_arterial_gas(string type, bool used)
    {
        var gas = Observation("2703-7", 90, "mm[Hg]", 1, o =>
        {
            o["contained"] = new JsonArray(Json($$"""{"resourceType":"Specimen","id":"blood","type":{{type}}}"""));
            o["specimen"] = Value("""{"reference":"#blood"}""");
        });
        if (used)
            Assert.Equal("PaO2", Measured(gas).Variable.Id);
        else
            Assert.Equal(RejectionReason.WrongSpecimen, Rejected(gas).Reason);
    }

    /// <summary>Laboratories name a specimen on nearly every value; prefetch cannot bring it along.</summary>
    [Theory, Trait("promise", "M-630")]
    [InlineData("2703-7", "mm[Hg]", """{"reference":"Specimen/absent"}""", MeasurementFlags.SpecimenUnknown)]
    [InlineData("2703-7", "mm[Hg]", """{"reference":"#absent"}""", MeasurementFlags.SpecimenUnknown)]
    [InlineData("2703-7", "mm[Hg]", """{"identifier":{"value":"7"}}""", MeasurementFlags.SpecimenUnknown)]
    [InlineData("2703-7", "mm[Hg]", null, MeasurementFlags.None)]
    [InlineData("8867-4", "/min", """{"reference":"Specimen/absent"}""", MeasurementFlags.None)]
    public void Specimen_that_is_not_there_leaves_the_value_and_a_remark_where_it_matters(string code, string unit, string? specimen, MeasurementFlags flags)
    {
        var timeline = Timeline(Observation(code, 90, unit, 1, o => o["specimen"] = specimen is null ? null : Value(specimen)));
        Assert.Equal(flags, Assert.Single(timeline.Measurements).Flags);
        Assert.Equal(flags == MeasurementFlags.SpecimenUnknown, timeline.Quality.Remarks.Contains("specimen-unknown"));
    }

    [Theory, Trait("promise", "M-212")]
    [InlineData("""{"valueString":"15"}""")]
    [InlineData("""{"valueBoolean":true}""")]
    [InlineData("""{"valueRange":{"low":{"value":3}}}""")]
    [InlineData("""{"valueRatio":{}}""")]
    [InlineData("""{"valueCodeableConcept":{"text":"normal"}}""")]
    [InlineData("""{"valueDateTime":"2150-03-01"}""")]
    [InlineData("""{"valueInteger":"15"}""")]
    public void Value_of_another_type_is_no_number(string members) => Assert.Equal(RejectionReason.NotNumeric, Rejected(Bare("9269-2", o =>
    {
        foreach (var (name, value) in Json(members))
            o[name] = value!.DeepClone();
    })).Reason);

    [Fact, Trait("promise", "M-212")]
    public void Integer_score_needs_no_unit() => Assert.Equal(14, Measured(Bare("9269-2", o => o["valueInteger"] = 14)).Value);

    [Theory, Trait("promise", "M-212")]
    [InlineData("""{"valueCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"LA6558-6"}]}}""", 12, MeasurementFlags.None)]
    [InlineData("""{"valueCodeableConcept":{"coding":[{"system":"urn:local","code":"v","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":4}]}]}}""", 14, MeasurementFlags.None)]
    [InlineData("""{"valueCodeableConcept":{"coding":[{"system":"urn:local","code":"v","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/itemWeight","valueDecimal":5}]}]}}""", 15, MeasurementFlags.None)]
    [InlineData("""{"valueCodeableConcept":{"text":"Not testable (intubated)"}}""", 11, MeasurementFlags.NotTestable)]
    [InlineData("""{"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"not-applicable"}]}}""", 11, MeasurementFlags.NotTestable)]
    public void Coma_score_is_summed_from_coded_parts(string verbal, double total, MeasurementFlags flag)
    {
        JsonObject Part(string code, JsonObject members) => Bare(code, o =>
        {
            foreach (var (name, value) in members)
                o[name] = value!.DeepClone();
        });
        var timeline = Timeline(
            Part("9267-6", Json("""{"valueCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"LA6556-0"}]}}""")),
            Part("9268-4", Json("""{"valueCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"LA6567-7"}]}}""")),
            Part("9270-0", Json(verbal)));
        var score = Assert.Single(timeline.Measurements);
        Assert.Equal(("GCS", total), (score.Variable.Id, score.Value));
        Assert.Equal(flag, score.Flags & MeasurementFlags.NotTestable);
    }

    [Fact, Trait("promise", "M-212")]
    public void Answer_to_another_question_scores_nothing() =>
        Assert.Equal(RejectionReason.NotNumeric, Rejected(Bare("9270-0", o => o["valueCodeableConcept"] = Value("""{"coding":[{"system":"http://loinc.org","code":"LA6567-7"}]}"""))).Reason);

    [Fact, Trait("promise", "M-213")]
    public void Sampled_data_is_expanded_without_its_gaps()
    {
        var sampled = Value($$"""{"origin":{"value":60,"unit":"/min","system":"{{Ucum}}","code":"/min"},"period":600000,"factor":0.5,"dimensions":1,"data":"20 E 40 L U 60"}""");
        var timeline = Timeline(Bare("8867-4", o => o["valueSampledData"] = sampled));
        Assert.Equal([(70d, Start.AddMinutes(60)), (80d, Start.AddMinutes(80)), (90d, Start.AddMinutes(110))], timeline.Measurements.Select(m => (m.Value, m.Effective)));
        Assert.Empty(timeline.Quality.Rejected);
    }

    [Theory, Trait("promise", "M-213")]
    [InlineData("""{"period":1000,"dimensions":1,"data":"1"}""", RejectionReason.NotNumeric)]
    [InlineData("""{"origin":{"value":0,"code":"/min"},"period":0,"dimensions":1,"data":"1"}""", RejectionReason.NotNumeric)]
    [InlineData("""{"origin":{"value":0,"code":"/min"},"period":1000,"dimensions":2,"data":"1 2"}""", RejectionReason.NotNumeric)]
    [InlineData("""{"origin":{"value":0,"code":"/min"},"period":1000,"dimensions":1,"data":"NaN"}""", RejectionReason.NotNumeric)]
    [InlineData("""{"origin":{"value":0,"code":"/min"},"period":1e18,"dimensions":1,"data":"E 80"}""", RejectionReason.NoTime)]
    public void Sampled_data_that_cannot_be_placed_is_refused(string sampled, RejectionReason reason) =>
        Assert.Equal(reason, Rejected(Bare("8867-4", o => o["valueSampledData"] = Value(sampled))).Reason);

    [Fact, Trait("promise", "M-203")]
    public void Waveform_is_cut_off()
    {
        var reader = new ClinicalDataReader(Variables, limits: new ReadingLimits { MaxSamples = 3 });
        var waveform = Bare("8867-4", o => o["valueSampledData"] = Value("""{"origin":{"value":0,"unit":"bpm"},"period":1000,"dimensions":1,"data":"80 81 82 83 84"}"""));
        var timeline = ReadAll(null, reader, Patient(), Encounter(), Icu(), waveform).Timeline();
        Assert.Equal(3, timeline.Measurements.Count);
        Assert.Equal(RejectionReason.NotComparable, Assert.Single(timeline.Quality.Rejected).Reason);
    }

    [Fact, Trait("promise", "M-214")]
    public void Broken_strings_are_survived()
    {
        // A lone surrogate escape parses but has no text.
        using var broken = JsonDocument.Parse("""
            {"resourceType":"Observation","id":"\ud800","status":"final","subject":{"reference":"Patient/p1"},"code":{"coding":[{"system":"\ud800","code":"\udfff"}]}}
            """);
        var result = ReadDocuments(null, null, Document("stay", Bundle("collection", Patient(), Encounter(), Icu(), Heart())), new ClinicalDocument("broken", broken.RootElement));
        var timeline = result.Timeline();
        Assert.Single(timeline.Measurements);
        Assert.Equal(1, timeline.Quality.NotForThisModel);
    }
}
