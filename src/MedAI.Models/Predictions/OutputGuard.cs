namespace MedAI.Models.Predictions;

/// <summary>Stops outputs that cannot be true before anything is made of them.</summary>
internal static class OutputGuard
{
    /// <summary>Null when all rows are plausible, else fixed words for the log.</summary>
    public static string? Fault(IReadOnlyDictionary<string, float[]> outputs, TensorLayout layout, int rows)
    {
        if (!outputs.TryGetValue(layout.Logit, out float[]? logits) || logits.Length != rows)
            return "logit of wrong shape";
        // Rows of the explanation count too: a contribution from a broken row would be invented.
        if (!AllFinite(logits))
            return "logit not finite";
        if (layout.Probability is { } probability)
        {
            if (!outputs.TryGetValue(probability, out float[]? values) || values.Length != rows)
                return "probability of wrong shape";
            foreach (float p in values)
            {
                if (!(p >= 0 && p <= 1))
                    return "probability outside 0 to 1";
            }
        }
        if (layout.Members is { } members)
        {
            if (!outputs.TryGetValue(members, out float[]? values) || values.Length < 2 * rows || values.Length % rows != 0)
                return "members of wrong shape";
            if (!AllFinite(values))
                return "member not finite";
        }
        return null;
    }

    private static bool AllFinite(float[] values)
    {
        foreach (float v in values)
        {
            if (!float.IsFinite(v))
                return false;
        }
        return true;
    }
}
