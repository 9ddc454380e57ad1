namespace MedAI.Training.Evaluation.Metrics;

/// <summary>How good the answers are that remain when those given with the least ground are withheld.</summary>
public static class RiskCoverage
{
    /// <summary>Keeps the best-grounded share of the cases and measures those.</summary>
    /// <param name="measure">What to measure over the kept cases.</param>
    /// <param name="scores">Answers of the model.</param>
    /// <param name="outcomes">Whether the event came.</param>
    /// <param name="doubt">Higher is withheld first: spread of the members, or fewer variables measured. Cases with equal doubt keep their order.</param>
    /// <param name="coverages">Shares to keep, above 0 to 1.</param>
    public static IReadOnlyList<CoveragePoint> Of(
        Bootstrap.Measure measure, double[] scores, bool[] outcomes, ReadOnlySpan<double> doubt, IReadOnlyList<double> coverages)
    {
        ArgumentNullException.ThrowIfNull(measure);
        ArgumentNullException.ThrowIfNull(coverages);
        var order = Discrimination.Order(doubt);
        var points = new List<CoveragePoint>(coverages.Count);
        foreach (var coverage in coverages)
        {
            var kept = Math.Clamp((int)Math.Round(coverage * order.Length), 1, order.Length);
            var keptScores = Array.ConvertAll(order[..kept], i => scores[i]);
            var keptOutcomes = Array.ConvertAll(order[..kept], i => outcomes[i]);
            points.Add(new CoveragePoint(kept / (double)order.Length, kept, measure(keptScores, keptOutcomes)));
        }

        return points;
    }

    /// <summary>Shares 1, 0.99 ... 0.5, enough for a plot.</summary>
    public static double[] Shares { get; } = [.. Enumerable.Range(0, 51).Select(i => 1 - (i / 100.0))];
}

/// <summary>The measure over the share of cases that is kept.</summary>
public sealed record CoveragePoint(double Coverage, int Kept, double Value);
