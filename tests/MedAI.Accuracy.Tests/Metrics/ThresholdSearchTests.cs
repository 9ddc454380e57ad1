using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Accuracy.Tests.Metrics;

public sealed class ThresholdSearchTests
{
    private static readonly double[] Risks = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];
    private static readonly bool[] Died = [true, false, true, true, false, false, true, false, false, false];

    [Fact]
    public void Best_minimum_is_found_where_sensitivity_meets_predictive_value()
    {
        var best = ThresholdSearch.BestMinimum(Risks, Died);

        // At 0.6: three of four deaths, three of four alerts.
        Assert.Equal((0.6, 0.4, 0.75, 0.75), (best.Threshold, best.AlertRate, best.Sensitivity, best.Ppv));
    }

    [Fact]
    public void Best_minimum_equals_the_search_over_every_threshold()
    {
        var random = new Random(3);
        var risks = Enumerable.Range(0, 500).Select(_ => Math.Round(random.NextDouble(), 2)).ToArray();
        var died = Array.ConvertAll(risks, r => random.NextDouble() < r * r);

        Assert.Equal(risks.Max(t => ChallengeScores.Event1(t, risks, died)), ThresholdSearch.BestMinimum(risks, died).Minimum, 12);
    }

    [Fact]
    public void Alert_rate_is_never_above_the_limit_and_as_near_as_ties_allow()
    {
        Assert.Equal(0.7, ThresholdSearch.LargestAlertRate(0.3, Risks, Died)!.Threshold);
        Assert.Equal(0.7, ThresholdSearch.LargestAlertRate(0.39, Risks, Died)!.Threshold);
        Assert.Null(ThresholdSearch.LargestAlertRate(0.4, [0.5, 0.5], [true, false]));
    }

    [Fact]
    public void Smallest_sensitivity_takes_the_highest_threshold_that_reaches_it()
    {
        Assert.Equal(0.7, ThresholdSearch.SmallestSensitivity(0.5, Risks, Died)!.Threshold);
        Assert.Equal(0.3, ThresholdSearch.SmallestSensitivity(0.8, Risks, Died)!.Threshold);
    }

    [Fact]
    public void Sweep_agrees_with_counting_at_each_threshold()
    {
        foreach (var point in ThresholdSearch.Sweep(Risks, Died))
            Assert.Equal(Discrimination.At(point.Threshold, Risks, Died), point);
    }
}
