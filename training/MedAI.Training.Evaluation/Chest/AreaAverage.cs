namespace MedAI.Training.Evaluation.Chest;

/// <summary>Box average, to be replaced.</summary>
internal static class AreaAverage
{
    public static float[] Resize(ReadOnlySpan<byte> source, int rows, int columns, int toRows, int toColumns)
    {
        var wide = new float[rows * toColumns];
        var (first, weights) = Spans(columns, toColumns);
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < toColumns; c++)
            {
                float sum = 0;
                for (var k = 0; k < weights[c].Length; k++)
                    sum += source[(r * columns) + first[c] + k] * weights[c][k];
                wide[(r * toColumns) + c] = sum / 255f;
            }
        }

        (first, weights) = Spans(rows, toRows);
        var result = new float[toRows * toColumns];
        for (var r = 0; r < toRows; r++)
        {
            for (var k = 0; k < weights[r].Length; k++)
            {
                for (var c = 0; c < toColumns; c++)
                    result[(r * toColumns) + c] += wide[((first[r] + k) * toColumns) + c] * weights[r][k];
            }
        }

        return result;
    }

    private static (int[] First, float[][] Weights) Spans(int from, int to)
    {
        var first = new int[to];
        var weights = new float[to][];
        var scale = from / (double)to;
        for (var i = 0; i < to; i++)
        {
            if (scale <= 1)
            {
                var centre = ((i + 0.5) * scale) - 0.5;
                var low = (int)Math.Floor(centre);
                var part = centre - low;
                var a = Math.Clamp(low, 0, from - 1);
                var b = Math.Clamp(low + 1, 0, from - 1);
                first[i] = a;
                weights[i] = a == b ? [1f] : [(float)(1 - part), (float)part];
                continue;
            }

            var start = i * scale;
            var end = start + scale;
            var f = (int)Math.Floor(start + 1e-9);
            var l = Math.Min(from, (int)Math.Ceiling(end - 1e-9));
            first[i] = f;
            weights[i] = [.. Enumerable.Range(f, l - f).Select(k => (float)((Math.Min(end, k + 1) - Math.Max(start, k)) / scale))];
        }

        return (first, weights);
    }
}
