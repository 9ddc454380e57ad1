using MedAI.Models.Images;
using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>The shipped chest model before a real PACS: what it was not made for never reaches its runner.</summary>
public sealed class GateBeforeInferenceTests(OrthancPacs orthanc) : IClassFixture<OrthancPacs>
{
    /// <summary>Public files, the age that is written into them (null: their own), and every reason for which the model does not read them.</summary>
    public static TheoryData<string, string?, AbstentionKind[]> Refused => new()
    {
        { "RG3_J2KR_CR_extremity_mono1.dcm", null, [AbstentionKind.WrongBodyPart, AbstentionKind.AgeOutsidePopulation] },
        { "RG3_J2KR_CR_extremity_mono1.dcm", "003Y", [AbstentionKind.WrongBodyPart] },
        { "CT_JPEGLosslessSV1.dcm", "003Y", [AbstentionKind.WrongModality] },
        { "CT_small.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.ImageTooSmall] },
        { "MR_small_RLE.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.ImageTooSmall] },
        { "MR_small_bigendian.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.ImageTooSmall] },
        { "MR_small_jls.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.ImageTooSmall] },
        { "NM_JPEG-ext12.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.WrongBodyPart] },
        { "PT_rescale_float.dcm", null, [AbstentionKind.WrongModality, AbstentionKind.WrongBodyPart, AbstentionKind.AgeOutsidePopulation, AbstentionKind.ImageTooSmall] },
        { "CR-MONO1-10-chest_uncomp.dcm", null, [AbstentionKind.AgeUnknown] },
        { "CR-MONO1-10-chest_uncomp.dcm", "060Y", [AbstentionKind.AgeOutsidePopulation] },
        { "CR-MONO1-10-chest_uncomp.dcm", "011M", [AbstentionKind.AgeOutsidePopulation] },
        { "DX_thorax_mono1_highdicom.dcm", null, [AbstentionKind.ImageTooSmall] },
        { "MR_enhanced_10fr.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.WrongBodyPart, AbstentionKind.MultiFrameImage] },
        { "SEG_liver_1frame.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.OneBitImage] },
        { "US_palette_2frame.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.MultiFrameImage, AbstentionKind.PaletteImage] },
        { "US_rgb_planar1.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.ColourImage] },
        { "test-SR.dcm", "003Y", [AbstentionKind.WrongModality, AbstentionKind.NoPixelData] },
    };

    [Theory, Trait("promise", "M-332"), Trait("promise", "S-42")]
    [MemberData(nameof(Refused))]
    public async Task Image_that_the_model_was_not_made_for_is_refused_before_its_pixels_are_fetched(string name, string? age, AbstentionKind[] kinds)
    {
        OrthancPacs.Need();
        Assert.SkipWhen(RepositoryRoot.Data is null, "The public test data are not there (MEDAI_DATA).");
        string folder = Directory.CreateDirectory(Path.Combine(orthanc.Folder, $"gate-{name}-{age}")).FullName;
        string file = Films.CopyPublic(folder, name);
        if (age is not null)
            Dcmtk.Run("dcmodify", "-nb", "-q", "-i", $"(0010,1010)={age}", "-ea", "(0010,0030)", "-imt", file);
        await using var model = Open(out var runner);
        Assert.Equal(kinds.Order(), await RefusedAsync(file, model));
        Assert.Equal(0, runner.Runs);
    }

    [Fact, Trait("promise", "M-332"), Trait("promise", "M-292")]
    public async Task Film_of_floating_point_numbers_is_refused_as_such()
    {
        OrthancPacs.Need();
        // Float Pixel Data in an object that is a child's chest film in everything else.
        string values = string.Join('\\', Enumerable.Range(0, 256 * 256).Select(i => (i % 97).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        string file = Dcmtk.Write(orthanc.Folder, "float", [.. Films.Describe("float", "MONOCHROME2", 32, 32, rows: 256, columns: 256), $"(7fe0,0008) OF {values}"], null, "+l", "1000000");
        await using var model = Open(out var runner);
        Assert.Equal([AbstentionKind.FloatPixelData], await RefusedAsync(file, model));
        Assert.Equal(0, runner.Runs);
    }

    [Fact, Trait("promise", "M-332")]
    public async Task Childs_chest_film_is_run_once()
    {
        OrthancPacs.Need();
        Assert.SkipWhen(RepositoryRoot.Data is null, "The public test data are not there (MEDAI_DATA).");
        string file = Films.CopyPublic(Directory.CreateDirectory(Path.Combine(orthanc.Folder, "gate-open")).FullName, "CR-MONO1-10-chest_uncomp.dcm");
        Dcmtk.Run("dcmodify", "-nb", "-q", "-i", "(0010,1010)=003Y", file);
        await using var model = Open(out var runner);
        string id = await orthanc.StoreAsync(file);
        await using var images = Films.From(orthanc.Base);
        var read = (await Films.ReadFileAsync(images, file, birthDate: null, examine: attributes => model.Examine(attributes).Reasons)).One;
        await orthanc.RemoveAsync(id);
        Assert.NotNull(read.Frame);
        using var prepared = model.Prepare(new MedicalImage(read.Attributes!, read.Frame), DateTimeOffset.UnixEpoch);
        Assert.Null(prepared.Abstention);
        Assert.IsType<InferenceError>(await model.PredictAsync(prepared, DateTimeOffset.MaxValue, TestContext.Current.CancellationToken));
        Assert.Equal(1, runner.Runs);
    }

    /// <summary>Why the image was refused; holds that no pixel was fetched and that an image with pixels would be refused as well.</summary>
    private async Task<IEnumerable<AbstentionKind>> RefusedAsync(string file, ImagingModel model)
    {
        string id = await orthanc.StoreAsync(file);
        try
        {
            await using var images = Films.From(orthanc.Base);
            ImageAttributes? seen = null;
            var read = (await Films.ReadFileAsync(images, file, birthDate: null, examine: attributes => model.Examine(seen = attributes).Reasons)).One;
            Assert.Null(read.Outcome.Error);
            Assert.Null(read.Frame);
            // Whoever asks the model all the same gets the same answer.
            using var prepared = model.Prepare(new MedicalImage(seen!, new byte[1 << 20]), DateTimeOffset.UnixEpoch);
            var outcome = Assert.IsType<Abstention>(await model.PredictAsync(prepared, DateTimeOffset.MaxValue, TestContext.Current.CancellationToken));
            Assert.Equal(read.Outcome.Reasons, outcome.Reasons);
            Assert.Equal(read.Outcome.Reasons.Count, read.Outcome.Reasons.Select(r => r.Text).Distinct().Count());
            return read.Outcome.Reasons.Select(r => r.Kind).Order();
        }
        finally
        {
            await orthanc.RemoveAsync(id);
        }
    }

    private static ImagingModel Open(out CountingRunner runner)
    {
        var (package, problems) = ModelPackage.Load(RepositoryRoot.Combine("models", "chest-xray-pneumonia", "1.0.0"));
        Assert.Empty(problems);
        return new ImagingModel(package!, runner = new CountingRunner(), NullLogger<ImagingModel>.Instance);
    }

    /// <summary>Counts what reaches it and runs nothing.</summary>
    private sealed class CountingRunner : IModelRunner
    {
        public int Runs { get; private set; }

        public ValueTask<RunResult> RunAsync(InputRows rows, DateTimeOffset deadline, CancellationToken cancellationToken)
        {
            rows.Dispose();
            Runs++;
            return new ValueTask<RunResult>(new RunResult(null, InferenceErrorKind.ModelUnavailable));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
