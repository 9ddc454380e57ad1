using System.Buffers;

namespace MedAI.Models.Images;

/// <summary>Which source pixels of one axis make up each target pixel, and with which weights that sum to 1.</summary>
internal readonly struct AxisWeights : IDisposable
{
    private readonly int[] _places;
    private readonly float[] _weights;

    /// <param name="source">Number of source pixels, at least 1.</param>
    /// <param name="target">Number of target pixels, at least 1.</param>
    public AxisWeights(int source, int target)
    {
        // Two numbers per target pixel, first source pixel and first weight, and one end.
        _places = ArrayPool<int>.Shared.Rent(checked(2 * target + 2));
        _weights = ArrayPool<float>.Shared.Rent(checked(source + 2 * target));
        int at = 0;
        for (int i = 0; i < target; i++)
        {
            _places[2 * i + 1] = at;
            (_places[2 * i], at) = source >= target ? Area(i, source, target, at) : Bilinear(i, source, target, at);
        }
        _places[2 * target + 1] = at;
    }

    /// <summary>First source pixel of a target pixel.</summary>
    public int First(int target) => _places[2 * target];

    /// <summary>Weights of consecutive source pixels from <see cref="First"/> on.</summary>
    public ReadOnlySpan<float> Weights(int target) => _weights.AsSpan(_places[2 * target + 1].._places[2 * target + 3]);

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_places);
        ArrayPool<float>.Shared.Return(_weights);
    }

    /// <summary>In units of 1/target of a source pixel, source pixel k covers [k*target, (k+1)*target) and target pixel i covers [i*source, (i+1)*source).</summary>
    private (int First, int End) Area(int i, int source, int target, int at)
    {
        long from = (long)i * source, to = from + source;
        int first = (int)(from / target);
        for (long k = first; k * target < to; k++)
        {
            long overlap = Math.Min(to, (k + 1) * target) - Math.Max(from, k * target);
            _weights[at++] = (float)((double)overlap / source);
        }
        return (first, at);
    }

    /// <summary>Centre of target pixel i in source pixels, counted from the centre of source pixel 0: ((2i + 1) source - target) / (2 target).</summary>
    private (int First, int End) Bilinear(int i, int source, int target, int at)
    {
        long centre = (2L * i + 1) * source - target, unit = 2L * target;
        if (centre <= 0 || centre / unit >= source - 1)
        {
            _weights[at++] = 1;
            return (centre <= 0 ? 0 : source - 1, at);
        }
        long rest = centre % unit;
        _weights[at++] = (float)((double)(unit - rest) / unit);
        _weights[at++] = (float)((double)rest / unit);
        return ((int)(centre / unit), at);
    }
}
