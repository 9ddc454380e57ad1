using System.Buffers;

namespace MedAI.Models.Timelines;

/// <summary>One patient's model input: values, observed mask and hours since last, each [steps, series] row-major, and the statics.</summary>
/// <remarks>Rented from the array pool; dispose when the tensors were copied or run. Not thread safe.</remarks>
public sealed class EncodedGrid : IDisposable
{
    private float[]? _values;
    private float[]? _observed;
    private float[]? _hoursSince;

    public EncodedGrid(int steps, int series, float[] statics)
    {
        Steps = steps;
        Series = series;
        Statics = statics;
        _values = ArrayPool<float>.Shared.Rent(Math.Max(1, steps * series));
        _observed = ArrayPool<float>.Shared.Rent(Math.Max(1, steps * series));
        _hoursSince = ArrayPool<float>.Shared.Rent(Math.Max(1, steps * series));
    }

    public int Steps { get; }

    public int Series { get; }

    public Span<float> Values => _values.AsSpan(0, Steps * Series);

    public Span<float> Observed => _observed.AsSpan(0, Steps * Series);

    public Span<float> HoursSince => _hoursSince.AsSpan(0, Steps * Series);

    public float[] Statics { get; }

    public void Dispose()
    {
        Return(ref _values);
        Return(ref _observed);
        Return(ref _hoursSince);

        static void Return(ref float[]? array)
        {
            if (array is not null)
                ArrayPool<float>.Shared.Return(array, clearArray: true);
            array = null;
        }
    }
}
