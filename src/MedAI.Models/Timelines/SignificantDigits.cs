namespace MedAI.Models.Timelines;

/// <summary>Rounds to 6 significant decimal digits, so that a value sent in another unit ends at the same number.</summary>
internal static class SignificantDigits
{
    private const int Digits = 6;

    /// <summary>10^0 to 10^22, the powers of ten that a double holds exactly.</summary>
    private static readonly double[] Powers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>The double nearest to the rounded decimal; numbers beyond what a plausibility range could ever admit come back unchanged.</summary>
    public static double Round(double value)
    {
        double size = Math.Abs(value);
        if (!(size >= 1e-16 && size < 1e16))
            return size < 1e-16 ? 0 : value;
        // Counted with the exact powers instead of Math.Log10, which may be a hair off at powers of ten.
        int decimals = Digits - 1;
        if (size >= 10)
        {
            for (int i = 1; size >= Powers[i]; i++)
                decimals--;
        }
        else
        {
            for (int i = 0; size * Powers[i] < 1; i++)
                decimals++;
        }
        // Dividing an integer by an exact power is correctly rounded: the nearest double to the decimal.
        return decimals >= 0
            ? Math.Round(value * Powers[decimals], MidpointRounding.AwayFromZero) / Powers[decimals]
            : Math.Round(value / Powers[-decimals], MidpointRounding.AwayFromZero) * Powers[-decimals];
    }
}
