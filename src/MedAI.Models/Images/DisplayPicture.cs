using System.Buffers;
using MedAI.Models.Packages;

namespace MedAI.Models.Images;

/// <summary>The picture of an image for people: the part that the model sees, in the same grey, in its own proportions, 8 bits.</summary>
/// <remarks>Bright is dense, whatever the image's photometric interpretation. Made by the model's own pipeline, so that people judge what the model was given. Thread safe; rents what it needs.</remarks>
public sealed class DisplayPicture(ManifestImaging imaging)
{
    /// <summary>Longest side of a picture, in pixels.</summary>
    public const int LargestSide = 512;

    /// <summary>Size of the picture of an image: cropped as the model crops, made smaller where it must be, never larger.</summary>
    /// <param name="rows">Rows of the stored image.</param>
    /// <param name="columns">Columns of the stored image.</param>
    public (int Rows, int Columns) SizeOf(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        (_, _, int height, int width) = PixelPipeline.Crop(imaging.Crop, rows, columns);
        int longest = Math.Max(height, width);
        return longest <= LargestSide ? (height, width) : (Fit(height, longest), Fit(width, longest));
    }

    /// <summary>Writes the picture.</summary>
    /// <param name="image">Without fault by <see cref="PixelFormatRules.Check"/> and <see cref="PixelFormatRules.CheckFrame"/>.</param>
    /// <param name="target">As many bytes as rows times columns of <see cref="SizeOf"/>, row by row; 0 is black.</param>
    /// <exception cref="ArgumentException">The frame is shorter than the attributes say, or the target has another length.</exception>
    public void Write(MedicalImage image, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(image);
        (int rows, int columns) = SizeOf(image.Attributes.Rows, image.Attributes.Columns);
        if (target.Length != rows * columns)
            throw new ArgumentException("Must hold rows times columns bytes.", nameof(target));
        float[] rented = ArrayPool<float>.Shared.Rent(target.Length);
        try
        {
            Span<float> grey = rented.AsSpan(0, target.Length);
            PixelPipeline.WriteGrey(image, imaging, grey, rows, columns);
            for (int i = 0; i < grey.Length; i++)
                target[i] = (byte)(grey[i] * 255 + 0.5f);
        }
        finally
        {
            // What a patient looks like inside does not stay in the pool.
            ArrayPool<float>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>The side that belongs to a longest side of 512, rounded, at least one pixel.</summary>
    private static int Fit(int side, int longest) => Math.Max(1, (int)(((long)side * LargestSide * 2 + longest) / (2L * longest)));
}
