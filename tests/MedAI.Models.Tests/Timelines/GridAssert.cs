using System.Runtime.InteropServices;
using MedAI.Models.Timelines;

namespace MedAI.Models.Tests.Timelines;

internal static class GridAssert
{
    /// <summary>Equal bit for bit.</summary>
    public static void Same(EncodedGrid expected, EncodedGrid actual)
    {
        Assert.Equal((expected.Steps, expected.Series), (actual.Steps, actual.Series));
        Assert.True(Bits(expected.Values).SequenceEqual(Bits(actual.Values)), "values differ");
        Assert.True(Bits(expected.Observed).SequenceEqual(Bits(actual.Observed)), "observed differ");
        Assert.True(Bits(expected.HoursSince).SequenceEqual(Bits(actual.HoursSince)), "hours since differ");
        Assert.True(Bits(expected.Statics).SequenceEqual(Bits(actual.Statics)), "statics differ");

        static ReadOnlySpan<int> Bits(Span<float> floats) => MemoryMarshal.Cast<float, int>(floats);
    }
}
