namespace MedAI.Training.Icu;

/// <summary>Where a stay is cut while fitting, so that one model is valid from 6 to 48 hours.</summary>
internal static class Prefixes
{
    public const int LongestMinutes = 48 * 60;

    private const int ShortestMinutes = 6 * 60;

    /// <summary>A minute from 6 to 48 hours, evenly on a logarithmic scale: the first hours change fastest and are the hardest.</summary>
    public static int DrawShort(Random random) =>
        (int)Math.Round(ShortestMinutes * Math.Pow(LongestMinutes / (double)ShortestMinutes, random.NextDouble()));

    /// <summary>The full 48 hours with the chance <paramref name="fullShare"/>, else any minute from 6 to 48 hours.</summary>
    /// <remarks>The network gains nothing from seeing short stays more often (cross-validation), the trees do.</remarks>
    public static int DrawEvenly(Random random, double fullShare) =>
        random.NextDouble() < fullShare ? LongestMinutes : random.Next(ShortestMinutes, LongestMinutes + 1);
}
