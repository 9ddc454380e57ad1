using MedAI.Models.Images;

namespace MedAI.Models.Tests.Images;

/// <summary>The pixel pipeline once more, pixel by pixel in double precision from the words of the standard: what the fast one is held against.</summary>
/// <remarks>Shares nothing with it but the attributes.</remarks>
internal static class SlowPixels
{
    /// <summary>Grey of every pixel of the uncropped image.</summary>
    public static double[] Grey(MedicalImage image, string fallback)
    {
        ImageAttributes a = image.Attributes;
        long[] stored = [.. Enumerable.Range(0, a.Rows * a.Columns).Select(i => Stored(image, i))];
        bool[] padding = [.. stored.Select(s => IsPadding(a, s))];
        double[] values = [.. stored.Select(s => Modality(a, s))];
        double low, high;
        if (fallback == "min-max")
        {
            double[] used = [.. values.Where((_, i) => !padding[i])];
            (low, high) = used.Length == 0 ? (0, 0) : (used.Min(), used.Max());
        }
        else
        {
            long first = a.IsSigned ? -(1L << (a.BitsStored - 1)) : 0;
            double[] all = [.. Enumerable.Range(0, 1 << a.BitsStored).Select(i => Modality(a, first + i))];
            (low, high) = (all.Min(), all.Max());
        }
        var grey = new double[values.Length];
        for (int i = 0; i < grey.Length; i++)
        {
            double y = Display(a, values[i], low, high);
            if (a.PhotometricInterpretation == "MONOCHROME1" || a.PresentationLutShape == "INVERSE")
                y = 1 - y;
            grey[i] = padding[i] ? 0 : y;
        }
        return grey;
    }

    /// <summary>The model's input.</summary>
    public static double[] Input(MedicalImage image, string fallback, string crop, int rows, int columns)
    {
        ImageAttributes a = image.Attributes;
        double[] grey = Grey(image, fallback);
        (int top, int left, int height, int width) = crop == "none" ? (0, 0, a.Rows, a.Columns)
            : a.Rows > a.Columns ? ((a.Rows - a.Columns) / 2, 0, a.Columns, a.Columns) : (0, (a.Columns - a.Rows) / 2, a.Rows, a.Rows);
        var input = new double[rows * columns];
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                double sum = 0;
                for (int r = 0; r < height; r++)
                {
                    double down = Share(r, y, height, rows);
                    for (int c = 0; down > 0 && c < width; c++)
                        sum += down * Share(c, x, width, columns) * grey[(top + r) * a.Columns + left + c];
                }
                input[y * columns + x] = sum;
            }
        }
        return input;
    }

    private static double Share(int from, int to, int source, int target)
    {
        double scale = (double)source / target;
        if (source >= target)
            return Math.Max(0, Math.Min((to + 1) * scale, from + 1) - Math.Max(to * scale, from)) / scale;
        return Math.Max(0, 1 - Math.Abs(Math.Clamp((to + 0.5) * scale - 0.5, 0, source - 1) - from));
    }

    private static long Stored(MedicalImage image, int pixel)
    {
        ImageAttributes a = image.Attributes;
        ReadOnlySpan<byte> frame = image.Frame.Span;
        long raw = a.BitsAllocated == 8 ? frame[pixel] : frame[2 * pixel] + 256 * frame[2 * pixel + 1];
        int highBit = a.HighBit ?? a.BitsStored - 1;
        long value = 0;
        for (int bit = 0; bit < a.BitsStored; bit++)
        {
            if ((raw & (1L << (highBit - a.BitsStored + 1 + bit))) != 0)
                value += bit == a.BitsStored - 1 && a.IsSigned ? -(1L << bit) : 1L << bit;
        }
        return value;
    }

    private static bool IsPadding(ImageAttributes a, long stored)
    {
        if (a.PixelPaddingValue is not { } value)
            return false;
        long other = a.PixelPaddingRangeLimit ?? value;
        return stored >= Math.Min(value, other) && stored <= Math.Max(value, other);
    }

    private static double Modality(ImageAttributes a, long stored) =>
        a.ModalityLut is { } lut ? Entry(lut, stored) : stored * (a.RescaleSlope ?? 1) + (a.RescaleIntercept ?? 0);

    private static double Entry(LookupTable lut, double value)
    {
        double place = Math.Round(value, MidpointRounding.AwayFromZero) - lut.FirstMapped;
        return lut.Entries.Span[place < 0 ? 0 : place >= lut.Entries.Length ? lut.Entries.Length - 1 : (int)place];
    }

    private static double Display(ImageAttributes a, double x, double low, double high)
    {
        if (a.VoiLut is { } lut)
            return Entry(lut, x) / (Math.Pow(2, lut.BitsPerEntry) - 1);
        if (a.Windows.Count == 0)
            return high > low ? Math.Clamp((x - low) / (high - low), 0, 1) : 0;
        (double c, double w) = (a.Windows[0].Center, a.Windows[0].Width);
        switch (a.VoiLutFunction)
        {
            case "SIGMOID":
                return 1 / (1 + Math.Exp(-4 * (x - c) / w));
            case "LINEAR_EXACT":
                return x <= c - w / 2 ? 0 : x > c + w / 2 ? 1 : (x - c) / w + 0.5;
            default:
                if (x <= c - 0.5 - (w - 1) / 2)
                    return 0;
                return x > c - 0.5 + (w - 1) / 2 ? 1 : (x - (c - 0.5)) / (w - 1) + 0.5;
        }
    }
}
