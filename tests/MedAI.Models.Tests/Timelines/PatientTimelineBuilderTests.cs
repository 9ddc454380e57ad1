using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Models.Tests.Timelines;

public sealed class PatientTimelineBuilderTests
{
    private static readonly ModelVariable Ventilation = Stay.Variable("MechVent");

    [Theory, Trait("promise", "S-41")]
    [InlineData("8867-4", 9999, "/min")]
    [InlineData("8867-4", -5, "/min")]
    [InlineData("8867-4", 0, "/min")]
    [InlineData("8867-4", 351, "/min")]
    [InlineData("8867-4", 350.001, "/min")]
    [InlineData("29463-7", 0, "kg")]
    [InlineData("8302-2", -1, "cm")]
    [InlineData("9187-6", 19990, "mL")]
    public void Impossible_value_is_refused(string loinc, double value, string unit) =>
        Assert.Equal(RejectionReason.OutsideHardRange, new Stay().Add(loinc, value, unit, 1).SingleRejection().Reason);

    [Theory, Trait("promise", "S-41")]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Number_that_is_none_is_refused(double value) =>
        Assert.Equal(RejectionReason.NotNumeric, new Stay().Add("8867-4", value, "/min", 1).SingleRejection().Reason);

    [Fact]
    public void Impossible_measurement_cannot_be_constructed()
    {
        var code = Stay.Table.FindCodes(TestManifest.Loinc, "8867-4")[0];

        foreach (double value in new[] { double.NaN, 0.999, 351, double.PositiveInfinity })
            Assert.Throws<ArgumentOutOfRangeException>(() => new Measurement(code, value, Stay.TimeZero, null, default, new SourceReference("x")));
    }

    [Fact, Trait("promise", "S-41")]
    public void Impossible_value_leaves_the_grid_as_if_it_had_not_been_sent()
    {
        using var with = new Stay().Add("8867-4", 80, "/min", 1).Add("8867-4", 9999, "/min", 1.5).Add("8867-4", 9999, "/min", 3).Encode();
        using var without = new Stay().Add("8867-4", 80, "/min", 1).Encode();

        GridAssert.Same(without, with);
    }

    [Theory]
    [InlineData(10, 20)]
    [InlineData(340, 300)]
    [InlineData(20, 20)]
    public void Value_outside_the_soft_range_is_clipped_and_flagged(double value, double expected)
    {
        var measurement = new Stay().Add("8867-4", value, "/min", 1).Single();

        Assert.Equal(expected, measurement.Value);
        Assert.Equal(value == expected ? MeasurementFlags.None : MeasurementFlags.Clipped, measurement.Flags);
    }

    [Fact]
    public void Range_is_checked_after_rounding() => Assert.Equal(350, new Stay().Add("76215-3", 350.0000001, "mm[Hg]", 1).Single().Value);

    [Theory, Trait("promise", "S-39")]
    [InlineData(6.0, MeasurementFlags.None)]
    [InlineData(6.0 + 1.0 / 60, MeasurementFlags.ClockAhead)]
    [InlineData(6.0 + 5.0 / 60, MeasurementFlags.ClockAhead)]
    public void Value_at_as_of_or_within_clock_difference_is_used(double hour, MeasurementFlags flags)
    {
        var timeline = new Stay(6).Add("8867-4", 80, "/min", hour).Build();

        Assert.Equal(flags, timeline.Measurements[0].Flags);
        Assert.Equal(flags == MeasurementFlags.None ? [] : ["clock-ahead"], timeline.Quality.Remarks);
        Assert.Equal(0, timeline.Quality.Variables.Single(v => v.VariableId == "HR").NewestAgeHours);
    }

    [Fact]
    public void Value_of_a_clock_ahead_falls_into_the_last_bin()
    {
        var (values, observed, _) = new Stay(6).Add("8867-4", 80, "/min", 6.05).Column("HR");

        Assert.Equal([0, 0, 0, 0, 0, 1], observed);
        Assert.Equal(80, values[5]);
    }

    [Theory, Trait("promise", "S-39")]
    [InlineData(6.1)]
    [InlineData(1e4)]
    public void Value_after_as_of_is_refused(double hour) =>
        Assert.Equal(RejectionReason.AfterAsOf, new Stay(6).Add("8867-4", 80, "/min", hour).SingleRejection().Reason);

    [Theory]
    [InlineData(6.0, null, MeasurementFlags.None)]
    [InlineData(6.05, null, MeasurementFlags.ClockAhead)]
    [InlineData(6.1, RejectionReason.NotYetAvailable, MeasurementFlags.None)]
    public void Result_counts_from_when_it_was_available(double availableHour, RejectionReason? reason, MeasurementFlags flags)
    {
        var timeline = new Stay(6).Add(Stay.Raw("2823-3", 4, "mmol/L", 3) with { Available = Stay.TimeZero.AddHours(availableHour) }).Build();

        Assert.Equal(reason, timeline.Quality.Rejected.SingleOrDefault()?.Reason);
        if (reason is null)
            Assert.Equal(flags, timeline.Measurements[0].Flags);
    }

    [Fact]
    public void Measurements_after_as_of_change_nothing()
    {
        var stay = Believable.Stay(seed: 7, hours: 24);
        using var before = stay.Encode();
        var used = stay.Build().Quality;

        var random = new Random(8);
        for (int i = 0; i < 300; i++)
            Believable.AddOne(stay, random, 24.1 + random.NextDouble() * 48);
        stay.Builder.AddState(Ventilation, Stay.TimeZero.AddHours(25), null, new SourceReference("Procedure/later"));
        using var after = stay.Encode();

        GridAssert.Same(before, after);
        var quality = stay.Build().Quality;
        Assert.Equal(used.Used, quality.Used);
        Assert.Equal(used.NewestInput, quality.NewestInput);
        Assert.Equal(301, quality.Rejected.Count(r => r.Reason == RejectionReason.AfterAsOf) - used.Rejected.Count(r => r.Reason == RejectionReason.AfterAsOf));
    }

    [Fact]
    public void Value_before_time_zero_is_refused_and_counted_wherever_the_stay_was_set()
    {
        var stay = new Stay().Add("8867-4", 80, "/min", -0.01).Add("9267-6", 4, "{score}", -1);
        var known = stay.Builder.Stay;
        stay.Builder.Stay = null;
        Assert.Single(stay.Build().Measurements);

        stay.Builder.Stay = known;
        var timeline = stay.Build();

        Assert.Empty(timeline.Measurements);
        Assert.Equal([("GCS", RejectionReason.BeforeTimeZero), ("HR", RejectionReason.BeforeTimeZero)],
            timeline.Quality.Rejected.Select(r => (r.VariableId!, r.Reason)));
    }

    [Fact]
    public void Value_at_time_zero_is_used() => Assert.Equal(Stay.TimeZero, new Stay().Add("8867-4", 80, "/min", 0).Single().Effective);

    [Fact]
    public void Weight_and_height_before_time_zero_are_used_while_not_stale()
    {
        var stay = new Stay().Add("29463-7", 80, "kg", -100).Add("29463-7", 82, "kg", -10).Add("8302-2", 180, "cm", -24 * 300);

        using var grid = stay.Encode();

        Assert.Equal([180, 1, 82, 1], grid.Statics[^4..]);
    }

    [Fact]
    public void Stale_weight_is_reported_and_not_used()
    {
        var stay = new Stay().Add("29463-7", 80, "kg", -24 * 31);

        using var grid = stay.Encode();
        var quality = stay.Build().Quality;

        Assert.Equal([80, 0], grid.Statics[^2..]);
        var weight = quality.Variables.Single(v => v.VariableId == "Weight");
        Assert.True(weight.Stale);
        Assert.Equal(24 * 31 + 12, weight.NewestAgeHours);
        Assert.Equal(0, quality.Used);
    }

    [Fact, Trait("promise", "S-39")]
    public void Repeat_of_code_instant_and_value_counts_once_and_the_smaller_reference_stays()
    {
        var timeline = new Stay().Add(Stay.Raw("2823-3", 4, "mmol/L", 1, "Observation/b")).Add(Stay.Raw("2823-3", 4, "meq/L", 1, "Observation/a")).Build();

        Assert.Equal("Observation/a", Assert.Single(timeline.Measurements).Source.Reference);
        var rejection = Assert.Single(timeline.Quality.Rejected);
        Assert.Equal((RejectionReason.Duplicate, "Observation/b"), (rejection.Reason, rejection.Source!.Reference));
        Assert.Equal(1, timeline.Quality.Used);
    }

    [Fact]
    public void Same_instant_in_another_offset_is_the_same_instant()
    {
        var raw = Stay.Raw("2823-3", 4, "mmol/L", 1);

        new Stay().Add(raw).Add(raw with { Effective = raw.Effective.ToUniversalTime() }).Single();
    }

    [Fact, Trait("promise", "S-39")]
    public void Different_values_of_one_code_at_one_instant_are_averaged()
    {
        var (values, _, _) = new Stay().Add("2823-3", 4, "mmol/L", 1).Add("2823-3", 5, "mmol/L", 1).Column("K");

        Assert.Equal(4.5f, values[1]);
    }

    [Fact]
    public void Preferred_code_wins_at_one_instant_only()
    {
        var stay = new Stay().Add("41653-7", 300, "mg/dL", 1).Add("2345-7", 100, "mg/dL", 1).Add("41653-7", 200, "mg/dL", 1.5);

        Assert.Equal(150, stay.Column("Glucose").Values[1]);
        var rejection = Assert.Single(stay.Build().Quality.Rejected);
        Assert.Equal((RejectionReason.Duplicate, Pooling.Outranked), (rejection.Reason, rejection.Detail));
    }

    [Fact]
    public void Parts_of_one_instant_are_summed_and_name_all_their_sources()
    {
        var timeline = new Stay().Add("9268-4", 6, "{score}", 2).Add("9267-6", 4, "{score}", 2).Add("9270-0", 4, "{score}", 2).Build();

        var gcs = Assert.Single(timeline.Measurements);
        Assert.Equal(14, gcs.Value);
        Assert.Equal(MeasurementFlags.Derived, gcs.Flags);
        Assert.Equal("9269-2", gcs.Code.Code);
        Assert.Equal(["Observation/1", "Observation/2", "Observation/3"],
            timeline.SourcesInWindow(gcs.Variable).Select(s => s.Reference).Order());
    }

    [Fact]
    public void Part_that_could_not_be_tested_scores_as_the_manifest_says()
    {
        var stay = new Stay().Add("9268-4", 6, "{score}", 2).Add("9267-6", 4, "{score}", 2).Add("9270-0", 0, null, 2, notTestable: true);

        var gcs = stay.Single();

        Assert.Equal(11, gcs.Value);
        Assert.Equal(MeasurementFlags.Derived | MeasurementFlags.NotTestable, gcs.Flags);
    }

    [Fact]
    public void Tested_part_beats_not_testable_at_one_instant()
    {
        var stay = new Stay().Add("9268-4", 6, "{score}", 2).Add("9267-6", 4, "{score}", 2).Add("9270-0", 0, null, 2, notTestable: true).Add("9270-0", 5, "{score}", 2);

        var gcs = stay.Single();

        Assert.Equal(15, gcs.Value);
        Assert.False(gcs.Flags.HasFlag(MeasurementFlags.NotTestable));
        Assert.Equal(RejectionReason.Duplicate, Assert.Single(stay.Build().Quality.Rejected).Reason);
    }

    [Fact]
    public void Part_with_several_values_at_one_instant_counts_each_value_once()
    {
        // The sources alternate, so that only an order by value brings the repeats together.
        var stay = new Stay().Add("9268-4", 6, "{score}", 2).Add("9270-0", 5, "{score}", 2)
            .Add("9267-6", 4, "{score}", 2).Add("9267-6", 2, "{score}", 2).Add("9267-6", 4, "{score}", 2);

        Assert.Equal(14, stay.Single().Value);
        Assert.Equal(RejectionReason.Duplicate, Assert.Single(stay.Build().Quality.Rejected).Reason);
    }

    [Theory]
    [InlineData("9268-4")]
    [InlineData("9269-2")]
    [InlineData("8867-4")]
    public void Not_testable_where_the_manifest_has_no_value_for_it_is_absent_data(string loinc) =>
        Assert.Equal(RejectionReason.DataAbsent, new Stay().Add(loinc, 0, null, 2, notTestable: true).SingleRejection().Reason);

    [Fact]
    public void Incomplete_parts_are_reported_and_not_used()
    {
        var timeline = new Stay().Add("9268-4", 6, "{score}", 2).Add("9267-6", 4, "{score}", 2).Add("9270-0", 4, "{score}", 2.01).Build();

        Assert.Empty(timeline.Measurements);
        Assert.Equal(3, timeline.Quality.Rejected.Count(r => r.Reason == RejectionReason.IncompleteParts && r.VariableId == "GCS"));
    }

    [Fact]
    public void Recorded_total_wins_over_its_parts()
    {
        var timeline = new Stay().Add("9268-4", 6, "{score}", 2).Add("9267-6", 4, "{score}", 2).Add("9270-0", 4, "{score}", 2).Add("9269-2", 13, "{score}", 2).Build();

        Assert.Equal(13, Assert.Single(timeline.Measurements).Value);
        Assert.All(timeline.Quality.Rejected, r => Assert.Equal(PartSums.TotalPresent, r.Detail));
        Assert.Equal(3, timeline.Quality.Rejected.Count);
    }

    [Theory, Trait("promise", "S-41")]
    [InlineData("9267-6", 5)]
    [InlineData("9268-4", 7)]
    [InlineData("9270-0", 0)]
    public void Impossible_part_is_refused(string loinc, double value) =>
        Assert.Equal(RejectionReason.OutsideHardRange, new Stay().Add(loinc, value, "{score}", 2).SingleRejection().Reason);

    [Fact]
    public void Mean_pressure_is_derived_where_it_was_not_measured()
    {
        var timeline = new Stay()
            .Add("76534-7", 120, "mm[Hg]", 1).Add("76535-4", 60, "mm[Hg]", 1)
            .Add("8480-6", 130, "mm[Hg]", 2).Add("8462-4", 71, "mm[Hg]", 2)
            .Add("76534-7", 120, "mm[Hg]", 3).Add("76535-4", 60, "mm[Hg]", 3).Add("76536-2", 85, "mm[Hg]", 3)
            .Add("76534-7", 120, "mm[Hg]", 4).Add("76535-4", 60, "mm[Hg]", 4.5)
            .Build();

        var mean = timeline.InWindow(Stay.Variable("NIMAP")).ToArray();
        Assert.Equal([80, 90.6667, 85], mean.Select(m => m.Value));
        Assert.Equal([MeasurementFlags.Derived, MeasurementFlags.Derived | MeasurementFlags.MethodAssumed, MeasurementFlags.None], mean.Select(m => m.Flags));
        Assert.Equal(["Observation/1", "Observation/2", "Observation/3", "Observation/4", "Observation/7"],
            timeline.SourcesInWindow(Stay.Variable("NIMAP")).Select(s => s.Reference));
        Assert.Equal(2, timeline.Quality.Flagged[MeasurementFlags.Derived]);
    }

    [Fact]
    public void Arterial_line_gives_no_cuff_mean() =>
        Assert.Empty(new Stay().Add("76215-3", 120, "mm[Hg]", 1).Add("76213-8", 60, "mm[Hg]", 1).Build().InWindow(Stay.Variable("NIMAP")).ToArray());

    [Fact]
    public void Ventilator_observations_close_together_are_one_interval()
    {
        var timeline = new Stay(40).Add("20124-4", 1, null, 1).Add("19835-8", 450, "mL", 9).Add("20124-4", 1, null, 17.01).Add("20124-4", 1, null, 20).Build();

        Assert.Equal([(1.0, 9.0), (17.01, 20.0)],
            timeline.States.Select(s => ((s.Start - Stay.TimeZero).TotalHours, (s.End!.Value - Stay.TimeZero).TotalHours)));
    }

    [Fact]
    public void State_that_was_seen_off_in_between_is_two_intervals()
    {
        var timeline = new Stay().Add("20124-4", 1, null, 1).Add("20124-4", 0, null, 2).Add("20124-4", 1, null, 3).Build();

        Assert.Equal(2, timeline.States.Count);
    }

    [Fact]
    public void Procedure_period_is_cut_at_as_of()
    {
        var stay = new Stay();
        stay.Builder.AddState(Ventilation, Stay.TimeZero.AddHours(2), Stay.TimeZero.AddHours(30), new SourceReference("Procedure/1"));
        var timeline = stay.Build();

        Assert.Null(Assert.Single(timeline.States).End);
        var quality = timeline.Quality.Variables.Single(v => v.VariableId == "MechVent");
        Assert.Equal((1, 0.0, false), (quality.Count, quality.NewestAgeHours!.Value, quality.Stale));
        Assert.Equal(["Procedure/1"], timeline.SourcesInWindow(Ventilation).Select(s => s.Reference));
    }

    [Theory]
    [InlineData(13, null, RejectionReason.AfterAsOf)]
    [InlineData(5, 4.0, RejectionReason.NotComparable)]
    [InlineData(-5, -1.0, RejectionReason.BeforeTimeZero)]
    public void Procedure_outside_the_window_or_backwards_is_refused(double start, double? end, RejectionReason reason)
    {
        var stay = new Stay();
        stay.Builder.AddState(Ventilation, Stay.TimeZero.AddHours(start), end is { } hour ? Stay.TimeZero.AddHours(hour) : null, new SourceReference("Procedure/1"));

        Assert.Equal(reason, stay.SingleRejection().Reason);
        Assert.Empty(stay.Build().States);
    }

    [Fact]
    public void Only_a_state_has_intervals() =>
        Assert.Throws<ArgumentException>(() => new Stay().Builder.AddState(Stay.Variable("HR"), Stay.TimeZero, null, new SourceReference("x")));

    [Fact]
    public void Report_counts_what_was_used_missing_and_stale()
    {
        var stay = new Stay(24)
            .Add("8867-4", 80, "/min", 1)
            .Add("8867-4", 90, "/min", 10)
            .Add("2345-7", 5, "mmol/L", 23)
            .Add("8867-4", 9999, "/min", 11)
            .Add("29463-7", 70, "kg", -5);
        stay.Builder.Reject(new Rejection("K", null, RejectionReason.DataAbsent));
        stay.Builder.Remark("time-zero-from-encounter");
        stay.Builder.Remark("birth-date-year-only");
        stay.Builder.Remark("time-zero-from-encounter");

        var quality = stay.Build().Quality;

        Assert.Equal(4, quality.Used);
        Assert.Equal(1, quality.Converted);
        Assert.Equal([RejectionReason.OutsideHardRange, RejectionReason.DataAbsent], quality.Rejected.Select(r => r.Reason));
        Assert.Equal(["birth-date-year-only", "time-zero-from-encounter"], quality.Remarks);
        Assert.Equal(["HR"], quality.Stale.Select(v => v.VariableId));
        var hr = quality.Variables.Single(v => v.VariableId == "HR");
        Assert.Equal((2, 14.0, true), (hr.Count, hr.NewestAgeHours!.Value, hr.Stale));
        Assert.Equal(Stay.Table.Variables.Count(v => !v.IsState) - 3, quality.Missing.Count());
        Assert.Equal(Stay.TimeZero.AddHours(1), quality.OldestInput);
        Assert.Equal(Stay.TimeZero.AddHours(23), quality.NewestInput);
    }

    [Fact]
    public void Empty_stay_has_an_empty_report()
    {
        var quality = new Stay().Build().Quality;

        Assert.Equal(0, quality.Used);
        Assert.Null(quality.NewestInput);
        // Ventilation that never was is off, not missing.
        Assert.All(quality.Variables, v => Assert.Equal(!v.IsState, v.Missing));
        Assert.Empty(quality.Flagged);
    }

    [Fact]
    public void Building_twice_gives_the_same_timeline()
    {
        var stay = Believable.Stay(seed: 3, hours: 30);
        var first = stay.Build();
        var second = stay.Build();

        Assert.Equal(first.Measurements.Select(Text), second.Measurements.Select(Text));
        Assert.Equal(first.Quality.Rejected, second.Quality.Rejected);
    }

    [Fact]
    public void Order_of_the_input_leaves_no_trace()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var raws = Believable.Raws(seed, hours: 30);
            var procedures = Believable.Procedures(seed);
            var expected = Make(raws, procedures);
            using var expectedGrid = new HourlyGridEncoder(Stay.Manifest, Stay.Table).Encode(expected, 60);
            for (int shuffle = 0; shuffle < 5; shuffle++)
            {
                var random = new Random(seed * 100 + shuffle);
                random.Shuffle(raws);
                random.Shuffle(procedures);
                var timeline = Make(raws, procedures);
                using var grid = new HourlyGridEncoder(Stay.Manifest, Stay.Table).Encode(timeline, 60);

                GridAssert.Same(expectedGrid, grid);
                Assert.Equal(expected.Quality.Rejected, timeline.Quality.Rejected);
                Assert.Equal(expected.States, timeline.States);
                Assert.Equal(expected.Measurements.Select(Text), timeline.Measurements.Select(Text));
            }
        }

        static PatientTimeline Make(RawMeasurement[] raws, (double Start, double? End)[] procedures)
        {
            var stay = new Stay(30);
            foreach (var raw in raws)
                stay.Add(raw);
            foreach (var (start, end) in procedures)
            {
                stay.Builder.AddState(Ventilation, Stay.TimeZero.AddHours(start), end is { } hour ? Stay.TimeZero.AddHours(hour) : null,
                    new SourceReference($"Procedure/{start}"));
            }
            return stay.Build();
        }
    }

    [Fact]
    public void Adding_a_value_allocates_nothing_beyond_the_growth_of_the_list()
    {
        var builder = new Stay(48).Builder;
        var raw = Stay.Raw("2345-7", 5.5, "mmol/L", 1);
        var word = Stay.Raw("8480-6", 120, null, 1) with { UnitText = "mmHg" };
        var part = Stay.Raw("9267-6", 4, "{score}", 1);
        // 4,100 of each: beyond a doubling of the lists, which then hold 16,384 and 8,192.
        for (int i = 0; i < 4100; i++)
            AddAll(builder, raw, word, part);
        builder.Add(raw);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 3000; i++)
            AddAll(builder, raw, word, part);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);

        static void AddAll(PatientTimelineBuilder builder, in RawMeasurement raw, in RawMeasurement word, in RawMeasurement part)
        {
            builder.Add(raw);
            builder.Add(word);
            builder.Add(part);
        }
    }

    [Fact]
    public void Building_and_encoding_a_full_stay_allocates_little()
    {
        var raws = Believable.Raws(seed: 5, hours: 48, count: 430);
        var encoder = new HourlyGridEncoder(Stay.Manifest, Stay.Table);
        Run(raws, encoder);
        Run(raws, encoder);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int used = Run(raws, encoder);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / raws.Length;

        Assert.True(used > 200, $"{used} used");
        Assert.True(each <= 700, $"{each} bytes per value");

        static int Run(RawMeasurement[] raws, HourlyGridEncoder encoder)
        {
            var stay = new Stay(48);
            foreach (var raw in raws)
                stay.Add(raw);
            var timeline = stay.Build();
            encoder.Encode(timeline, 60).Dispose();
            return timeline.Quality.Used;
        }
    }

    [Fact]
    public void Age_is_counted_in_completed_years()
    {
        var born = new PatientFacts(new DateOnly(2090, 3, 2), Sex.Female, false);

        Assert.Equal(59, born.AgeAt(Stay.TimeZero));
        Assert.Equal(60, born.AgeAt(Stay.TimeZero.AddDays(1)));
        Assert.Equal(16, new PatientFacts(new DateOnly(2000, 2, 29), Sex.Male, false).AgeAt(new DateTimeOffset(2016, 2, 29, 0, 0, 0, TimeSpan.Zero)));
        Assert.Equal(14, new PatientFacts(new DateOnly(2000, 2, 29), Sex.Male, false).AgeAt(new DateTimeOffset(2015, 2, 27, 0, 0, 0, TimeSpan.Zero)));
    }

    private static string Text(Measurement m) =>
        $"{m.Variable.Id} {m.Code.Code} {m.Value:R} {m.Effective:O} {m.Flags} {m.Source} {string.Join(",", m.OtherSources)}";
}
