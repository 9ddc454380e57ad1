using MedAI.Fhir.Writing;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Tests.Writing;

public sealed class ResultWordingTests
{
    [Theory]
    [InlineData(0, "below 0.1 %")]
    [InlineData(0.0009, "below 0.1 %")]
    [InlineData(0.125, "12.5 %")]
    [InlineData(0.9995, "above 99.9 %")]
    [InlineData(1, "above 99.9 %")]
    public void Percent_never_claims_certainty(double risk, string expected) => Assert.Equal(expected, ResultWording.Percent(risk));

    [Theory]
    [InlineData(7.38456, "[pH]", "7.385")]
    [InlineData(120, "mm[Hg]", "120 mmHg")]
    [InlineData(86, "/min", "86/min")]
    [InlineData(38.17, "Cel", "38.17 °C")]
    [InlineData(13, "{score}", "13")]
    [InlineData(123456, "10*3/uL", "123456 10³/µL")]
    [InlineData(0.00012346, "ug/L", "0.0001235 µg/L")]
    [InlineData(0, "mL", "0 mL")]
    public void Value_is_written_as_a_person_would(double value, string unit, string expected) => Assert.Equal(expected, ResultWording.Value(value, unit));

    [Fact]
    public void Every_rejection_reason_and_flag_has_words()
    {
        Assert.All(Enum.GetValues<RejectionReason>(), r => Assert.NotEqual(r.ToString(), QualityWords.Of(r)));
        Assert.All(Enum.GetValues<MeasurementFlags>().Where(f => f != MeasurementFlags.None), f => Assert.NotEqual(f.ToString(), QualityWords.Of(f)));
    }

    [Theory]
    [InlineData(37.2, 38.4, 37, 38.5)]
    [InlineData(80, 119, 80, 120)]
    [InlineData(5, 5, 4.5, 5.5)]
    [InlineData(0, 0, -0.5, 0.5)]
    public void Axis_covers_the_values(double low, double high, double first, double last)
    {
        var axis = AxisTicks.Cover(low, high);
        Assert.Equal(first, axis.First, 1e-9);
        Assert.Equal(last, axis.Last, 1e-9);
    }
}
