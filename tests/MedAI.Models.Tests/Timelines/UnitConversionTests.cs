using MedAI.Models.Timelines;

namespace MedAI.Models.Tests.Timelines;

public sealed class UnitConversionTests
{
    [Theory, Trait("promise", "S-39")]
    [InlineData("1751-7", 31, "g/L", 3.1)]
    [InlineData("1742-6", 40, "[IU]/L", 40)]
    [InlineData("1742-6", 0.5, "ukat/L", 30)]
    [InlineData("3094-0", 10, "mmol/L", 28.01)]
    [InlineData("22664-7", 10, "mmol/L", 28.01)]
    [InlineData("22664-7", 60, "mg/dL", 28.02)]
    [InlineData("2160-0", 88.42, "umol/L", 1)]
    [InlineData("14682-9", 176.84, "umol/L", 2)]
    [InlineData("76215-3", 16, "kPa", 120.01)]
    [InlineData("3150-0", 40, "%", 0.4)]
    [InlineData("3150-0", 0.4, "1", 0.4)]
    [InlineData("2345-7", 5.5, "mmol/L", 99.088)]
    [InlineData("14749-6", 5.5, "mmol/L", 99.088)]
    [InlineData("4544-3", 0.31, "L/L", 31)]
    [InlineData("71833-8", 0.31, "1", 31)]
    [InlineData("8867-4", 90, "{beats}/min", 90)]
    [InlineData("2823-3", 4.1, "meq/L", 4.1)]
    [InlineData("2703-7", 13.3, "kPa", 99.7582)]
    [InlineData("777-3", 210, "10*9/L", 210)]
    [InlineData("777-3", 210000, "/uL", 210)]
    [InlineData("20564-1", 0.97, "1", 97)]
    [InlineData("8310-5", 98.6, "[degF]", 37)]
    [InlineData("8310-5", 310.15, "K", 37)]
    [InlineData("10839-9", 0.8, "ng/mL", 0.8)]
    [InlineData("89579-7", 800, "ng/L", 0.8)]
    [InlineData("9187-6", 0.25, "L", 250)]
    [InlineData("29463-7", 176.4, "[lb_av]", 80.0137)]
    [InlineData("29463-7", 80000, "g", 80)]
    [InlineData("8302-2", 70, "[in_i]", 177.8)]
    [InlineData("8302-2", 1.7, "m", 170)]
    public void Unit_of_the_table_is_converted_to_the_canonical_one(string loinc, double value, string unit, double expected)
    {
        var measurement = new Stay().Add(loinc, value, unit, 1).Single();

        Assert.Equal(expected, measurement.Value);
        Assert.False(measurement.Flags.HasFlag(MeasurementFlags.UnitAlias));
    }

    [Fact]
    public void Converted_value_is_counted_and_a_canonical_one_is_not()
    {
        var quality = new Stay().Add("2345-7", 5.5, "mmol/L", 1).Add("2345-7", 100, "mg/dL", 2).Add("2823-3", 4, "meq/L", 1).Build().Quality;

        Assert.Equal(3, quality.Used);
        Assert.Equal(1, quality.Converted);
        Assert.Equal(1, quality.Flagged[MeasurementFlags.Converted]);
    }

    [Theory, Trait("promise", "S-39")]
    [InlineData("2345-7", "mmol/l")] // UCUM is case-sensitive here
    [InlineData("2345-7", "g/L")]
    [InlineData("8310-5", "CEL")]
    [InlineData("14749-6", "mg/dL")] // the code is of substance concentration: its own units only
    [InlineData("22664-7", "g/L")]
    [InlineData("8867-4", "Hz")]
    [InlineData("8867-4", " /min")]
    public void Unit_outside_the_table_is_refused(string loinc, string unit)
    {
        var rejection = new Stay().Add(loinc, 37, unit, 1).SingleRejection();

        Assert.Equal(RejectionReason.UnknownUnit, rejection.Reason);
    }

    [Theory, Trait("promise", "S-39")]
    [InlineData("8310-5", 98.6, "F", 37)] // farad
    [InlineData("8310-5", 37, "C", 37)] // coulomb
    [InlineData("777-3", 210, "K/uL", 210)] // kelvin
    [InlineData("777-3", 210, "K", 210)]
    [InlineData("76215-3", 120, "mmHg", 120)]
    public void Ucum_code_that_senders_misuse_is_read_as_the_word_and_flagged(string loinc, double value, string unit, double expected)
    {
        var measurement = new Stay().Add(loinc, value, unit, 1).Single();

        Assert.Equal(expected, measurement.Value);
        Assert.True(measurement.Flags.HasFlag(MeasurementFlags.UnitAlias));
    }

    [Fact]
    public void Listed_ucum_code_means_itself_even_if_it_is_a_word_too()
    {
        // For temperature K is kelvin; for platelets the same letter is a thousand.
        Assert.Equal(RejectionReason.OutsideHardRange, new Stay().Add("8310-5", 37, "K", 1).SingleRejection().Reason);
        Assert.Equal(37, new Stay().Add("777-3", 37, "K", 1).Single().Value);
    }

    [Theory, Trait("promise", "S-39")]
    [InlineData(null, null, "bpm")]
    [InlineData(null, "bpm", null)]
    [InlineData(null, null, "/min")]
    [InlineData(null, null, " bpm ")]
    [InlineData("http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-units", "bpm", "bpm")]
    [InlineData(UnitTable.UcumSystem, null, "bpm")]
    public void Display_word_without_ucum_code_is_read_and_flagged(string? system, string? code, string? text)
    {
        var measurement = new Stay().Add(Stay.Raw("8867-4", 80, null, 1) with { UnitSystem = system, UnitCode = code, UnitText = text }).Single();

        Assert.Equal(80, measurement.Value);
        Assert.Equal(MeasurementFlags.UnitAlias, measurement.Flags);
    }

    [Theory, Trait("promise", "S-39")]
    [InlineData(null, null, "parsec", RejectionReason.UnknownUnit)]
    [InlineData(null, "mg/dL", "mmol/L", RejectionReason.UnknownUnit)]
    [InlineData("http://example.org/units", "x", null, RejectionReason.UnknownUnit)]
    [InlineData(null, null, null, RejectionReason.MissingUnit)]
    [InlineData(null, "", " ", RejectionReason.MissingUnit)]
    [InlineData(UnitTable.UcumSystem, null, null, RejectionReason.MissingUnit)]
    public void Unit_that_cannot_be_told_is_never_guessed(string? system, string? code, string? text, RejectionReason expected)
    {
        var rejection = new Stay().Add(Stay.Raw("2345-7", 100, null, 1) with { UnitSystem = system, UnitCode = code, UnitText = text }).SingleRejection();

        Assert.Equal(expected, rejection.Reason);
        Assert.Equal("Glucose", rejection.VariableId);
        Assert.Equal("mg/dL", rejection.Detail);
    }

    [Theory]
    [InlineData("9269-2", 14)]
    [InlineData("2744-1", 7.4)]
    public void Bare_score_or_pH_is_read_when_the_manifest_says_so(string loinc, double value)
    {
        var measurement = new Stay().Add(loinc, value, null, 1).Single();

        Assert.Equal(value, measurement.Value);
        Assert.Equal(MeasurementFlags.UnitAlias, measurement.Flags);
    }

    [Fact]
    public void Empty_alias_of_a_unit_with_a_dimension_does_not_allow_a_missing_unit()
    {
        var table = new UnitTable("mg/dL", [new("mg/dL")], [new("", "mg/dL")], canonicalImplied: true);

        Assert.Equal(RejectionReason.MissingUnit, table.Resolve(null, null, null, out _, out _));
    }

    [Theory, Trait("promise", "S-39")]
    [InlineData("3150-0", 40, "1")] // a percentage that says it is a fraction
    [InlineData("3150-0", 0.4, "%")]
    [InlineData("20564-1", 97, "1")]
    [InlineData("2744-1", 735, "[pH]")]
    [InlineData("2744-1", 73, "[pH]")]
    [InlineData("8310-5", 98.6, "Cel")]
    public void Factor_is_chosen_by_unit_only_and_the_range_refuses_what_comes_out_wrong(string loinc, double value, string unit) =>
        Assert.Equal(RejectionReason.OutsideHardRange, new Stay().Add(loinc, value, unit, 1).SingleRejection().Reason);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1234567, 1234570)]
    [InlineData(123456.5, 123457)]
    [InlineData(-123456.5, -123457)]
    [InlineData(0.1 + 0.2, 0.3)]
    [InlineData(999999.7, 1000000)]
    [InlineData(1000, 1000)]
    [InlineData(37.00000000000001, 37)]
    [InlineData(0.000123456789, 0.000123457)]
    [InlineData(7.3999999999, 7.4)]
    [InlineData(1e-300, 0)]
    public void Rounding_keeps_six_significant_digits(double value, double expected) => Assert.Equal(expected, SignificantDigits.Round(value));

    [Fact]
    public void Rounding_gives_the_double_that_the_decimal_reads_as()
    {
        var random = new Random(20121);
        for (int i = 0; i < 20000; i++)
        {
            double value = Math.Round(random.NextDouble() * Math.Pow(10, random.Next(-3, 5)), 9);
            double expected = double.Parse(((decimal)value).ToString("0.#####E+0"));
            double rounded = SignificantDigits.Round(value);
            // Decimal text rounds the decimal digits, we round the double; they may part only at an exact tie.
            Assert.True(rounded == expected || Math.Abs(rounded - expected) <= Math.Abs(value) * 1.01e-5, $"{value:R}: {rounded:R} instead of {expected:R}");
            Assert.Equal(rounded, SignificantDigits.Round(rounded));
        }
    }
}
