namespace MedAI.Training.Evaluation.Metrics;

/// <summary>How far probabilities can be taken at their word.</summary>
/// <remarks>
/// Two expected calibration errors are computed, because each hides something: ten groups of equal size average over the few high risks, ten bands of
/// equal width have few cases at the top. A report states both, and where one number is asked for the larger (<see cref="Error"/>).
/// </remarks>
public static class Calibration
{
    private const double Smallest = 1e-9;

    /// <summary>The larger of <see cref="EqualCountError"/> and <see cref="EqualWidthError"/> with ten groups.</summary>
    public static double Error(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes) =>
        Math.Max(EqualCountError(probabilities, outcomes), EqualWidthError(probabilities, outcomes));

    /// <summary>Mean over cases of the gap between mean prediction and observed share, in groups of equal size in order of probability.</summary>
    public static double EqualCountError(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes, int groups = 10) =>
        Gap(Discrimination.CalibrationBins(probabilities, outcomes, groups), probabilities.Length);

    /// <summary>The same in bands of equal width: [0, 0.1), [0.1, 0.2) ... [0.9, 1].</summary>
    public static double EqualWidthError(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes, int bands = 10) =>
        Gap(EqualWidthBins(probabilities, outcomes, bands), probabilities.Length);

    /// <summary>Bands of equal width that hold at least one case.</summary>
    public static IReadOnlyList<CalibrationBin> EqualWidthBins(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes, int bands = 10)
    {
        var count = new int[bands];
        var events = new int[bands];
        var sum = new double[bands];
        for (var i = 0; i < probabilities.Length; i++)
        {
            var band = Math.Clamp((int)(probabilities[i] * bands), 0, bands - 1);
            count[band]++;
            sum[band] += probabilities[i];
            events[band] += outcomes[i] ? 1 : 0;
        }

        return [.. Enumerable.Range(0, bands).Where(b => count[b] > 0).Select(b => new CalibrationBin(count[b], sum[b] / count[b], events[b] / (double)count[b]))];
    }

    /// <summary>Slope and intercept of outcome on the logit of the probability: 1 and 0 when calibrated, a slope below 1 when too extreme.</summary>
    public static (double Slope, double Intercept) Line(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes)
    {
        var logits = new double[probabilities.Length];
        for (var i = 0; i < logits.Length; i++)
            logits[i] = Logit(probabilities[i]);
        return LogisticCalibration.Fit(logits, outcomes);
    }

    /// <summary>Observed minus mean predicted share: above 0 when the risks are too low on the whole.</summary>
    public static double InTheLarge(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes)
    {
        double sum = 0;
        for (var i = 0; i < probabilities.Length; i++)
            sum += (outcomes[i] ? 1 : 0) - probabilities[i];
        return sum / probabilities.Length;
    }

    /// <summary>Log-odds; 0 and 1 are taken as 1e-9 away from the end.</summary>
    public static double Logit(double probability)
    {
        var p = Math.Clamp(probability, Smallest, 1 - Smallest);
        return Math.Log(p / (1 - p));
    }

    private static double Gap(IReadOnlyList<CalibrationBin> bins, int cases) =>
        bins.Sum(b => b.Count * Math.Abs(b.MeanPredicted - b.ObservedRate)) / cases;
}
