namespace MedAI.Training.Evaluation.Metrics;

/// <summary>Finds operating thresholds among the scores themselves, in one sweep from the highest score down.</summary>
public static class ThresholdSearch
{
    /// <summary>The threshold with the best minimum of sensitivity and positive predictive value; of equals the highest.</summary>
    public static ThresholdPerformance BestMinimum(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        ThresholdPerformance? best = null;
        foreach (var candidate in Sweep(scores, outcomes))
        {
            if (best is null || candidate.Minimum > best.Minimum)
                best = candidate;
        }

        return best ?? throw new ArgumentException("No cases.", nameof(scores));
    }

    /// <summary>The lowest threshold that alerts for no more than <paramref name="share"/> of the cases; null when even the highest score alerts for more.</summary>
    public static ThresholdPerformance? LargestAlertRate(double share, ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes) =>
        Sweep(scores, outcomes).LastOrDefault(c => c.AlertRate <= share);

    /// <summary>The highest threshold that finds at least <paramref name="share"/> of the events; null when there are none.</summary>
    public static ThresholdPerformance? SmallestSensitivity(double share, ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes) =>
        Sweep(scores, outcomes).FirstOrDefault(c => c.Sensitivity >= share);

    /// <summary>What happens at every distinct score, from the highest down.</summary>
    public static IReadOnlyList<ThresholdPerformance> Sweep(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        var order = Discrimination.Order(scores);
        double events = outcomes.Count(true);
        var result = new List<ThresholdPerformance>();
        int alerts = 0, hits = 0;
        for (var i = order.Length - 1; i >= 0;)
        {
            var score = scores[order[i]];
            for (; i >= 0 && scores[order[i]] == score; i--)
            {
                alerts++;
                hits += outcomes[order[i]] ? 1 : 0;
            }

            result.Add(new ThresholdPerformance(score, alerts / (double)order.Length, events == 0 ? double.NaN : hits / events, hits / (double)alerts));
        }

        return result;
    }
}
