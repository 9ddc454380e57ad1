using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Accuracy.Tests.Metrics;

public sealed class BootstrapTests
{
    private static (double[] Scores, bool[] Outcomes) Cases(int seed, int events, int others, double shift)
    {
        var random = new Random(seed);
        var outcomes = Enumerable.Range(0, events + others).Select(i => i < events).ToArray();
        return (Array.ConvertAll(outcomes, o => Normal(random) + (o ? shift : 0)), outcomes);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    [Fact]
    [Trait("promise", "M-261")]
    public void Interval_is_as_wide_as_Hanley_and_McNeil_say()
    {
        var (scores, outcomes) = Cases(seed: 5, events: 120, others: 480, shift: 1.19);

        var interval = Bootstrap.Of(Discrimination.Auroc, scores, outcomes, seed: 1);

        // Hanley JA, McNeil BJ. Radiology 1982;143:29-36.
        var a = interval.Value;
        double q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);
        var error = Math.Sqrt(((a * (1 - a)) + (119 * (q1 - (a * a))) + (479 * (q2 - (a * a)))) / (120 * 480));
        Assert.InRange((interval.High - interval.Low) / (2 * 1.96 * error), 0.85, 1.15);
        Assert.InRange(a, interval.Low, interval.High);
    }

    [Fact]
    public void Every_round_holds_as_many_events_as_the_data()
    {
        var (scores, outcomes) = Cases(seed: 6, events: 20, others: 80, shift: 0);

        var share = Bootstrap.Of((_, o) => o.Count(true) / (double)o.Length, scores, outcomes, seed: 1, rounds: 50);

        Assert.Equal(new Interval(0.2, 0.2, 0.2), share);
    }

    [Fact]
    [Trait("promise", "M-261")]
    public async Task Interval_is_the_same_on_one_thread_and_many_and_differs_between_seeds()
    {
        var (scores, outcomes) = Cases(seed: 7, events: 30, others: 100, shift: 1);

        var first = Bootstrap.Of(Discrimination.Auroc, scores, outcomes, seed: 1, rounds: 200);
        var cancellation = TestContext.Current.CancellationToken;
        var here = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => Bootstrap.Of(Discrimination.Auroc, scores, outcomes, seed: 1, rounds: 200), cancellation)));

        Assert.All(here, interval => Assert.Equal(first, interval));
        Assert.NotEqual(first, Bootstrap.Of(Discrimination.Auroc, scores, outcomes, seed: 2, rounds: 200));
    }

    [Fact]
    public void Difference_of_a_score_from_itself_is_zero()
    {
        var (scores, outcomes) = Cases(seed: 8, events: 30, others: 100, shift: 1);

        Assert.Equal(new Interval(0, 0, 0), Bootstrap.Difference(Discrimination.Auroc, scores, scores, outcomes, seed: 1, rounds: 100));
    }

    [Fact]
    public void Difference_is_narrower_than_two_unpaired_intervals_of_like_scores()
    {
        var (scores, outcomes) = Cases(seed: 9, events: 60, others: 240, shift: 1);
        var random = new Random(10);
        var like = Array.ConvertAll(scores, s => s + (0.2 * Normal(random)));

        var paired = Bootstrap.Difference(Discrimination.Auroc, scores, like, outcomes, seed: 1, rounds: 400);
        var single = Bootstrap.Of(Discrimination.Auroc, scores, outcomes, seed: 1, rounds: 400);

        Assert.InRange(paired.Value, paired.Low, paired.High);
        Assert.True(paired.High - paired.Low < single.High - single.Low);
    }

    [Fact]
    public void Rounds_in_which_a_measure_is_undefined_are_left_out()
    {
        var interval = Bootstrap.Of((_, _) => double.NaN, [1, 2], [true, false], seed: 1, rounds: 10);

        Assert.True(double.IsNaN(interval.Low) && double.IsNaN(interval.High));
    }
}
