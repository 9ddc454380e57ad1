using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Models.Images;

/// <summary>What the gate found: why the image may not be read, and what is remarked when it may.</summary>
/// <param name="Reasons">Empty when the image may be read.</param>
/// <param name="Remarks">Codes of <see cref="ImageRemarks"/>.</param>
public sealed record ImageExamination(IReadOnlyList<AbstentionReason> Reasons, IReadOnlyList<string> Remarks);

/// <summary>Whether a model may be shown an image, told from its attributes alone, before any pixel is fetched.</summary>
/// <remarks>
/// A modality, age or sex that is not known is refused like a wrong one. Body part and view are often left out by devices: a missing one is remarked,
/// a wrong one refused. All reasons are told at once; texts name the rule and repeat nothing that the image says.
/// </remarks>
public sealed class ImageGate(ModelManifest manifest)
{
    private readonly ManifestImaging _imaging = manifest.AsImaging().Imaging;

    public ImageExamination Examine(ImageAttributes image)
    {
        ArgumentNullException.ThrowIfNull(image);
        List<AbstentionReason> reasons = [];
        List<string> remarks = [];
        CheckOrigin(image, reasons, remarks);
        if (PopulationRules.CheckAge(manifest.Population, image.PatientAgeYears, "the age at the study is not known") is { } age)
            reasons.Add(age);
        if (PopulationRules.CheckSex(manifest.Population, image.PatientSex) is { } sex)
            reasons.Add(sex);
        List<AbstentionReason> format = PixelFormatRules.Check(image);
        reasons.AddRange(format);
        if (format.Count == 0 && (image.Rows < _imaging.MinimumRows || image.Columns < _imaging.MinimumColumns))
            reasons.Add(new(AbstentionKind.ImageTooSmall, $"The model needs at least {_imaging.MinimumRows} rows and {_imaging.MinimumColumns} columns."));
        if (image.BurnedInAnnotation)
            remarks.Add(ImageRemarks.BurnedInAnnotation);
        if (image.LossyCompression)
            remarks.Add(ImageRemarks.LossyCompression);
        if (image.VoiLut is null && image.Windows.Count == 0)
            remarks.Add(ImageRemarks.NoWindow);
        return new ImageExamination(reasons, remarks);
    }

    private void CheckOrigin(ImageAttributes image, List<AbstentionReason> reasons, List<string> remarks)
    {
        if (!Allows(_imaging.Modalities, image.Modality))
        {
            string what = string.IsNullOrWhiteSpace(image.Modality) ? "the image does not say its own" : "the image is of another";
            reasons.Add(new(AbstentionKind.WrongModality, $"The model reads images of modality {string.Join(" or ", _imaging.Modalities)}; {what}."));
        }
        if (string.IsNullOrWhiteSpace(image.BodyPart))
            remarks.Add(ImageRemarks.BodyPartUnknown);
        else if (!Allows(_imaging.BodyParts, image.BodyPart))
            reasons.Add(new(AbstentionKind.WrongBodyPart, $"The model reads images of body part {string.Join(" or ", _imaging.BodyParts)}; the image is of another."));
        if (_imaging.Views.Count == 0)
            return;
        if (string.IsNullOrWhiteSpace(image.ViewPosition))
            remarks.Add(ImageRemarks.ViewUnknown);
        else if (!Allows(_imaging.Views, image.ViewPosition))
            reasons.Add(new(AbstentionKind.WrongView, $"The model reads images of view {string.Join(" or ", _imaging.Views)}; the image is of another."));
    }

    private static bool Allows(IReadOnlyList<string> allowed, string? value) =>
        value?.Trim() is { } trimmed && allowed.Contains(trimmed, StringComparer.OrdinalIgnoreCase);
}
