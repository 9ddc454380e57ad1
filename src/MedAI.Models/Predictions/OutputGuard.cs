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
        foreach (string finding in layout.Findings)
        {
            if (!outputs.TryGetValue(finding, out float[]? values) || values.Length != rows)
                return "finding of wrong shape";
            if (!AllFinite(values))
                return "finding not finite";
        }
        return ImageFault(outputs, layout, rows);
    }

    private static string? ImageFault(IReadOnlyDictionary<string, float[]> outputs, TensorLayout layout, int rows)
    {
        foreach (string? name in new[] { layout.Cam, layout.Features })
        {
            if (name is null)
                continue;
            if (!outputs.TryGetValue(name, out float[]? values) || values.Length == 0 || values.Length % rows != 0)
                return "map or features of wrong shape";
            if (!AllFinite(values))
                return "map or features not finite";
        }
        if (layout.Ood is not { } ood)
            return null;
        if (!outputs.TryGetValue(ood, out float[]? scores) || scores.Length != rows)
            return "stranger score of wrong shape";
        // No number or beyond all numbers means a stranger, which the model says itself; the opposite is impossible.
        return scores.Any(float.IsNegativeInfinity) ? "stranger score below all numbers" : null;
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
