using MedAI.Models.Timelines;

namespace MedAI.Models.Images;

/// <summary>What a DICOM instance says about its one image, as far as a model or the way to its pixels depends on it; holds no identity.</summary>
/// <remarks>Plain attribute values: absent ones are null or empty, and nothing is corrected here. Whoever reads DICOM fills it.</remarks>
public sealed record ImageAttributes
{
    /// <summary>Modality (0008,0060).</summary>
    public string? Modality { get; init; }

    /// <summary>Body Part Examined (0018,0015).</summary>
    public string? BodyPart { get; init; }

    /// <summary>View Position (0018,5101).</summary>
    public string? ViewPosition { get; init; }

    /// <summary>Completed years of age at the time of the study; null when not known.</summary>
    public int? PatientAgeYears { get; init; }

    public Sex PatientSex { get; init; } = Sex.Unknown;

    /// <summary>How the pixels are stored, so far as is known before they are read.</summary>
    public PixelEncoding PixelEncoding { get; init; } = PixelEncoding.Native;

    public int Rows { get; init; }

    public int Columns { get; init; }

    /// <summary>Number of Frames (0028,0008); null is one.</summary>
    public int? NumberOfFrames { get; init; }

    public int SamplesPerPixel { get; init; } = 1;

    public string? PhotometricInterpretation { get; init; }

    /// <summary>Planar Configuration (0028,0006); of colour only.</summary>
    public int? PlanarConfiguration { get; init; }

    public int BitsAllocated { get; init; }

    public int BitsStored { get; init; }

    /// <summary>Null is one below <see cref="BitsStored"/>.</summary>
    public int? HighBit { get; init; }

    /// <summary>Pixel Representation (0028,0103): 1 for two's complement.</summary>
    public bool IsSigned { get; init; }

    /// <summary>Pixel Padding Value (0028,0120), a stored value.</summary>
    public int? PixelPaddingValue { get; init; }

    /// <summary>Pixel Padding Range Limit (0028,0121), the other end of the padding values.</summary>
    public int? PixelPaddingRangeLimit { get; init; }

    /// <summary>First item of the Modality LUT Sequence; where present, slope and intercept do not apply.</summary>
    public LookupTable? ModalityLut { get; init; }

    public double? RescaleSlope { get; init; }

    public double? RescaleIntercept { get; init; }

    /// <summary>First item of the VOI LUT Sequence; where present, the windows do not apply.</summary>
    public LookupTable? VoiLut { get; init; }

    /// <summary>Window Center and Width pairs; the first applies.</summary>
    public IReadOnlyList<VoiWindow> Windows { get; init; } = [];

    /// <summary>VOI LUT Function (0028,1056): LINEAR (also when absent), LINEAR_EXACT or SIGMOID.</summary>
    public string? VoiLutFunction { get; init; }

    /// <summary>Presentation LUT Shape (2050,0020): IDENTITY or INVERSE.</summary>
    public string? PresentationLutShape { get; init; }

    /// <summary>Burned In Annotation (0028,0301) is YES.</summary>
    public bool BurnedInAnnotation { get; init; }

    /// <summary>Lossy Image Compression (0028,2110) is 01.</summary>
    public bool LossyCompression { get; init; }

    /// <summary>Bytes of one uncompressed frame; meaningful when <see cref="PixelFormatRules"/> found nothing.</summary>
    public long FrameBytes => checked((long)Rows * Columns * SamplesPerPixel * BitsAllocated / 8);
}

/// <summary>A window: stored values around the centre are spread over the grey scale.</summary>
public readonly record struct VoiWindow(double Center, double Width);

/// <summary>How the pixels of an instance are stored.</summary>
public enum PixelEncoding
{
    /// <summary>Whole numbers, uncompressed.</summary>
    Native,

    /// <summary>The instance has no pixels, like a structured report.</summary>
    None,

    /// <summary>Compressed; the archive did not decode them.</summary>
    Encapsulated,

    /// <summary>Float or double float pixel data.</summary>
    Float,
}
