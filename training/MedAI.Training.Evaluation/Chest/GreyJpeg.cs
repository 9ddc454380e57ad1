using SkiaSharp;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Decodes a JPEG whose three components are equal, or that has one, to 8-bit grey values.</summary>
internal static class GreyJpeg
{
    private const long LargestPixels = 16_000_000;

    /// <exception cref="InvalidDataException">The bytes are no JPEG, are cut off, or show a picture of unreasonable size.</exception>
    public static (int Rows, int Columns, byte[] Pixels) Decode(string name, byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.EncodedFormat != SKEncodedImageFormat.Jpeg)
            throw new InvalidDataException($"{name} is not a JPEG picture.");
        var (columns, rows) = (codec.Info.Width, codec.Info.Height);
        if ((long)columns * rows > LargestPixels)
            throw new InvalidDataException($"{name} is larger than {LargestPixels:N0} pixels.");
        var colours = new byte[rows * columns * 4];
        var info = new SKImageInfo(columns, rows, SKColorType.Rgba8888, SKAlphaType.Opaque);
        SKCodecResult result;
        unsafe
        {
            fixed (byte* pointer = colours)
                result = codec.GetPixels(info, (nint)pointer);
        }

        if (result != SKCodecResult.Success)
            throw new InvalidDataException($"{name} is damaged: its picture ends early or cannot be decoded.");
        var grey = new byte[rows * columns];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = colours[4 * i];
        return (rows, columns, grey);
    }
}
