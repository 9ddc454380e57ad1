namespace MedAI.Training.Evaluation.Chest;

/// <summary>How far a picture lies from the fitted films: Mahalanobis distances in several descriptions of the picture, each put on a common scale, then averaged.</summary>
/// <remarks>Fitted on films for training only. Score = mean over blocks of (ln(mean squared whitened deviation) - centre) / scale.</remarks>
internal sealed record StrangerScore(IReadOnlyList<StrangerBlock> Blocks)
{
    /// <summary>Fits every block.</summary>
    /// <param name="blocks">Values of each description by name, one row per film.</param>
    public static StrangerScore Fit(IReadOnlyDictionary<string, float[][]> blocks) =>
        new([.. blocks.OrderBy(b => b.Key, StringComparer.Ordinal).Select(b => StrangerBlock.Fit(b.Key, b.Value))]);

    public double[] Of(IReadOnlyDictionary<string, float[][]> blocks)
    {
        var scores = new double[blocks[Blocks[0].Name].Length];
        foreach (var block in Blocks)
        {
            for (var i = 0; i < scores.Length; i++)
                scores[i] += block.Of(blocks[block.Name][i]) / Blocks.Count;
        }

        return scores;
    }
}

/// <summary>One description: its mean, its whitening matrix [F, F] (upper triangular, row-major) and the scale of the log distance among fitted films.</summary>
internal sealed record StrangerBlock(string Name, float[] Mean, float[] Whitening, float Centre, float Scale)
{
    /// <summary>Share of the mean variance added to every direction, so that directions nobody varied in do not explode.</summary>
    public const double Shrinkage = 0.05;

    public const float Floor = 1e-6f;

    public static StrangerBlock Fit(string name, float[][] rows)
    {
        var f = rows[0].Length;
        var mean = new double[f];
        foreach (var row in rows)
        {
            for (var i = 0; i < f; i++)
                mean[i] += row[i] / (double)rows.Length;
        }

        var covariance = new double[f, f];
        var centred = new double[f];
        foreach (var row in rows)
        {
            for (var i = 0; i < f; i++)
                centred[i] = row[i] - mean[i];
            for (var i = 0; i < f; i++)
            {
                for (var j = 0; j <= i; j++)
                    covariance[i, j] += centred[i] * centred[j];
            }
        }

        double trace = 0;
        for (var i = 0; i < f; i++)
            trace += covariance[i, i] / (rows.Length - 1) / f;
        for (var i = 0; i < f; i++)
        {
            for (var j = 0; j <= i; j++)
                covariance[i, j] = covariance[i, j] / (rows.Length - 1) * (1 - Shrinkage);
            covariance[i, i] += Shrinkage * trace;
        }

        var draft = new StrangerBlock(name, Array.ConvertAll(mean, m => (float)m), InverseFactor(covariance, f), 0, 1);
        var distances = rows.Select(r => draft.Of(r)).ToArray();
        var centre = distances.Average();
        var scale = Math.Sqrt(distances.Average(d => (d - centre) * (d - centre)));
        return draft with { Centre = (float)centre, Scale = (float)scale };
    }

    public double Of(ReadOnlySpan<float> row)
    {
        var f = Mean.Length;
        double sum = 0;
        Span<double> white = new double[f];
        for (var i = 0; i < f; i++)
        {
            var value = row[i] - Mean[i];
            for (var j = i; j < f; j++)
                white[j] += value * Whitening[(i * f) + j];
        }

        foreach (var w in white)
            sum += w * w;
        return (Math.Log((sum / f) + Floor) - Centre) / Scale;
    }

    /// <summary>W with W W' = C^-1, as (L^-1)' of C = L L'; deviation times W is white.</summary>
    private static float[] InverseFactor(double[,] c, int f)
    {
        var l = new double[f, f];
        for (var i = 0; i < f; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = c[i, j];
                for (var k = 0; k < j; k++)
                    sum -= l[i, k] * l[j, k];
                l[i, j] = i == j ? Math.Sqrt(sum) : sum / l[j, j];
            }
        }

        var inverse = new double[f, f];
        for (var column = 0; column < f; column++)
        {
            for (var i = column; i < f; i++)
            {
                double sum = i == column ? 1 : 0;
                for (var k = column; k < i; k++)
                    sum -= l[i, k] * inverse[k, column];
                inverse[i, column] = sum / l[i, i];
            }
        }

        var whitening = new float[f * f];
        for (var i = 0; i < f; i++)
        {
            for (var j = i; j < f; j++)
                whitening[(i * f) + j] = (float)inverse[j, i];
        }

        return whitening;
    }
}
