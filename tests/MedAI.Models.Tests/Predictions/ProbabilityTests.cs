using MedAI.Models.Predictions;

namespace MedAI.Models.Tests.Predictions;

public sealed class ProbabilityTests
{
    [Fact, Trait("promise", "M-01")]
    public void Percent_of_one_eighth_is_twelve_and_a_half() => Assert.Equal(12.5m, new Probability(0.125).ToPercent());

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.0000001)]
    [InlineData(1.0000001)]
    [InlineData(double.PositiveInfinity)]
    public void Impossible_probability_cannot_be_constructed(double value) => Assert.Throws<ArgumentOutOfRangeException>(() => new Probability(value));
}
