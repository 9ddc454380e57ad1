namespace MedAI.Training.Evaluation.Metrics;

/// <summary>The points of the usual curves, thinned so that a file with them stays small.</summary>
public static class Curves
{
    private const int Kept = 150;

    /// <summary>Sensitivity against 1 - specificity, from (0, 0) to (1, 1).</summary>
    public static IReadOnlyList<(double X, double Y)> Roc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        double events = outcomes.Count(true), cases = outcomes.Length;
        var points = new List<(double X, double Y)> { (0, 0) };
        foreach (var at in ThresholdSearch.Sweep(scores, outcomes))
            points.Add((((at.AlertRate * cases) - (at.Sensitivity * events)) / (cases - events), at.Sensitivity));
        return Thin(points);
    }

    /// <summary>Positive predictive value against sensitivity; thresholds that find no event yet are left out.</summary>
    public static IReadOnlyList<(double X, double Y)> PrecisionRecall(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes) =>
        Thin([.. ThresholdSearch.Sweep(scores, outcomes).Where(at => at.Sensitivity > 0).Select(at => (at.Sensitivity, at.Ppv))]);

    /// <summary>At most about <paramref name="kept"/> points, evenly by place, always with the first and the last.</summary>
    public static IReadOnlyList<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points, int kept = Kept)
    {
        ArgumentNullException.ThrowIfNull(points);
        return points.Count <= kept ? points : [.. Enumerable.Range(0, kept).Select(i => points[(int)((long)i * (points.Count - 1) / (kept - 1))])];
    }
}
