using MedAI.Models.Images;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Sentences for what is remarked about an image that is read all the same.</summary>
public static class ImageRemarkWords
{
    /// <param name="code">One of <see cref="ImageRemarks"/>; a code without its own sentence is read out.</param>
    public static string Of(string code) => code switch
    {
        ImageRemarks.BodyPartUnknown => "The image does not say which body part it shows; it was taken for one that the model reads.",
        ImageRemarks.ViewUnknown => "The image does not say from which side it was taken; it was taken for a view that the model reads.",
        ImageRemarks.BurnedInAnnotation => "Text is burned into the image; it may have moved the estimate.",
        ImageRemarks.LossyCompression => "The image was compressed with loss at some time.",
        ImageRemarks.NoWindow => "The image brings no grey-scale window of its own; the model's standard one was used.",
        _ => $"{InterpretationWording.Capital(QualityWords.OfRemark(code))}.",
    };
}
