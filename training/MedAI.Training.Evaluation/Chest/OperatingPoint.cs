namespace MedAI.Training.Evaluation.Chest;

/// <summary>Finds the probability at which a film counts as suspected pneumonia.</summary>
internal static class OperatingPoint
{
    /// <summary>The middle of the probabilities between which sensitivity plus specificity is highest.</summary>
    public static double Balanced(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> truth)
    {
        var order = new int[truth.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(probabilities.ToArray(), order);
        double events = truth.Count(true), others = truth.Length - events;
        int missed = 0, cleared = 0;
        double best = double.NegativeInfinity, low = 0, high = 1;
        for (var i = 0; i < order.Length; i++)
        {
            if (truth[order[i]])
                missed++;
            else
                cleared++;
            var next = i + 1 < order.Length ? probabilities[order[i + 1]] : 1;
            if (next == probabilities[order[i]])
                continue;
            var value = (cleared / others) - (missed / events);
            if (value > best)
                (best, low, high) = (value, probabilities[order[i]], next);
        }

        return (low + high) / 2;
    }
}
