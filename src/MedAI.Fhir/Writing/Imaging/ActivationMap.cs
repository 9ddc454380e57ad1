using System.Buffers.Binary;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Where in an image the evidence for the main outcome lies: from 0 to 1, relative to the strongest place of the same image.</summary>
/// <remarks>What speaks against the outcome counts as none. Between the cells of the small map it is interpolated smoothly (Catmull-Rom), the borders held.</remarks>
internal sealed class ActivationMap
{
    private readonly float[] _cells;
    private readonly int _rows;
    private readonly int _columns;

    private ActivationMap(float[] cells, int rows, int columns) => (_cells, _rows, _columns) = (cells, rows, columns);

    /// <summary>True when some place speaks for the outcome.</summary>
    public bool HasEvidence { get; private init; }

    /// <summary>The map of a prediction; null where it has none that can be drawn.</summary>
    public static ActivationMap? Of(Prediction prediction)
    {
        foreach (Artefact artefact in prediction.Artefacts)
        {
            if (artefact.Kind == Artefact.ActivationMap && artefact.Shape is [> 0 and var rows, > 0 and var columns] && artefact.Bytes.Length == (long)rows * columns * sizeof(float))
                return Read(artefact.Bytes.Span, rows, columns);
        }
        return null;
    }

    /// <summary>Strengths of a picture's pixels, 0 to 1, row by row.</summary>
    public void Write(Span<float> target, int rows, int columns)
    {
        // Rows of the map are widened once; then every row of the picture is a mean of four of them.
        var wide = new float[_rows * columns];
        Span<int> taps = stackalloc int[4];
        Span<float> weights = stackalloc float[4];
        for (int x = 0; x < columns; x++)
        {
            Taps(x, columns, _columns, taps, weights);
            for (int y = 0; y < _rows; y++)
            {
                float sum = 0;
                for (int k = 0; k < 4; k++)
                    sum += weights[k] * _cells[y * _columns + taps[k]];
                wide[y * columns + x] = sum;
            }
        }
        for (int y = 0; y < rows; y++)
        {
            Taps(y, rows, _rows, taps, weights);
            for (int x = 0; x < columns; x++)
            {
                float sum = 0;
                for (int k = 0; k < 4; k++)
                    sum += weights[k] * wide[taps[k] * columns + x];
                target[y * columns + x] = Math.Clamp(sum, 0, 1);
            }
        }
    }

    private static ActivationMap Read(ReadOnlySpan<byte> bytes, int rows, int columns)
    {
        var cells = new float[rows * columns];
        float largest = 0;
        for (int i = 0; i < cells.Length; i++)
        {
            float value = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            cells[i] = float.IsFinite(value) ? Math.Max(0, value) : 0;
            largest = Math.Max(largest, cells[i]);
        }
        if (largest > 0)
        {
            foreach (ref float cell in cells.AsSpan())
                cell /= largest;
        }
        return new ActivationMap(cells, rows, columns) { HasEvidence = largest > 0 };
    }

    /// <summary>The four cells around the centre of a pixel and their weights.</summary>
    private static void Taps(int pixel, int pixels, int cells, Span<int> taps, Span<float> weights)
    {
        double centre = (pixel + 0.5) * cells / pixels - 0.5;
        double floor = Math.Floor(centre);
        float t = (float)(centre - floor);
        for (int k = 0; k < 4; k++)
            taps[k] = Math.Clamp((int)floor - 1 + k, 0, cells - 1);
        weights[0] = t * (-0.5f + t * (1 - 0.5f * t));
        weights[1] = 1 + t * t * (-2.5f + 1.5f * t);
        weights[2] = t * (0.5f + t * (2 - 1.5f * t));
        weights[3] = t * t * (-0.5f + 0.5f * t);
    }
}
