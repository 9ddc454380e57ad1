using MedAI.Models.Predictions;

namespace MedAI.Models.Images;

/// <summary>Whether the pixels of an image are of a form that can be read without guessing: one frame of one grey sample of 8 to 16 bits.</summary>
/// <remarks>Every fault has its own reason. Nothing is allocated by what the attributes claim.</remarks>
public static class PixelFormatRules
{
    /// <summary>Bytes of the largest frame that is read; the largest radiographs have 30 MB.</summary>
    public const long LargestFrameBytes = 128 << 20;

    /// <summary>Why the pixels cannot be read, told from the attributes alone; empty when they can.</summary>
    public static List<AbstentionReason> Check(ImageAttributes image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var reasons = new List<AbstentionReason>();
        if (image.PixelEncoding == PixelEncoding.None)
        {
            reasons.Add(new(AbstentionKind.NoPixelData, "The object holds no image."));
            return reasons;
        }
        if (image.PixelEncoding == PixelEncoding.Float)
            reasons.Add(new(AbstentionKind.FloatPixelData, "The pixels are floating-point numbers, which are not read."));
        if (image.PixelEncoding == PixelEncoding.Encapsulated)
            reasons.Add(new(AbstentionKind.CompressedPixelData, "The archive sent compressed pixels, which are not read."));
        if (image.NumberOfFrames > 1)
            reasons.Add(new(AbstentionKind.MultiFrameImage, "The image has several frames; one is read at most."));
        CheckColour(image, reasons);
        if (image.PixelEncoding != PixelEncoding.Float)
            CheckBits(image, reasons);
        if (image.Rows is <= 0 or > ushort.MaxValue || image.Columns is <= 0 or > ushort.MaxValue || image.NumberOfFrames <= 0)
            reasons.Add(new(AbstentionKind.UnreadableInput, "Rows, columns or number of frames of the image are not possible."));
        else if ((long)image.Rows * image.Columns * Math.Max(1, image.BitsAllocated / 8) > LargestFrameBytes)
            reasons.Add(new(AbstentionKind.ImageTooLarge, $"The image has more than {LargestFrameBytes >> 20} MB."));
        CheckTransforms(image, reasons);
        return reasons;
    }

    /// <summary>Why a frame of so many bytes is not this image's; null when it is. Call after <see cref="Check"/> found nothing.</summary>
    public static AbstentionReason? CheckFrame(ImageAttributes image, long bytes)
    {
        ArgumentNullException.ThrowIfNull(image);
        long expected = image.FrameBytes;
        return bytes == expected || (bytes == expected + 1 && (expected & 1) == 1)
            ? null
            : new AbstentionReason(AbstentionKind.PixelDataMismatch, "The pixels are not as many as rows and columns say.");
    }

    private static void CheckColour(ImageAttributes image, List<AbstentionReason> reasons)
    {
        string photometric = image.PhotometricInterpretation ?? "";
        if (photometric == "PALETTE COLOR")
            reasons.Add(new(AbstentionKind.PaletteImage, "The image has palette colours; only grey images are read."));
        else if (image.SamplesPerPixel != 1 || photometric is "RGB" or "HSV" or "ARGB" or "CMYK" || photometric.StartsWith("YBR_", StringComparison.Ordinal))
            reasons.Add(new(AbstentionKind.ColourImage, "The image is in colour; only grey images are read."));
        else if (photometric is not ("MONOCHROME1" or "MONOCHROME2"))
            reasons.Add(new(AbstentionKind.UnsupportedPixelFormat, "Whether low values are dark or bright is not said (photometric interpretation)."));
    }

    private static void CheckBits(ImageAttributes image, List<AbstentionReason> reasons)
    {
        int highBit = image.HighBit ?? image.BitsStored - 1;
        if (image.BitsAllocated == 1 || image.BitsStored == 1)
            reasons.Add(new(AbstentionKind.OneBitImage, "The image has one bit per pixel, like a segmentation."));
        else if (image.BitsAllocated is not (8 or 16) || image.BitsStored is < 8 or > 16)
            reasons.Add(new(AbstentionKind.UnsupportedPixelFormat, "Only images of 8 to 16 bits per pixel are read."));
        else if (image.BitsStored > image.BitsAllocated || highBit < image.BitsStored - 1 || highBit >= image.BitsAllocated)
            reasons.Add(new(AbstentionKind.UnreadableInput, "The numbers of bits of the image contradict each other."));
    }

    private static void CheckTransforms(ImageAttributes image, List<AbstentionReason> reasons)
    {
        bool good = image.ModalityLut is { } modality
            ? IsGood(modality)
            : double.IsFinite(image.RescaleSlope ?? 1) && double.IsFinite(image.RescaleIntercept ?? 0) && image.RescaleSlope is not 0d;
        if (!good)
            reasons.Add(new(AbstentionKind.UnreadableInput, "The modality LUT or rescale slope of the image cannot be used."));
        if (image.VoiLut is { } voi)
            good = IsGood(voi);
        else
            good = image.Windows is not [var window, ..] || VoiTransform.IsGood(window, image.VoiLutFunction);
        if (!good)
            reasons.Add(new(AbstentionKind.UnreadableInput, "The VOI LUT or window of the image cannot be used."));
        if (image.PresentationLutShape is not (null or "" or "IDENTITY" or "INVERSE"))
            reasons.Add(new(AbstentionKind.UnsupportedPixelFormat, "The presentation LUT shape of the image is not known."));
    }

    private static bool IsGood(LookupTable table) => table.BitsPerEntry is >= 8 and <= 16 && table.Entries.Length is >= 1 and <= 65536;
}
