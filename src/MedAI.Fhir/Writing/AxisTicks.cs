namespace MedAI.Fhir.Writing;

/// <summary>Round numbers along an axis.</summary>
internal static class AxisTicks
{
    /// <summary>About <paramref name="wanted"/> steps of 1, 2 or 5 times a power of ten that cover the range.</summary>
    /// <returns>First tick at or below <paramref name="low"/>, last at or above <paramref name="high"/>, and the step.</returns>
    public static (double First, double Last, double Step) Cover(double low, double high, int wanted = 3)
    {
        if (high - low < 1e-9 * Math.Max(1, Math.Abs(high)))
        {
            // One value, or all the same: a band around it.
            double half = Math.Max(Math.Abs(high) * 0.1, 0.5);
            (low, high) = (low - half, high + half);
        }
        double rough = (high - low) / wanted;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = (rough / power) switch
        {
            <= 1.0 => power,
            <= 2.0 => 2 * power,
            <= 5.0 => 5 * power,
            _ => 10 * power,
        };
        return (Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, step);
    }

    /// <summary>Hours between two time labels so that there are at most about six.</summary>
    public static double HourStep(double hours)
    {
        foreach (double step in (ReadOnlySpan<double>)[1, 2, 3, 6, 12, 24])
        {
            if (hours / step <= 6)
                return step;
        }
        return 24 * Math.Ceiling(hours / 24 / 6);
    }
}
