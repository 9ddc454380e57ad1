using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Tests.Metrics;

public sealed class DiscriminationTests
{
    [Fact]
    public void Auroc_of_a_perfect_order_is_one() =>
        Assert.Equal(1, Discrimination.Auroc([0.1, 0.2, 0.8, 0.9], [false, false, true, true]));

    [Fact]
    public void Auroc_counts_a_tie_as_half() =>
        // Pairs: 0.5 against 0.5 is half, 0.5 against 0.2 is one, 0.9 against both is one each: 3.5 of 4.
        Assert.Equal(0.875, Discrimination.Auroc([0.5, 0.2, 0.5, 0.9], [false, false, true, true]), 12);

    [Fact]
    public void Auroc_of_equal_scores_is_one_half() =>
        Assert.Equal(0.5, Discrimination.Auroc([0.3, 0.3, 0.3], [true, false, false]), 12);

    [Fact]
    public void Auroc_of_one_class_is_undefined() =>
        Assert.True(double.IsNaN(Discrimination.Auroc([0.3, 0.4], [true, true])));

    [Fact]
    public void Average_precision_sums_precision_over_recall_steps() =>
        // Ranks of the events from the top: 1 and 3, so (1/1 + 2/3) / 2.
        Assert.Equal((1 + (2.0 / 3)) / 2, Discrimination.AveragePrecision([0.9, 0.8, 0.7, 0.1], [true, false, true, false]), 12);

    [Fact]
    public void Average_precision_does_not_depend_on_the_order_of_ties()
    {
        var a = Discrimination.AveragePrecision([0.5, 0.5, 0.1], [true, false, false]);
        var b = Discrimination.AveragePrecision([0.5, 0.5, 0.1], [false, true, false]);

        Assert.Equal(0.5, a, 12);
        Assert.Equal(a, b, 12);
    }

    [Fact]
    public void Brier_is_the_mean_squared_error() =>
        Assert.Equal((0.04 + 0.36) / 2, Discrimination.Brier([0.2, 0.4], [false, true]), 12);

    [Fact]
    public void Calibration_error_is_the_mean_gap_of_equal_groups() =>
        // Lower half: predicted 0.1, observed 0. Upper half: predicted 0.7, observed 0.5.
        Assert.Equal((0.1 + 0.2) / 2, Discrimination.ExpectedCalibrationError([0.7, 0.1, 0.7, 0.1], [true, false, false, false], bins: 2), 12);

    [Fact]
    public void Threshold_counts_scores_at_it_as_alerts()
    {
        var at = Discrimination.At(0.5, [0.5, 0.9, 0.1, 0.2], [true, false, true, false]);

        Assert.Equal(new ThresholdPerformance(0.5, 0.5, 0.5, 0.5), at);
    }

    [Fact]
    public void Calibration_recovers_slope_and_intercept()
    {
        var random = new Random(5);
        var logits = Enumerable.Range(0, 40_000).Select(_ => (random.NextDouble() * 8) - 5).ToArray();
        var outcomes = Array.ConvertAll(logits, x => random.NextDouble() < LogisticCalibration.Sigmoid((0.7 * x) - 0.4));

        var (slope, intercept) = LogisticCalibration.Fit(logits, outcomes);

        Assert.Equal(0.7, slope, 0.03);
        Assert.Equal(-0.4, intercept, 0.05);
    }

    [Fact]
    public void Calibration_of_one_class_leaves_logits_alone() =>
        Assert.Equal((1.0, 0.0), LogisticCalibration.Fit([-1, 0, 2], [false, false, false]));

    [Fact]
    public void Calibration_never_turns_the_order_of_risks_around() =>
        Assert.Equal((1.0, 0.0), LogisticCalibration.Fit([-2, -1, 0, 1, 2, 0.5], [true, true, false, true, false, false]));

    [Fact]
    public void Bootstrap_interval_holds_the_value_and_repeats_by_seed()
    {
        var random = new Random(1);
        var scores = Enumerable.Range(0, 300).Select(_ => random.NextDouble()).ToArray();
        var outcomes = Array.ConvertAll(scores, s => random.NextDouble() < s);

        var first = Bootstrap.Of(Discrimination.Auroc, scores, outcomes, seed: 7, rounds: 100);

        Assert.InRange(first.Value, first.Low, first.High);
        Assert.True(first.High - first.Low is > 0.02 and < 0.3);
        Assert.Equal(first, Bootstrap.Of(Discrimination.Auroc, scores, outcomes, seed: 7, rounds: 100));
    }
}
