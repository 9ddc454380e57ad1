using MedAI.Models.Images;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Models.Tests.Images;

public sealed class ImageGateTests
{
    private static readonly ModelManifest s_manifest = TestImagingManifest.Create();
    private static readonly ImageAttributes s_chest = TestImages.Chest();

    private static ImageExamination Examine(ImageAttributes image, ModelManifest? manifest = null) => new ImageGate(manifest ?? s_manifest).Examine(image);

    private static AbstentionKind[] Kinds(ImageAttributes image, ModelManifest? manifest = null) => [.. Examine(image, manifest).Reasons.Select(r => r.Kind)];

    [Fact, Trait("promise", "M-238")]
    public void Childs_chest_film_passes_without_remarks()
    {
        ImageExamination examination = Examine(s_chest);
        Assert.Empty(examination.Reasons);
        Assert.Empty(examination.Remarks);
    }

    [Theory, Trait("promise", "M-238")]
    [InlineData("CR", true)]
    [InlineData(" DX ", true)]
    [InlineData("CT", false)]
    [InlineData("MR", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Modality_must_be_said_and_be_the_models(string? modality, bool passes) =>
        Assert.Equal(passes ? [] : [AbstentionKind.WrongModality], Kinds(s_chest with { Modality = modality }));

    [Theory, Trait("promise", "M-238")]
    [InlineData("THORAX", true, false)]
    [InlineData("chest", true, false)]
    [InlineData("EXTREMITY", false, false)]
    [InlineData("CHESTABDOMEN", false, false)]
    [InlineData("", true, true)]
    [InlineData(null, true, true)]
    public void Wrong_body_part_is_refused_and_a_missing_one_remarked(string? bodyPart, bool passes, bool remarked)
    {
        ImageAttributes image = s_chest with { BodyPart = bodyPart };
        Assert.Equal(passes ? [] : [AbstentionKind.WrongBodyPart], Kinds(image));
        Assert.Equal(remarked ? [ImageRemarks.BodyPartUnknown] : [], Examine(image).Remarks);
    }

    [Theory, Trait("promise", "M-238")]
    [InlineData("PA", true, false)]
    [InlineData("LL", false, false)]
    [InlineData("LATERAL", false, false)]
    [InlineData(null, true, true)]
    public void Wrong_view_is_refused_and_a_missing_one_remarked(string? view, bool passes, bool remarked)
    {
        ImageAttributes image = s_chest with { ViewPosition = view };
        Assert.Equal(passes ? [] : [AbstentionKind.WrongView], Kinds(image));
        Assert.Equal(remarked ? [ImageRemarks.ViewUnknown] : [], Examine(image).Remarks);
    }

    [Fact, Trait("promise", "M-238")]
    public void Model_without_views_takes_any() =>
        Assert.Empty(Kinds(s_chest with { ViewPosition = "LL" }, s_manifest with { Imaging = s_manifest.Imaging! with { Views = [] } }));

    [Theory, Trait("promise", "M-238")]
    [InlineData(1, null)]
    [InlineData(5, null)]
    [InlineData(0, AbstentionKind.AgeOutsidePopulation)]
    [InlineData(6, AbstentionKind.AgeOutsidePopulation)]
    [InlineData(54, AbstentionKind.AgeOutsidePopulation)]
    [InlineData(null, AbstentionKind.AgeUnknown)]
    public void Age_at_the_study_must_be_known_and_be_the_models(int? age, AbstentionKind? reason) =>
        Assert.Equal(reason is { } kind ? [kind] : [], Kinds(s_chest with { PatientAgeYears = age }));

    [Theory, Trait("promise", "M-238")]
    [InlineData(Sex.Female, true)]
    [InlineData(Sex.Male, false)]
    [InlineData(Sex.Unknown, false)]
    public void Sex_is_asked_for_only_where_the_model_does(Sex sex, bool passes)
    {
        Assert.Empty(Kinds(s_chest with { PatientSex = sex }));
        ModelManifest women = s_manifest with { Population = s_manifest.Population with { Sexes = ["female"] } };
        Assert.Equal(passes ? [] : [AbstentionKind.SexOutsidePopulation], Kinds(s_chest with { PatientSex = sex }, women));
    }

    [Theory, Trait("promise", "M-238")]
    [InlineData(8, 8, true)]
    [InlineData(7, 100, false)]
    [InlineData(100, 7, false)]
    public void Image_must_have_the_models_least_size(int rows, int columns, bool passes) =>
        Assert.Equal(passes ? [] : [AbstentionKind.ImageTooSmall], Kinds(s_chest with { Rows = rows, Columns = columns }));

    [Fact, Trait("promise", "M-238")]
    public void What_does_not_forbid_reading_is_remarked() =>
        Assert.Equal([ImageRemarks.BurnedInAnnotation, ImageRemarks.LossyCompression, ImageRemarks.NoWindow],
            Examine(s_chest with { BurnedInAnnotation = true, LossyCompression = true, Windows = [] }).Remarks);

    [Fact, Trait("promise", "M-238")]
    public void All_reasons_are_told_at_once_and_repeat_nothing_of_the_image()
    {
        ImageAttributes image = s_chest with
        {
            Modality = "SECRET1",
            BodyPart = "SECRET2",
            ViewPosition = "SECRET3",
            PatientAgeYears = 71,
            NumberOfFrames = 9,
            PhotometricInterpretation = "YBR_SECRET4",
        };
        IReadOnlyList<AbstentionReason> reasons = Examine(image).Reasons;
        Assert.Equal([AbstentionKind.WrongModality, AbstentionKind.WrongBodyPart, AbstentionKind.WrongView, AbstentionKind.AgeOutsidePopulation, AbstentionKind.MultiFrameImage, AbstentionKind.ColourImage],
            reasons.Select(r => r.Kind));
        Assert.All(reasons, r => Assert.DoesNotContain("SECRET", r.Text));
        Assert.All(reasons, r => Assert.DoesNotContain("71", r.Text));
    }
}
