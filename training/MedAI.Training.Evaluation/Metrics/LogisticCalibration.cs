namespace MedAI.Training.Evaluation.Metrics;

/// <summary>Fits risk = sigmoid(slope * logit + intercept) by maximum likelihood (Platt without target smoothing).</summary>
public static class LogisticCalibration
{
    /// <summary>Slope and intercept; the identity when there is only one class or the curve would fall.</summary>
    /// <remarks>
    /// Newton's method on standardised input from the share of events on: points of a bedside score lie far from log-odds, and a start at the identity
    /// runs away from them.
    /// </remarks>
    public static (double Slope, double Intercept) Fit(ReadOnlySpan<double> logits, ReadOnlySpan<bool> outcomes)
    {
        // Without both classes the likelihood has no maximum.
        if (!outcomes.Contains(true) || !outcomes.Contains(false))
            return (1, 0);
        double mean = 0, spread = 0;
        foreach (var x in logits)
            mean += x / logits.Length;
        foreach (var x in logits)
            spread += (x - mean) * (x - mean) / logits.Length;
        spread = Math.Sqrt(spread);
        if (!(spread > 0) || !double.IsFinite(spread))
            return (1, 0);

        double slope = 0, intercept = Calibration.Logit(outcomes.Count(true) / (double)outcomes.Length);
        for (var step = 0; step < 100; step++)
        {
            double ga = 0, gb = 0, haa = 1e-9, hab = 0, hbb = 1e-9;
            for (var i = 0; i < logits.Length; i++)
            {
                var z = (logits[i] - mean) / spread;
                var p = Sigmoid((slope * z) + intercept);
                var error = p - (outcomes[i] ? 1 : 0);
                var weight = p * (1 - p);
                ga += error * z;
                gb += error;
                haa += weight * z * z;
                hab += weight * z;
                hbb += weight;
            }

            var determinant = (haa * hbb) - (hab * hab);
            if (!(determinant > 1e-12))
                return (1, 0);
            var da = ((hbb * ga) - (hab * gb)) / determinant;
            var db = ((haa * gb) - (hab * ga)) / determinant;
            slope -= da;
            intercept -= db;
            if (Math.Abs(da) + Math.Abs(db) < 1e-10)
                break;
        }

        intercept -= slope * mean / spread;
        slope /= spread;
        // A falling curve would turn the order of risks around.
        return double.IsFinite(slope) && slope > 0 && double.IsFinite(intercept) ? (slope, intercept) : (1, 0);
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
