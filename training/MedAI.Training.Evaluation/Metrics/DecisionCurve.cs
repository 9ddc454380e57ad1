namespace MedAI.Training.Evaluation.Metrics;

/// <summary>Net benefit of acting on the model, on everybody and on nobody, per threshold probability.</summary>
/// <remarks>
/// Net benefit at threshold t is (true positives - false positives x t / (1 - t)) / cases; acting on nobody has 0.
/// Source: Vickers AJ, Elkin EB. Medical Decision Making 2006;26:565-574.
/// </remarks>
public static class DecisionCurve
{
    /// <param name="risks">Calibrated probabilities.</param>
    /// <param name="outcomes">Whether the event came.</param>
    /// <param name="thresholds">Each from 0 to below 1.</param>
    public static IReadOnlyList<DecisionPoint> Of(ReadOnlySpan<double> risks, ReadOnlySpan<bool> outcomes, IReadOnlyList<double> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        var points = new List<DecisionPoint>(thresholds.Count);
        double cases = outcomes.Length;
        var prevalence = outcomes.Count(true) / cases;
        foreach (var threshold in thresholds)
        {
            int hits = 0, alarms = 0;
            for (var i = 0; i < risks.Length; i++)
            {
                if (risks[i] < threshold)
                    continue;
                if (outcomes[i])
                    hits++;
                else
                    alarms++;
            }

            var odds = threshold / (1 - threshold);
            points.Add(new DecisionPoint(threshold, (hits - (alarms * odds)) / cases, prevalence - ((1 - prevalence) * odds)));
        }

        return points;
    }

    /// <summary>Thresholds 0.01, 0.02 ... up to <paramref name="highest"/>.</summary>
    public static double[] Thresholds(double highest) => [.. Enumerable.Range(1, (int)Math.Round(highest * 100)).Select(i => i / 100.0)];
}

/// <summary>Net benefit at one threshold probability; acting on nobody has 0.</summary>
public sealed record DecisionPoint(double Threshold, double Model, double TreatAll);
