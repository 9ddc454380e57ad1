using System.Buffers;
using MedAI.Fhir.Interpretations;
using SkiaSharp;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Makes the PNG pictures of a report: the image, and the image with the heatmap over it.</summary>
/// <remarks>
/// The same pixels give the same bytes; no text, time or other metadata is in them. SkiaSharp only encodes here: nothing that came from
/// outside is ever decoded by it.
/// </remarks>
internal static class HeatmapPicture
{
    /// <summary>One filter and a low level: all filters at level 6 take several times as long for a tenth fewer bytes.</summary>
    private static readonly SKPngEncoderOptions Options = new(SKPngEncoderFilterFlags.Up, 3);

    /// <summary>The image alone, 8-bit grey.</summary>
    public static byte[] Grey(GreyPicture picture) => Encode(new SKImageInfo(picture.Columns, picture.Rows, SKColorType.Gray8, SKAlphaType.Opaque), picture.Pixels.Span);

    /// <summary>The image with the map in colours over it; the image alone, in RGB, where there is no map.</summary>
    public static byte[] Overlay(GreyPicture picture, ActivationMap? map)
    {
        int pixels = picture.Rows * picture.Columns;
        float[] strengths = ArrayPool<float>.Shared.Rent(pixels);
        byte[] colours = ArrayPool<byte>.Shared.Rent(pixels * 4);
        try
        {
            Span<float> strength = strengths.AsSpan(0, pixels);
            strength.Clear();
            map?.Write(strength, picture.Rows, picture.Columns);
            ReadOnlySpan<byte> grey = picture.Pixels.Span;
            for (int i = 0; i < pixels; i++)
            {
                (colours[4 * i], colours[4 * i + 1], colours[4 * i + 2]) = HeatColours.Over(grey[i], strength[i]);
                colours[4 * i + 3] = 255;
            }
            return Encode(new SKImageInfo(picture.Columns, picture.Rows, SKColorType.Rgba8888, SKAlphaType.Opaque), colours.AsSpan(0, pixels * 4));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(strengths);
            ArrayPool<byte>.Shared.Return(colours, clearArray: true);
        }
    }

    private static byte[] Encode(SKImageInfo info, ReadOnlySpan<byte> pixels)
    {
        using SKImage image = SKImage.FromPixelCopy(info, pixels, info.RowBytes);
        using SKPixmap pixmap = image.PeekPixels();
        using SKData data = pixmap.Encode(Options) ?? throw new InvalidOperationException("A picture could not be encoded.");
        return data.ToArray();
    }
}
