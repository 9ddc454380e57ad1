namespace MedAI.Training.Evaluation.Metrics;

/// <summary>Percentile bootstrap over cases, events and non-events resampled apart.</summary>
/// <remarks>
/// Stratified: every round holds as many events as the data. Every round has a generator of its own, made of seed and round, so that the result
/// does not depend on the number of threads. Cases are sorted by score once and drawn as counts, which leaves every resample sorted.
/// </remarks>
public static class Bootstrap
{
    /// <summary>Rounds of every interval that a report shows.</summary>
    public const int Rounds = 1000;

    private const double Tail = 0.025;

    public delegate double Measure(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes);

    /// <summary>One measure with its interval; a round in which it is undefined is left out.</summary>
    public static Interval Of(Measure measure, double[] scores, bool[] outcomes, int seed, int rounds = Rounds) =>
        Of([measure], scores, outcomes, seed, rounds)[0];

    /// <summary>Several measures over the same resamples.</summary>
    public static Interval[] Of(IReadOnlyList<Measure> measures, double[] scores, bool[] outcomes, int seed, int rounds = Rounds)
    {
        ArgumentNullException.ThrowIfNull(measures);
        var order = Discrimination.Order(scores);
        var (events, others) = Strata(order, outcomes);
        var values = new double[measures.Count][];
        for (var m = 0; m < values.Length; m++)
            values[m] = new double[rounds];
        Parallel.For(
            0,
            rounds,
            () => (Counts: new int[scores.Length], Scores: new double[scores.Length], Outcomes: new bool[scores.Length]),
            (round, _, buffer) =>
            {
                Draw(new Random(HashOf(seed, round)), events, others, buffer.Counts);
                var next = 0;
                for (var i = 0; i < order.Length; i++)
                {
                    for (var copies = buffer.Counts[i]; copies > 0; copies--)
                    {
                        buffer.Scores[next] = scores[order[i]];
                        buffer.Outcomes[next++] = outcomes[order[i]];
                    }
                }

                for (var m = 0; m < values.Length; m++)
                    values[m][round] = measures[m](buffer.Scores, buffer.Outcomes);
                return buffer;
            },
            _ => { });
        return [.. measures.Select((measure, m) => Middle(measure(scores, outcomes), values[m]))];
    }

    /// <summary>How much better the first score is than the second on the same cases; both are resampled together.</summary>
    /// <returns>The difference first minus second; a low end above 0 says that the first is better beyond the chance of the draw.</returns>
    public static Interval Difference(Measure measure, double[] first, double[] second, bool[] outcomes, int seed, int rounds = Rounds)
    {
        ArgumentNullException.ThrowIfNull(measure);
        var all = Enumerable.Range(0, outcomes.Length).ToArray();
        var (events, others) = Strata(all, outcomes);
        var values = new double[rounds];
        Parallel.For(
            0,
            rounds,
            () => (Counts: new int[all.Length], First: new double[all.Length], Second: new double[all.Length], Outcomes: new bool[all.Length]),
            (round, _, buffer) =>
            {
                Draw(new Random(HashOf(seed, round)), events, others, buffer.Counts);
                var next = 0;
                for (var i = 0; i < all.Length; i++)
                {
                    for (var copies = buffer.Counts[i]; copies > 0; copies--)
                    {
                        buffer.First[next] = first[i];
                        buffer.Second[next] = second[i];
                        buffer.Outcomes[next++] = outcomes[i];
                    }
                }

                values[round] = measure(buffer.First, buffer.Outcomes) - measure(buffer.Second, buffer.Outcomes);
                return buffer;
            },
            _ => { });
        return Middle(measure(first, outcomes) - measure(second, outcomes), values);
    }

    private static (int[] Events, int[] Others) Strata(int[] order, bool[] outcomes)
    {
        var places = Enumerable.Range(0, order.Length);
        return ([.. places.Where(i => outcomes[order[i]])], [.. places.Where(i => !outcomes[order[i]])]);
    }

    private static void Draw(Random random, int[] events, int[] others, int[] counts)
    {
        Array.Clear(counts);
        for (var i = 0; i < events.Length; i++)
            counts[events[random.Next(events.Length)]]++;
        for (var i = 0; i < others.Length; i++)
            counts[others[random.Next(others.Length)]]++;
    }

    /// <summary>Neighbouring seeds and rounds must not share generators, and HashCode differs between processes.</summary>
    private static int HashOf(int seed, int round) => unchecked((int)((((uint)seed * 2654435761u) ^ (uint)round) * 2246822519u) & int.MaxValue);

    private static Interval Middle(double whole, double[] values)
    {
        var sorted = values.Where(double.IsFinite).Order().ToArray();
        return sorted.Length == 0 ? new Interval(whole, double.NaN, double.NaN) : new Interval(whole, Quantile(sorted, Tail), Quantile(sorted, 1 - Tail));
    }

    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
