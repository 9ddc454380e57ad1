namespace MedAI.Training.Evaluation.Metrics;

/// <summary>How well scores separate events from non-events, and how honest probabilities are.</summary>
/// <remarks>Scores and outcomes are parallel arrays; a measure that is undefined (one class only) is NaN.</remarks>
public static class Discrimination
{
    /// <summary>Area under the receiver operating characteristic: the chance that an event scores above a non-event, ties counting half.</summary>
    public static double Auroc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        var order = Order(scores);
        double rankSum = 0;
        long events = 0;
        for (var i = 0; i < order.Length;)
        {
            var j = i;
            long tiedEvents = 0;
            while (j < order.Length && scores[order[j]] == scores[order[i]])
            {
                if (outcomes[order[j]])
                    tiedEvents++;
                j++;
            }

            // Ranks i+1..j share their mean.
            rankSum += tiedEvents * ((i + 1 + j) / 2.0);
            events += tiedEvents;
            i = j;
        }

        var others = order.Length - events;
        return events == 0 || others == 0 ? double.NaN : (rankSum - (events * (events + 1) / 2.0)) / ((double)events * others);
    }

    /// <summary>Area under the precision-recall curve as average precision; tied scores form one step.</summary>
    public static double AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        var order = Order(scores);
        var events = Count(outcomes);
        if (events == 0)
            return double.NaN;

        double area = 0;
        var taken = 0;
        var found = 0;
        for (var i = order.Length - 1; i >= 0;)
        {
            var score = scores[order[i]];
            var before = found;
            while (i >= 0 && scores[order[i]] == score)
            {
                taken++;
                if (outcomes[order[i]])
                    found++;
                i--;
            }

            area += (found - before) / (double)events * (found / (double)taken);
        }

        return area;
    }

    /// <summary>Mean squared difference between probability and outcome.</summary>
    public static double Brier(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes)
    {
        double sum = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            var error = probabilities[i] - (outcomes[i] ? 1 : 0);
            sum += error * error;
        }

        return sum / probabilities.Length;
    }

    /// <summary>Expected calibration error over <paramref name="bins"/> groups of equal size; see <see cref="Calibration.EqualCountError"/>.</summary>
    public static double ExpectedCalibrationError(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes, int bins = 10) =>
        Calibration.EqualCountError(probabilities, outcomes, bins);

    /// <summary>Groups of equal size in order of probability.</summary>
    public static IReadOnlyList<CalibrationBin> CalibrationBins(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes, int bins = 10)
    {
        var order = Order(probabilities);
        var result = new List<CalibrationBin>(bins);
        for (var b = 0; b < bins; b++)
        {
            var from = (int)((long)order.Length * b / bins);
            var to = (int)((long)order.Length * (b + 1) / bins);
            if (to == from)
                continue;
            double predicted = 0;
            var found = 0;
            for (var i = from; i < to; i++)
            {
                predicted += probabilities[order[i]];
                found += outcomes[order[i]] ? 1 : 0;
            }

            result.Add(new CalibrationBin(to - from, predicted / (to - from), found / (double)(to - from)));
        }

        return result;
    }

    /// <summary>Counts at a threshold: a score at or above it is an alert.</summary>
    public static ThresholdPerformance At(double threshold, ReadOnlySpan<double> scores, ReadOnlySpan<bool> outcomes)
    {
        int alerts = 0, hits = 0, events = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            if (outcomes[i])
                events++;
            if (scores[i] < threshold)
                continue;
            alerts++;
            if (outcomes[i])
                hits++;
        }

        return new ThresholdPerformance(
            threshold,
            alerts / (double)scores.Length,
            events == 0 ? double.NaN : hits / (double)events,
            alerts == 0 ? double.NaN : hits / (double)alerts);
    }

    /// <summary>Indices by ascending score; equal scores keep the order in which they came, so that groups cut through ties are reproducible.</summary>
    internal static int[] Order(ReadOnlySpan<double> scores)
    {
        var keys = scores.ToArray();
        var order = new int[keys.Length];
        var ascending = true;
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            ascending &= i == 0 || keys[i - 1] <= keys[i];
        }

        // Resamples come sorted: a bootstrap would otherwise spend its time here.
        if (ascending)
            return order;
        Array.Sort(keys, order);
        for (var from = 0; from < order.Length;)
        {
            var to = from + 1;
            while (to < order.Length && keys[to] == keys[from])
                to++;
            if (to - from > 1)
                Array.Sort(order, from, to - from);
            from = to;
        }

        return order;
    }

    private static int Count(ReadOnlySpan<bool> outcomes)
    {
        var count = 0;
        foreach (var outcome in outcomes)
            count += outcome ? 1 : 0;
        return count;
    }
}
