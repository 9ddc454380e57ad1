namespace MedAI.Benchmarks;

/// <summary>Quantiles of a sample.</summary>
internal sealed class Quantiles
{
    private readonly double[] _sorted;

    public Quantiles(IEnumerable<double> values)
    {
        _sorted = [.. values];
        Array.Sort(_sorted);
    }

    public double Median => At(0.5);

    /// <summary>Linear between neighbours.</summary>
    public double At(double share)
    {
        double place = share * (_sorted.Length - 1);
        int low = (int)place;
        int high = Math.Min(low + 1, _sorted.Length - 1);
        return _sorted[low] + ((place - low) * (_sorted[high] - _sorted[low]));
    }
}
