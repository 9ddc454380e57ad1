namespace MedAI.Models.Images;

/// <summary>Stable codes of what is remarked about an image that is read all the same.</summary>
public static class ImageRemarks
{
    /// <summary>The image does not say which body part it shows.</summary>
    public const string BodyPartUnknown = "body-part-unknown";

    /// <summary>The image does not say from which side it was taken.</summary>
    public const string ViewUnknown = "view-unknown";

    /// <summary>Text is burned into the pixels.</summary>
    public const string BurnedInAnnotation = "burned-in-annotation";

    /// <summary>The pixels were compressed with loss at some time.</summary>
    public const string LossyCompression = "lossy-compression";

    /// <summary>The image brings no window or VOI LUT; its grey scale is the manifest's fallback.</summary>
    public const string NoWindow = "no-window";
}
