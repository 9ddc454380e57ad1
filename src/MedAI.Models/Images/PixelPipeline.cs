using System.Buffers;
using MedAI.Models.Packages;

namespace MedAI.Models.Images;

/// <summary>The way from stored pixels to a model's input: grey from 0 to 1, cropped and resized as the manifest says.</summary>
/// <remarks>The same in training and serving. Reads the frame once for the pixels and, only for the fallback "min-max", once before. Rents what it needs; thread safe.</remarks>
public sealed class PixelPipeline(ManifestImaging imaging)
{
    /// <summary>Numbers that one image gives.</summary>
    public int Length { get; } = checked(imaging.Resize.Rows * imaging.Resize.Columns);

    /// <summary>Writes the model's input.</summary>
    /// <param name="image">Without fault by <see cref="PixelFormatRules.Check"/> and <see cref="PixelFormatRules.CheckFrame"/>.</param>
    /// <param name="target"><see cref="Length"/> numbers, row by row; every one from 0 to 1.</param>
    /// <exception cref="ArgumentException">The frame is shorter than the attributes say: the caller did not check.</exception>
    public void Write(MedicalImage image, Span<float> target) => WriteGrey(image, imaging, target, imaging.Resize.Rows, imaging.Resize.Columns);

    /// <summary>Writes the used part of an image as grey from 0 to 1, in any size.</summary>
    /// <exception cref="ArgumentException">The frame is shorter than the attributes say: the caller did not check.</exception>
    internal static void WriteGrey(MedicalImage image, ManifestImaging imaging, Span<float> target, int targetRows, int targetColumns)
    {
        ArgumentNullException.ThrowIfNull(image);
        ImageAttributes attributes = image.Attributes;
        ReadOnlySpan<byte> frame = image.Frame.Span;
        if (PixelFormatRules.CheckFrame(attributes, frame.Length) is not null)
            throw new ArgumentException("The frame does not fit its attributes.", nameof(image));
        frame = frame[..(int)attributes.FrameBytes];
        var stored = new StoredPixels(attributes);
        float[] rented = ArrayPool<float>.Shared.Rent(stored.Count);
        try
        {
            Span<float> table = rented.AsSpan(0, stored.Count);
            GreyTable.Fill(attributes, imaging.Intensity, frame, table);
            (int top, int left, int rows, int columns) = Crop(imaging.Crop, attributes.Rows, attributes.Columns);
            var source = new GreyRows(frame, table, stored, attributes.Columns * (attributes.BitsAllocated / 8), top, left * (attributes.BitsAllocated / 8), columns * (attributes.BitsAllocated / 8));
            AreaResampler.Resize(source, rows, columns, target, targetRows, targetColumns);
            // Weights sum to 1 up to rounding: a white area must not become brighter than white.
            foreach (ref float value in target)
                value = Math.Min(value, 1);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>The part of an image that is used.</summary>
    public static (int Top, int Left, int Rows, int Columns) Crop(string crop, int rows, int columns)
    {
        if (crop != "centre-square")
            return (0, 0, rows, columns);
        int side = Math.Min(rows, columns);
        return ((rows - side) / 2, (columns - side) / 2, side, side);
    }

    /// <summary>Rows of the cropped frame, looked up in the table.</summary>
    private readonly ref struct GreyRows(ReadOnlySpan<byte> frame, ReadOnlySpan<float> table, StoredPixels stored, int stride, int top, int left, int bytes) : IImageRows
    {
        private readonly ReadOnlySpan<byte> _frame = frame;
        private readonly ReadOnlySpan<float> _table = table;

        public ReadOnlySpan<float> Row(int row, Span<float> scratch)
        {
            stored.LookUp(_frame.Slice((top + row) * stride + left, bytes), _table, scratch);
            return scratch;
        }
    }
}
