using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Models.Tests.Timelines;

public sealed class HourlyGridEncoderTests
{
    private static readonly HourlyGridEncoder Encoder = new(Stay.Manifest, Stay.Table);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.001, 1)]
    [InlineData(1, 1)]
    [InlineData(6, 6)]
    [InlineData(6.0001, 7)]
    [InlineData(47.99, 48)]
    [InlineData(48, 48)]
    [InlineData(60, 48)]
    public void Steps_are_the_begun_hours(double hours, int steps) => Assert.Equal(steps, Encoder.StepsBetween(Stay.TimeZero, Stay.TimeZero.AddHours(hours)));

    [Fact]
    public void Stay_without_time_zero_cannot_be_encoded()
    {
        var stay = new Stay();
        stay.Builder.Stay = null;
        Assert.Throws<ArgumentException>(() => Encoder.Encode(stay.Build(), 60));

        stay.Builder.Stay = new CareStay(Stay.TimeZero.AddHours(13), null, IcuType.Medical, false, new SourceReference("Encounter/1"));
        Assert.Throws<ArgumentException>(() => Encoder.Encode(stay.Build(), 60));
    }

    [Fact]
    public void Value_falls_into_the_bin_of_its_begun_hour_and_the_end_into_the_last()
    {
        var (values, observed, since) = new Stay(6).Add("8867-4", 60, "/min", 0).Add("8867-4", 70, "/min", 1.999).Add("8867-4", 80, "/min", 2)
            .Add("8867-4", 90, "/min", 6).Column("HR");

        Assert.Equal([60, 70, 80, 80, 80, 90], values);
        Assert.Equal([1, 1, 1, 0, 0, 1], observed);
        Assert.Equal([0, 0, 0, 1, 2, 0], since);
    }

    [Fact]
    public void Value_in_the_broken_last_hour_has_its_own_bin()
    {
        var (_, observed, _) = new Stay(6.5).Add("8867-4", 90, "/min", 6.25).Column("HR");

        Assert.Equal([0, 0, 0, 0, 0, 0, 1], observed);
    }

    [Fact]
    public void Never_measured_variable_stands_at_its_baseline_and_counts_from_before_the_start()
    {
        var (values, observed, since) = new Stay(6).Column("HR");

        Assert.All(values, v => Assert.Equal(86, v));
        Assert.All(observed, o => Assert.Equal(0, o));
        Assert.Equal([1, 2, 3, 4, 5, 6], since);
    }

    [Fact]
    public void Value_is_carried_forward_until_it_is_stale()
    {
        // Heart rate is stale after 8 hours.
        var (values, _, since) = new Stay(12).Add("8867-4", 60, "/min", 1.9).Column("HR");

        Assert.Equal([86, 60, 60, 60, 60, 60, 60, 60, 60, 60, 86, 86], values);
        Assert.Equal([1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], since);
    }

    [Theory]
    [InlineData("mean", 100)]
    [InlineData("sum", 300)]
    [InlineData("min", 60)]
    [InlineData("max", 150)]
    [InlineData("last", 60)]
    public void Bin_is_aggregated_as_declared(string aggregation, float expected)
    {
        var manifest = TestManifest.Create("HR");
        manifest = manifest with { Variables = [.. manifest.Variables.Select(v => v.Id == "HR" ? v with { Aggregation = aggregation } : v)] };
        var table = new VariableTable(manifest);
        // At 1.5 two values of one instant count as one, their mean.
        var timeline = new Stay(table: table).Add("8867-4", 60, "/min", 1.9).Add("8867-4", 140, "/min", 1.5).Add("8867-4", 160, "/min", 1.5).Add("8867-4", 90, "/min", 1.1)
            .Build();

        using var grid = new HourlyGridEncoder(manifest, table).Encode(timeline, 60);

        Assert.Equal(expected, grid.Values[1]);
    }

    [Fact]
    public void Urine_of_an_hour_is_summed()
    {
        var (values, _, _) = new Stay().Add("9187-6", 30, "mL", 1.2).Add("9187-6", 0.05, "L", 1.8).Column("Urine");

        Assert.Equal(80, values[1]);
    }

    [Fact]
    public void Ventilation_marks_every_bin_that_it_touches()
    {
        var stay = new Stay(10).Add("20124-4", 1, null, 1.5).Add("20124-4", 1, null, 3);
        stay.Builder.AddState(Stay.Variable("MechVent"), Stay.TimeZero.AddHours(6.9), Stay.TimeZero.AddHours(7.1), new SourceReference("Procedure/1"));

        var (values, observed, since) = stay.Column("MechVent");

        Assert.Equal([0, 1, 1, 1, 0, 0, 1, 1, 0, 0], values);
        Assert.Equal(values, observed);
        Assert.Equal([1, 0, 0, 0, 1, 2, 0, 0, 1, 2], since);
    }

    [Theory]
    [InlineData(-20, 1.5, new float[] { 1, 1, 0, 0, 0, 0 })]
    [InlineData(4, null, new float[] { 0, 0, 0, 0, 1, 1 })]
    [InlineData(4, 600.0, new float[] { 0, 0, 0, 0, 1, 1 })]
    [InlineData(6, 6.0, new float[] { 0, 0, 0, 0, 0, 1 })]
    [InlineData(-20, 0.0, new float[] { 1, 0, 0, 0, 0, 0 })]
    public void Ventilation_that_began_before_or_goes_on_after_fills_the_window(double start, double? end, float[] expected)
    {
        var stay = new Stay(6);
        stay.Builder.AddState(Stay.Variable("MechVent"), Stay.TimeZero.AddHours(start), end is { } hour ? Stay.TimeZero.AddHours(hour) : null, new SourceReference("P"));

        Assert.Equal(expected, stay.Column("MechVent").Observed);
    }

    [Theory]
    [InlineData(Sex.Male, IcuType.Coronary, 64.9, new float[] { 64, 1, 1, 0, 0, 0, 0 })]
    [InlineData(Sex.Female, IcuType.CardiacSurgery, 95.0, new float[] { 90, 0, 0, 1, 0, 0, 0 })]
    [InlineData(Sex.Other, IcuType.Medical, 10.0, new float[] { 16, 0.5f, 0, 0, 1, 0, 0 })]
    [InlineData(Sex.Unknown, IcuType.Surgical, null, new float[] { 65, 0.5f, 0, 0, 0, 1, 0 })]
    [InlineData(Sex.Male, IcuType.Other, 30.0, new float[] { 30, 1, 0, 0, 0, 0, 1 })]
    [InlineData(Sex.Male, IcuType.Unknown, 30.0, new float[] { 30, 1, 0, 0, 0, 0, 0 })]
    public void Statics_are_age_sex_and_kind_of_unit(Sex sex, IcuType icu, double? age, float[] expected)
    {
        var stay = new Stay();
        stay.Builder.Patient = new PatientFacts(null, sex, false);
        stay.Builder.Stay = stay.Builder.Stay! with { IcuType = icu };

        using var grid = stay.Encode(age);

        Assert.Equal(expected, grid.Statics[..7]);
        Assert.Equal([170, 0, 80, 0], grid.Statics[7..]);
    }

    [Fact]
    public void Newest_weight_up_to_as_of_is_used()
    {
        using var grid = new Stay().Add("29463-7", 90, "kg", 11).Add("29463-7", 80, "kg", 2).Add("29463-7", 92, "kg", 11).Add("29463-7", 70, "kg", 13).Encode();

        Assert.Equal([91, 1], grid.Statics[^2..]);
    }

    [Fact]
    public void Same_stay_in_other_legal_units_and_codes_encodes_the_same_to_six_digits()
    {
        using var one = new Stay().Add("2345-7", 180.16, "mg/dL", 1).Add("8310-5", 38.5, "Cel", 1).Add("76215-3", 112.509, "mm[Hg]", 1).Add("29463-7", 70, "kg", 1)
            .Add("9269-2", 9, "{score}", 3).Encode();
        using var other = new Stay().Add("14749-6", 10, "mmol/L", 1).Add("8331-1", 101.3, "[degF]", 1).Add("8480-6", 15, "kPa", 1, MeasurementContext.InvasiveMethod)
            .Add("3141-9", 154.3236, "[lb_av]", 1).Add("9267-6", 3, "{score}", 3).Add("9268-4", 4, "{score}", 3).Add("9270-0", 2, "{score}", 3).Encode();

        for (int i = 0; i < one.Values.Length; i++)
            Assert.Equal(one.Values[i], other.Values[i], Math.Abs(one.Values[i]) * 2e-6f + 1e-7f);
        Assert.True(one.Observed.SequenceEqual(other.Observed));
        Assert.Equal(one.Statics, other.Statics);
    }

    [Fact]
    public void Grid_from_a_used_pool_has_no_trace_of_what_was_there()
    {
        var poison = System.Buffers.ArrayPool<float>.Shared.Rent(12 * Stay.Table.SeriesCount);
        Array.Fill(poison, float.NaN);
        System.Buffers.ArrayPool<float>.Shared.Return(poison);

        using var grid = Believable.Stay(1, 12).Encode();

        foreach (float cell in grid.Values)
            Assert.True(float.IsFinite(cell));
        foreach (float cell in grid.HoursSince)
            Assert.True(float.IsFinite(cell));
        foreach (float cell in grid.Observed)
            Assert.True(cell is 0 or 1);
    }

    [Fact]
    public void Timeline_of_another_model_cannot_be_encoded()
    {
        var other = new VariableTable(TestManifest.Create());

        Assert.Throws<ArgumentException>(() => Encoder.Encode(new Stay(table: other).Build(), 60));
    }

    [Fact]
    public void Grid_agrees_with_a_plain_reading_of_the_rules()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            double hours = 6 + random.NextDouble() * 42;
            var stay = new Stay(hours);
            var minutes = new Dictionary<string, SortedDictionary<int, SortedSet<double>>>();
            foreach (var (id, loinc, unit, low) in new[] { ("HR", "8867-4", "/min", 50.0), ("K", "2823-3", "mmol/L", 3.0), ("Urine", "9187-6", "mL", 10.0) })
            {
                var instants = minutes[id] = [];
                for (int i = random.Next(40); i > 0; i--)
                {
                    int minute = random.Next((int)(hours * 60) + 1);
                    double value = low + random.Next(30) / 10.0;
                    if (!instants.TryGetValue(minute, out var values))
                        instants.Add(minute, values = []);
                    values.Add(value);
                    stay.Builder.Add(Stay.Raw(loinc, value, unit, 0) with { Effective = Stay.TimeZero.AddMinutes(minute) });
                }
            }

            foreach (var (id, instants) in minutes)
            {
                var variable = Stay.Variable(id);
                var (values, observed, since) = stay.Column(id);
                Assert.Equal((int)Math.Ceiling(hours), values.Length);
                var byBin = instants.GroupBy(i => Math.Min(i.Key / 60, values.Length - 1)).ToDictionary(g => g.Key, g => g.Select(i => i.Value.Average()).ToArray());
                for (int step = 0; step < values.Length; step++)
                {
                    int last = byBin.Keys.Where(b => b <= step).DefaultIfEmpty(-1).Max();
                    double expected = last < 0 || step - last > variable.Manifest.StalenessHours ? variable.Manifest.Baseline
                        : id == "Urine" ? byBin[last].Sum() : byBin[last].Average();
                    Assert.Equal(expected, values[step], 1e-4);
                    Assert.Equal(last == step ? 1 : 0, observed[step]);
                    Assert.Equal(step - last, since[step]);
                }
            }
        }
    }
}
