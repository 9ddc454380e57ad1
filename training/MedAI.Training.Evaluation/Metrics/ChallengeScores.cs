namespace MedAI.Training.Evaluation.Metrics;

/// <summary>The two scores of the PhysioNet/CinC Challenge 2012.</summary>
/// <remarks>
/// Source: the challenge's own scoring programmes <c>score.c</c> and <c>lemeshow.m</c>, version 1.4 (I. Silva and G. Moody, 2012), and
/// Silva et al., Computing in Cardiology 2012;39:245-248. The best of 2012 on set C: event 1 0.5353, event 2 17.88.
/// </remarks>
public static class ChallengeScores
{
    private const int Deciles = 10;

    // The official programme adds it, so that a decile with a mean risk of 0 or 1 does not divide by zero.
    private const double Guard = 0.001;

    /// <summary>Event 1: the smaller of sensitivity and positive predictive value at a threshold; higher is better.</summary>
    public static double Event1(double threshold, ReadOnlySpan<double> risks, ReadOnlySpan<bool> outcomes) =>
        Discrimination.At(threshold, risks, outcomes).Minimum;

    /// <summary>Event 2: Hosmer-Lemeshow H over the range of risk; lower is better.</summary>
    /// <remarks>
    /// Cases in order of risk (ties in order of input) are cut into ten groups; with n cases, O deaths and mean risk p per group,
    /// H = sum of (O - n p)^2 / (n p (1 - p) + 0.001), divided by the difference of p between the last and the first group.
    /// The official programme makes groups of floor(N/10) and always has N = 4000; here groups differ by at most one case when N is no multiple of ten,
    /// instead of leaving out the highest risks. For a model that is off by a given amount the score grows with N: compare it at 4,000 stays only.
    /// It is infinite when the first and the last group have the same mean risk.
    /// </remarks>
    public static double Event2(ReadOnlySpan<double> risks, ReadOnlySpan<bool> outcomes)
    {
        var groups = Discrimination.CalibrationBins(risks, outcomes, Deciles);
        double sum = 0;
        foreach (var group in groups)
        {
            var gap = (group.ObservedRate - group.MeanPredicted) * group.Count;
            sum += gap * gap / ((group.Count * group.MeanPredicted * (1 - group.MeanPredicted)) + Guard);
        }

        return sum / (groups[^1].MeanPredicted - groups[0].MeanPredicted);
    }
}
