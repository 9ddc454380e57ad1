namespace MedAI.Training.Evaluation.Metrics;

/// <summary>A measure with the middle 95 % of its values over resampled stays.</summary>
public sealed record Interval(double Value, double Low, double High);

/// <summary>Percentile bootstrap over stays.</summary>
public static class Bootstrap
{
    public delegate double Measure(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes);

    /// <summary>Resamples stays with replacement <paramref name="rounds"/> times.</summary>
    public static Interval Of(Measure measure, double[] scores, bool[] outcomes, int seed, int rounds = 500)
    {
        var random = new Random(seed);
        var values = new List<double>(rounds);
        var s = new double[scores.Length];
        var o = new bool[scores.Length];
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < s.Length; i++)
            {
                var pick = random.Next(s.Length);
                s[i] = scores[pick];
                o[i] = outcomes[pick];
            }

            var value = measure(s, o);
            if (!double.IsNaN(value))
                values.Add(value);
        }

        values.Sort();
        var whole = measure(scores, outcomes);
        return values.Count == 0
            ? new Interval(whole, double.NaN, double.NaN)
            : new Interval(whole, values[(int)(0.025 * (values.Count - 1))], values[(int)(0.975 * (values.Count - 1))]);
    }
}
