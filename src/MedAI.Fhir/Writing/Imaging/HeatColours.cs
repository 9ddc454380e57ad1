namespace MedAI.Fhir.Writing.Imaging;

/// <summary>The colours of a heatmap: from violet over red and orange to light yellow, ever lighter, so that the order shows in grey print and to colour-blind eyes too.</summary>
/// <remarks>Anchors from the upper part of matplotlib's "inferno" (CC0). Weak evidence is transparent: what the model did not use stays the radiograph.</remarks>
internal static class HeatColours
{
    private const double Strongest = 0.7;

    private static readonly (byte R, byte G, byte B)[] Anchors =
        [(0x56, 0x10, 0x6E), (0x93, 0x26, 0x67), (0xBB, 0x37, 0x54), (0xDD, 0x51, 0x3A), (0xF3, 0x78, 0x19), (0xFC, 0xA5, 0x0A), (0xF6, 0xD7, 0x46), (0xFC, 0xFF, 0xA4)];

    /// <summary>The colour over a grey level.</summary>
    /// <param name="strength">0 (no evidence) to 1 (the strongest place).</param>
    public static (byte R, byte G, byte B) Over(byte grey, double strength)
    {
        double alpha = Alpha(strength);
        if (alpha <= 0)
            return (grey, grey, grey);
        double place = Math.Clamp(strength, 0, 1) * (Anchors.Length - 1);
        int lower = Math.Min((int)place, Anchors.Length - 2);
        double rest = place - lower;
        (byte R, byte G, byte B) a = Anchors[lower], b = Anchors[lower + 1];
        return (Blend(a.R, b.R), Blend(a.G, b.G), Blend(a.B, b.B));

        byte Blend(byte from, byte to) => (byte)Math.Round(grey * (1 - alpha) + (from + (to - from) * rest) * alpha);
    }

    private static double Alpha(double strength)
    {
        double t = Math.Clamp((strength - 0.05) / 0.75, 0, 1);
        return Strongest * t * t * (3 - 2 * t);
    }
}
