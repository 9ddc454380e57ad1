using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Accuracy.Tests.Metrics;

public sealed class ChallengeScoresTests
{
    [Fact]
    [Trait("promise", "M-260")]
    public void Event_two_of_twenty_stays_is_the_sum_worked_out_by_hand()
    {
        // Ten groups of two with mean risks 0.05, 0.15 ... 0.95. Group by group (O - 2p)^2 / (2p(1 - p) + 0.001):
        int[] deaths = [0, 0, 1, 0, 1, 1, 1, 2, 2, 2];
        var risks = Enumerable.Range(0, 20).Select(i => 0.05 + (0.1 * (i / 2))).ToArray();
        var died = Enumerable.Range(0, 20).Select(i => i % 2 < deaths[i / 2]).ToArray();

        Assert.Equal(ByHand / 0.9, ChallengeScores.Event2(risks, died), 9);
    }

    // 0.01/0.096 + 0.09/0.256 + 0.25/0.376 + 0.49/0.456 + 0.01/0.496 + 0.01/0.496 + 0.09/0.456 + 0.25/0.376 + 0.09/0.256 + 0.01/0.096
    private const double ByHand = 0.10416666667 + 0.35156250000 + 0.66489361702 + 1.07456140351 + 0.02016129032
        + 0.02016129032 + 0.19736842105 + 0.66489361702 + 0.35156250000 + 0.10416666667;

    [Fact]
    public void Event_two_does_not_depend_on_the_order_of_stays_without_ties()
    {
        var random = new Random(1);
        var risks = Enumerable.Range(0, 400).Select(_ => random.NextDouble()).ToArray();
        var died = Array.ConvertAll(risks, r => random.NextDouble() < r);
        var order = Enumerable.Range(0, 400).ToArray();
        random.Shuffle(order);

        Assert.Equal(
            ChallengeScores.Event2(risks, died),
            ChallengeScores.Event2(Array.ConvertAll(order, i => risks[i]), Array.ConvertAll(order, i => died[i])),
            9);
    }

    [Fact]
    public void Event_two_grows_when_risks_are_pushed_to_the_ends()
    {
        var random = new Random(2);
        var risks = Enumerable.Range(0, 4000).Select(_ => random.NextDouble() * 0.6).ToArray();
        var died = Array.ConvertAll(risks, r => random.NextDouble() < r);
        var extreme = Array.ConvertAll(risks, r => LogisticCalibration.Sigmoid(2 * Calibration.Logit(r)));

        Assert.InRange(ChallengeScores.Event2(risks, died), 0, 60);
        Assert.True(ChallengeScores.Event2(extreme, died) > 3 * ChallengeScores.Event2(risks, died));
    }

    [Fact]
    public void Event_one_is_the_smaller_of_sensitivity_and_predictive_value()
    {
        double[] risks = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
        bool[] died = [true, false, true, true, false, false];

        // At 0.7: two of three deaths found, two of three alerts right. At 0.8: one of three, one of two.
        Assert.Equal(2.0 / 3, ChallengeScores.Event1(0.7, risks, died), 12);
        Assert.Equal(1.0 / 3, ChallengeScores.Event1(0.8, risks, died), 12);
        Assert.Equal(0, ChallengeScores.Event1(0.95, risks, died));
    }
}
