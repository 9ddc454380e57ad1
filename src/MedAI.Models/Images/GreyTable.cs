using System.Buffers;
using System.Numerics.Tensors;
using MedAI.Models.Packages;

namespace MedAI.Models.Images;

/// <summary>What grey from 0 (black) to 1 (white) each stored value becomes.</summary>
/// <remarks>
/// Order: sign, padding marked, modality LUT or slope and intercept, VOI LUT or window or the manifest's fallback, one inversion for MONOCHROME1 or
/// an INVERSE presentation. Padding is black in the end, whatever the inversion, and does not count for minimum and maximum.
/// </remarks>
public static class GreyTable
{
    /// <summary>Fills the table of an image without fault by <see cref="PixelFormatRules"/>.</summary>
    /// <param name="frame">Read only for the fallback "min-max".</param>
    /// <param name="table">One entry per stored value, by index.</param>
    public static void Fill(ImageAttributes image, ManifestIntensity intensity, ReadOnlySpan<byte> frame, Span<float> table)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(intensity);
        var stored = new StoredPixels(image);
        double[] rented = ArrayPool<double>.Shared.Rent(stored.Count);
        try
        {
            Span<double> values = rented.AsSpan(0, stored.Count);
            stored.Values(values);
            ToModality(image, values);
            if (image.VoiLut is { } lut)
                VoiTransform.Apply(lut, values);
            else if (image.Windows is [var window, ..])
                VoiTransform.Apply(window, image.VoiLutFunction, values);
            else
                SpreadRange(image, stored, intensity.Fallback == "min-max", frame, values);
            if (IsInverted(image))
                TensorPrimitives.Subtract(1, values, values);
            BlackenPadding(image, stored, values);
            TensorPrimitives.ConvertTruncating<double, float>(values, table);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }

    /// <summary>Replaces stored values by modality values.</summary>
    public static void ToModality(ImageAttributes image, Span<double> values)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.ModalityLut is { } lut)
            lut.Apply(values);
        else if ((image.RescaleSlope ?? 1, image.RescaleIntercept ?? 0) is not (1, 0) and var (slope, intercept))
        {
            TensorPrimitives.Multiply(values, slope, values);
            TensorPrimitives.Add(values, intercept, values);
        }
    }

    /// <summary>True when small values are bright: said by either attribute, done once.</summary>
    public static bool IsInverted(ImageAttributes image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.PhotometricInterpretation == "MONOCHROME1" || image.PresentationLutShape == "INVERSE";
    }

    /// <summary>Spreads the range of the values that occur, or of all that could, over 0..1; one single value becomes 0.</summary>
    private static void SpreadRange(ImageAttributes image, StoredPixels stored, bool occurring, ReadOnlySpan<byte> frame, Span<double> values)
    {
        (double low, double high) = occurring
            ? OccurringRange(image, stored, frame, values)
            : (TensorPrimitives.Min<double>(values), TensorPrimitives.Max<double>(values));
        if (low < high)
            VoiTransform.Ramp(low, high - low, values);
        else
            values.Clear();
    }

    /// <summary>Lowest and highest value of a pixel that is not padding; the wrong way round when there is none.</summary>
    private static (double Low, double High) OccurringRange(ImageAttributes image, StoredPixels stored, ReadOnlySpan<byte> frame, ReadOnlySpan<double> values)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(stored.Count);
        try
        {
            Span<byte> present = rented.AsSpan(0, stored.Count);
            present.Clear();
            stored.MarkPresent(frame, present);
            if (stored.Padding(image) is { } padding)
            {
                for (int value = padding.Low; value <= padding.High; value++)
                    present[stored.Index(value)] = 0;
            }
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            for (int i = 0; i < present.Length; i++)
            {
                if (present[i] == 0)
                    continue;
                double value = values[i];
                low = value < low ? value : low;
                high = value > high ? value : high;
            }
            return (low, high);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void BlackenPadding(ImageAttributes image, StoredPixels stored, Span<double> values)
    {
        if (stored.Padding(image) is not { } padding)
            return;
        for (int value = padding.Low; value <= padding.High; value++)
            values[stored.Index(value)] = 0;
    }
}
