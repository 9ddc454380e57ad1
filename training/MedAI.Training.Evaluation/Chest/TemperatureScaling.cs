namespace MedAI.Training.Evaluation.Chest;

/// <summary>One number that makes logits neither too bold nor too shy: probability = sigmoid(slope * logit), slope = 1 / temperature.</summary>
internal static class TemperatureScaling
{
    /// <summary>The slope with the highest likelihood, by golden-section search over 0.05 to 20 on a logarithmic scale.</summary>
    public static double Slope(ReadOnlySpan<double> logits, ReadOnlySpan<bool> truth)
    {
        var golden = (Math.Sqrt(5) - 1) / 2;
        double low = Math.Log(0.05), high = Math.Log(20);
        for (var i = 0; i < 80; i++)
        {
            var a = high - (golden * (high - low));
            var b = low + (golden * (high - low));
            if (Loss(Math.Exp(a), logits, truth) < Loss(Math.Exp(b), logits, truth))
                high = b;
            else
                low = a;
        }

        return Math.Exp((low + high) / 2);
    }

    /// <summary>Mean cross-entropy.</summary>
    public static double Loss(double slope, ReadOnlySpan<double> logits, ReadOnlySpan<bool> truth)
    {
        double sum = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            var x = slope * logits[i];
            sum += Math.Max(x, 0) - (truth[i] ? x : 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
        }

        return sum / logits.Length;
    }
}
