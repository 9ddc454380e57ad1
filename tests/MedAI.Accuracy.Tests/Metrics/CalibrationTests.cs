using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Accuracy.Tests.Metrics;

public sealed class CalibrationTests
{
    [Fact]
    [Trait("promise", "M-260")]
    public void Equal_width_error_is_the_one_worked_out_by_hand()
    {
        // Band 0: three cases, mean 0.05, one event: gap 0.28333. Band 2: one case 0.25, no event: gap 0.25. Band 9: two cases, mean 0.975, both: gap 0.025.
        double[] risks = [0.02, 0.05, 0.08, 0.25, 0.95, 1.0];
        bool[] came = [false, true, false, false, true, true];

        Assert.Equal(((3 * (1.0 / 3 - 0.05)) + 0.25 + (2 * 0.025)) / 6, Calibration.EqualWidthError(risks, came), 12);
        Assert.Equal([3, 1, 2], Calibration.EqualWidthBins(risks, came).Select(b => b.Count));
    }

    [Fact]
    public void Equal_count_error_is_the_one_worked_out_by_hand()
    {
        double[] risks = [0.1, 0.4, 0.2, 0.9];
        bool[] came = [false, true, false, true];

        // Two groups of two: mean 0.15 against 0, mean 0.65 against 1.
        Assert.Equal((0.15 + 0.35) / 2, Calibration.EqualCountError(risks, came, groups: 2), 12);
    }

    [Fact]
    public void Error_is_the_larger_of_the_two()
    {
        var random = new Random(4);
        var risks = Enumerable.Range(0, 300).Select(_ => random.NextDouble()).ToArray();
        var came = Array.ConvertAll(risks, _ => random.NextDouble() < 0.3);

        Assert.Equal(Math.Max(Calibration.EqualCountError(risks, came), Calibration.EqualWidthError(risks, came)), Calibration.Error(risks, came));
    }

    [Fact]
    public void Line_through_two_groups_is_exact()
    {
        // 0.2 predicted where 3 of 10 came, 0.6 where 8 of 10 came: the line meets both log-odds.
        var risks = Enumerable.Range(0, 20).Select(i => i < 10 ? 0.2 : 0.6).ToArray();
        var came = Enumerable.Range(0, 20).Select(i => i < 10 ? i < 3 : i < 18).ToArray();
        var slope = (Calibration.Logit(0.8) - Calibration.Logit(0.3)) / (Calibration.Logit(0.6) - Calibration.Logit(0.2));

        var line = Calibration.Line(risks, came);

        Assert.Equal(slope, line.Slope, 5);
        Assert.Equal(Calibration.Logit(0.3) - (slope * Calibration.Logit(0.2)), line.Intercept, 5);
        Assert.Equal(0.55 - 0.4, Calibration.InTheLarge(risks, came), 12);
    }
}
