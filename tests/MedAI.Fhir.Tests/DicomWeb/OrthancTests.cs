using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.DicomWeb;
using MedAI.Models.Images;
using MedAI.Models.Predictions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>Against a real PACS: what it sends is what was stored, and what is no grey picture is refused with its reason.</summary>
public sealed class OrthancTests(OrthancPacs orthanc) : IClassFixture<OrthancPacs>
{
    /// <summary>Files of the public test data, and why each is not read; null for those that are.</summary>
    public static TheoryData<string, string?> PublicFiles => new()
    {
        { "CR-MONO1-10-chest_uncomp.dcm", null },
        { "CT_JPEGLosslessSV1.dcm", null },
        { "CT_small.dcm", null },
        { "DX_thorax_mono1_highdicom.dcm", null },
        { "MR_small_RLE.dcm", null },
        { "MR_small_bigendian.dcm", null },
        { "MR_small_jls.dcm", null },
        { "NM_JPEG-ext12.dcm", null },
        { "OT_deflated.dcm", null },
        { "PT_rescale_float.dcm", null },
        { "vlut_04.dcm", null },
        { "MR_enhanced_10fr.dcm", nameof(AbstentionKind.MultiFrameImage) },
        { "SEG_liver_1frame.dcm", nameof(AbstentionKind.OneBitImage) },
        { "US_palette_2frame.dcm", nameof(AbstentionKind.PaletteImage) },
        { "US_rgb_planar1.dcm", nameof(AbstentionKind.ColourImage) },
        { "test-SR.dcm", nameof(AbstentionKind.NoPixelData) },
        // Without a decoder for JPEG 2000 the server says that it failed.
        { "RG3_J2KR_CR_extremity_mono1.dcm", nameof(OutboundErrorKind.ServerFailed) },
    };

    [Theory, Trait("promise", "M-285"), Trait("promise", "M-292")]
    [MemberData(nameof(PublicFiles))]
    public async Task Public_file_is_read_as_DCMTK_decodes_it_or_refused_for_its_own_reason(string name, string? refusal)
    {
        OrthancPacs.Need();
        Assert.SkipWhen(RepositoryRoot.Data is null, "The public test data are not there (MEDAI_DATA).");
        string folder = Directory.CreateDirectory(Path.Combine(orthanc.Folder, Path.GetFileNameWithoutExtension(name))).FullName;
        string file = Films.CopyPublic(folder, name);
        string id = await orthanc.StoreAsync(file);
        try
        {
            await using var images = Films.From(orthanc.Base);
            var read = await Films.ReadFileAsync(images, file);
            if (refusal is null)
            {
                var (pixels, _) = Dcmtk.Decode(folder, file);
                Assert.True(read.One.Frame is not null, $"{read.Why} {read.One.Outcome.Error?.Cause} {string.Join(' ', read.One.Outcome.Reasons.Select(r => r.Kind))}");
                // DICOM pads the last frame to an even length.
                Assert.Equal(pixels[..read.One.Frame!.Length], read.One.Frame);
                Assert.InRange(pixels.Length - read.One.Frame.Length, 0, 1);
            }
            else
            {
                Assert.Null(read.One.Frame);
                Assert.Contains(refusal, read.One.Outcome.Reasons.Select(r => r.Kind.ToString()).Append(read.One.Outcome.Error?.Cause?.Kind.ToString()));
            }
        }
        finally
        {
            await orthanc.RemoveAsync(id);
        }
    }

    [Theory, Trait("promise", "M-285")]
    [InlineData("plain", "dcmconv", "+te")]
    [InlineData("implicit", "dcmconv", "+ti")]
    [InlineData("bigendian", "dcmconv", "+tb")]
    [InlineData("deflated", "dcmconv", "+td")]
    [InlineData("rle", "dcmcrle", "")]
    [InlineData("jpeg-lossless", "dcmcjpeg", "+e1")]
    [InlineData("jpeg-ls", "dcmcjpls", "+el")]
    public async Task Frame_is_the_one_that_was_made_whatever_it_was_stored_as(string name, string tool, string option)
    {
        OrthancPacs.Need();
        byte[] pixels = Films.Pixels16(0xFFF);
        string plain = Dcmtk.Write(orthanc.Folder, name, Films.Describe(name, "MONOCHROME2", 16, 12), pixels);
        string file = Path.Combine(orthanc.Folder, name + "-stored.dcm");
        Dcmtk.Run(tool, option.Length == 0 ? [plain, file] : [option, plain, file]);
        await orthanc.StoreAsync(file);
        await using var images = Films.From(orthanc.Base);
        var read = await Films.ReadFileAsync(images, plain);
        Assert.Equal(pixels, read.One.Frame);
        Assert.Equal((Films.Rows, Films.Columns, 12), (read.One.Attributes!.Rows, read.One.Attributes.Columns, read.One.Attributes.BitsStored));
    }

    [Fact, Trait("promise", "M-285"), Trait("promise", "M-291")]
    public async Task Every_attribute_survives_the_way_through_the_PACS()
    {
        OrthancPacs.Need();
        byte[] pixels = Films.Pixels16(0xFFFF);
        string file = Dcmtk.Write(orthanc.Folder, "attributes",
        [
            .. Films.Describe("attributes", "MONOCHROME1", 16, 16, signed: true), "(0028,0120) SS -2000", "(0028,0121) SS -1990", "(0028,0301) CS [YES]", "(0028,1050) DS [40.5\\100]", "(0028,1051) DS [400\\1000]",
            "(0028,1052) DS [-10.25]", "(0028,1053) DS [0.0625]", "(0028,1056) CS [SIGMOID]", "(0028,2110) CS [01]", "(2050,0020) CS [INVERSE]",
            "(0028,3010) SQ", "(fffe,e000) na", "(0028,3002) US 4\\10\\12", "(0028,3006) US 1\\2\\3\\4095", "(fffe,e00d) na", "(fffe,e0dd) na",
        ], pixels);
        await orthanc.StoreAsync(file);
        await using var images = Films.From(orthanc.Base);
        var read = await Films.ReadFileAsync(images, file);
        Assert.Equal(pixels, read.One.Frame);
        var attributes = read.One.Attributes!;
        Assert.Equal(("DX", "CHEST", "PA", 3), (attributes.Modality, attributes.BodyPart, attributes.ViewPosition, attributes.PatientAgeYears));
        Assert.Equal((true, -2000, -1990, -10.25, 0.0625), (attributes.IsSigned, attributes.PixelPaddingValue, attributes.PixelPaddingRangeLimit, attributes.RescaleIntercept, attributes.RescaleSlope));
        Assert.Equal(("MONOCHROME1", "SIGMOID", "INVERSE", true, true), (attributes.PhotometricInterpretation, attributes.VoiLutFunction, attributes.PresentationLutShape, attributes.BurnedInAnnotation, attributes.LossyCompression));
        Assert.Equal([new VoiWindow(40.5, 400), new VoiWindow(100, 1000)], attributes.Windows);
        Assert.Equal((10, 12), (attributes.VoiLut!.FirstMapped, attributes.VoiLut.BitsPerEntry));
        Assert.Equal<ushort>([1, 2, 3, 4095], attributes.VoiLut.Entries.ToArray());
        Assert.Equal(AgeSource.BirthDate, read.One.Outcome.Image!.Age.Source);
    }

    [Fact, Trait("promise", "M-285")]
    public async Task Odd_frame_of_bytes_loses_its_pad()
    {
        OrthancPacs.Need();
        byte[] pixels = [.. Enumerable.Range(0, Films.Rows * Films.Columns).Select(i => (byte)(i * 7))];
        Assert.Equal(1, pixels.Length & 1);
        string file = Dcmtk.Write(orthanc.Folder, "odd", Films.Describe("odd", "MONOCHROME2", 8, 8), [.. pixels, 0]);
        await orthanc.StoreAsync(file);
        await using var images = Films.From(orthanc.Base);
        Assert.Equal(pixels, (await Films.ReadFileAsync(images, file)).One.Frame);
    }

    [Fact, Trait("promise", "M-285")]
    public async Task Film_that_was_a_JPEG_is_read_as_its_decoder_sees_it()
    {
        OrthancPacs.Need();
        byte[] pixels = [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(128 + (100 * Math.Sin(i % 64 / 9.0) * Math.Cos(i / 64 / 7.0))))];
        string original = Dcmtk.Write(orthanc.Folder, "film", [.. Films.Describe("film", "MONOCHROME2", 8, 8).Where(a => !a.StartsWith("(0028,001", StringComparison.Ordinal)), "(0028,0010) US 64", "(0028,0011) US 64"], pixels);
        string jpeg = Path.Combine(orthanc.Folder, "film.jpg");
        Dcmtk.Run("dcmj2pnm", "+oj", original, jpeg);
        string file = Dcmtk.FromJpeg(jpeg, Path.Combine(orthanc.Folder, "film-jpeg.dcm"), "Modality=CR", "BodyPartExamined=CHEST", "ViewPosition=AP", "PatientAge=003Y", "PatientID=TEST-1", "StudyDate=20200615");
        await orthanc.StoreAsync(file);
        await using var images = Films.From(orthanc.Base);
        var read = await Films.ReadFileAsync(images, file);
        Assert.Equal(Dcmtk.Decode(orthanc.Folder, file).Pixels, read.One.Frame);
        Assert.InRange(read.One.Frame!.Zip(pixels, (a, b) => Math.Abs(a - b)).Max(), 0, 12);
        Assert.Equal(("CR", "CHEST", "AP", 3), (read.One.Attributes!.Modality, read.One.Attributes.BodyPart, read.One.Attributes.ViewPosition, read.One.Attributes.PatientAgeYears));
    }

    [Fact, Trait("promise", "M-292")]
    public async Task Colour_frames_and_bits_are_refused_without_fetching_them()
    {
        OrthancPacs.Need();
        byte[] pixels = Films.Pixels16(0xFFF);
        (string Name, string[] Attributes, byte[]? Pixels, AbstentionKind Kind)[] cases =
        [
            ("rgb", [.. Films.Describe("rgb", "RGB", 8, 8, samples: 3), "(0028,0006) US 0"], new byte[(Films.Rows * Films.Columns * 3) + 1], AbstentionKind.ColourImage),
            ("frames", [.. Films.Describe("frames", "MONOCHROME2", 16, 12), "(0028,0008) IS [2]"], [.. pixels, .. pixels], AbstentionKind.MultiFrameImage),
            ("report", [.. Films.Describe("report", "MONOCHROME2", 16, 12).Where(a => !a.StartsWith("(0028,", StringComparison.Ordinal))], null, AbstentionKind.NoPixelData),
        ];
        foreach (var (name, attributes, frame, kind) in cases)
        {
            string file = Dcmtk.Write(orthanc.Folder, name, attributes, frame);
            await orthanc.StoreAsync(file);
            await using var images = Films.From(orthanc.Base);
            var read = await Films.ReadFileAsync(images, file);
            Assert.Equal((name, kind), (name, read.One.Outcome.Reasons is [var reason, ..] ? reason.Kind : (AbstentionKind?)null));
        }
    }

    [Theory, Trait("promise", "M-284")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Study_without_a_list_of_images_is_asked_for(bool seriesListed)
    {
        OrthancPacs.Need();
        string study = seriesListed ? "1.2.826.0.1.3680043.10.1.91" : "1.2.826.0.1.3680043.10.1.92";
        byte[] pixels = Films.Pixels16(0xFFF);
        for (int i = 1; i <= 3; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"list-{seriesListed}-{i}");
            await orthanc.StoreAsync(Dcmtk.Write(orthanc.Folder, name, Films.Describe(name, "MONOCHROME2", 16, 12, study: study, series: study + ".1"), pixels));
        }
        await using var images = Films.From(orthanc.Base);
        var resource = Images.Study();
        resource["identifier"]![0]!["value"] = "urn:oid:" + study;
        resource["series"]![0]!["uid"] = study + ".1";
        resource["series"]![0]!["modality"]!["code"] = "DX";
        if (!seriesListed)
            resource.Remove("series");
        var read = await images.ReadAsync(resource, Films.Patient("TEST-1"), modalities: ["DX"]);
        Assert.Equal(3, read.Images.Count);
        Assert.All(read.Images, i => Assert.Equal(pixels, i.Frame));
        Assert.Equal(3, read.Images.Select(i => i.Outcome.Instance.Sop).Distinct().Count());
    }

    [Fact, Trait("promise", "S-50")]
    public async Task Image_of_another_patient_is_refused()
    {
        OrthancPacs.Need();
        string file = Dcmtk.Write(orthanc.Folder, "foreign", Films.Describe("foreign", "MONOCHROME2", 16, 12), Films.Pixels16(0xFFF));
        await orthanc.StoreAsync(file);
        await using var images = Films.From(orthanc.Base);
        Assert.Equal(DicomWebErrorKind.PatientMismatch, (await Films.ReadFileAsync(images, file, "TEST-2")).One.Outcome.Error?.Kind);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Image_that_the_PACS_does_not_have_is_not_found()
    {
        OrthancPacs.Need();
        await using var images = Films.From(orthanc.Base);
        var study = Images.Study("1.2.3.4.5");
        var error = (await images.ReadAsync(study, Films.Patient("TEST-1"))).One.Outcome.Error;
        Assert.Equal((DicomWebErrorKind.SourceFailed, OutboundErrorKind.NotFound), (error?.Kind, error?.Cause?.Kind));
    }

    [Fact, Trait("promise", "S-27")]
    public async Task PACS_that_dies_in_mid_study_gives_what_it_gave_and_a_reason_for_the_rest()
    {
        OrthancPacs.Need();
        var dying = new OrthancPacs();
        await using var _ = dying;
        await dying.InitializeAsync();
        string[] names = [.. Enumerable.Range(1, 6).Select(i => $"dying-{i}")];
        byte[] pixels = Films.Pixels16(0xFFF);
        foreach (string name in names)
        {
            string file = Dcmtk.Write(dying.Folder, name, Films.Describe(name, "MONOCHROME2", 16, 12, study: "1.2.826.0.1.3680043.10.1.93", series: "1.2.826.0.1.3680043.10.1.93.1"), pixels);
            await dying.StoreAsync(file);
            await orthanc.StoreAsync(file);
        }
        await using var images = Films.From(dying.Base, orthanc.Base);
        var resource = Images.Study([.. names.Select(Films.Sop)]);
        resource["identifier"]![0]!["value"] = "urn:oid:1.2.826.0.1.3680043.10.1.93";
        resource["series"]![0]!["uid"] = "1.2.826.0.1.3680043.10.1.93.1";
        int examined = 0;
        var watch = Stopwatch.StartNew();
        var read = await images.ReadAsync(resource, Films.Patient("TEST-1"), milliseconds: 8_000, examine: _ =>
        {
            if (Interlocked.Increment(ref examined) == 3)
                dying.Kill();
            return [];
        });
        Assert.InRange(watch.ElapsedMilliseconds, 0, 9_000);
        Assert.Equal(6, read.Images.Count);
        var failed = read.Images.Where(i => i.Frame is null).ToArray();
        Assert.InRange(failed.Length, 1, 6);
        Assert.All(failed, i => Assert.Equal(DicomWebErrorKind.SourceFailed, i.Outcome.Error?.Kind));
        Assert.All(failed, i => Assert.Contains(i.Outcome.Error!.Cause!.Kind, (OutboundErrorKind[])[OutboundErrorKind.Unreachable, OutboundErrorKind.ConnectionLost, OutboundErrorKind.CircuitOpen]));
        Assert.All(read.Images.Except(failed), i => Assert.Equal(pixels, i.Frame));
        // The next study, from a PACS that lives, is read whole.
        resource["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "Endpoint/e1" });
        var next = await images.ReadAsync(resource, Films.Patient("TEST-1"), endpoints: [Images.Endpoint(orthanc.Base)]);
        Assert.All(next.Images, i => Assert.Equal(pixels, i.Frame));
    }
}
