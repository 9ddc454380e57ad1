using System.Text.Json.Nodes;
using MedAI.Fhir.DicomWeb;
using MedAI.Models.Images;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Tests.DicomWeb;

public sealed class ImageAttributesReaderTests
{
    private static readonly AgeAtStudy Three = new(3, AgeSource.BirthDate, false);

    private static ImageAttributes Read(JsonObject image) => ImageAttributesReader.Read(new DicomAttributes(Images.Element(image)), Images.Element(Images.Patient()), Three);

    [Fact, Trait("promise", "M-291")]
    public void Every_attribute_of_the_pixels_is_read()
    {
        var image = FakePacs.Image()
            .Set("00280004", "CS", "MONOCHROME1").Set("00280008", "IS", "1").Set("00280103", "US", 1).Set("00280120", "SS", -2000).Set("00280121", "SS", -1900)
            .Set("00281052", "DS", -1024).Set("00281053", "DS", "0.5 ").Set("00281050", "DS", 40, "300").Set("00281051", "DS", "400.5", 1500).Set("00281056", "CS", "SIGMOID")
            .Set("20500020", "CS", "INVERSE").Set("00280301", "CS", "YES").Set("00282110", "CS", "01");
        var read = Read(image);
        Assert.Equal(new ImageAttributes
        {
            Modality = "CR",
            BodyPart = "CHEST",
            ViewPosition = "AP",
            PatientAgeYears = 3,
            PatientSex = Sex.Female,
            Rows = 4,
            Columns = 6,
            NumberOfFrames = 1,
            SamplesPerPixel = 1,
            PhotometricInterpretation = "MONOCHROME1",
            BitsAllocated = 16,
            BitsStored = 12,
            HighBit = 11,
            IsSigned = true,
            PixelPaddingValue = -2000,
            PixelPaddingRangeLimit = -1900,
            RescaleIntercept = -1024,
            RescaleSlope = 0.5,
            VoiLutFunction = "SIGMOID",
            PresentationLutShape = "INVERSE",
            BurnedInAnnotation = true,
            LossyCompression = true,
            Windows = read.Windows,
        }, read);
        Assert.Equal([new VoiWindow(40, 400.5), new VoiWindow(300, 1500)], read.Windows);
        Assert.Empty(PixelFormatRules.Check(read));
    }

    [Fact, Trait("promise", "M-291")]
    public void Absent_attributes_are_absent()
    {
        var read = Read(FakePacs.Image());
        Assert.Null(read.RescaleSlope);
        Assert.Null(read.ModalityLut);
        Assert.Null(read.VoiLut);
        Assert.Null(read.PixelPaddingValue);
        Assert.Null(read.NumberOfFrames);
        Assert.Empty(read.Windows);
        Assert.False(read.LossyCompression);
    }

    [Theory, Trait("promise", "M-291")]
    [InlineData("00281053", "DS", "many")]
    [InlineData("00281053", "DS", "0")]
    [InlineData("00281052", "DS", "1e999")]
    [InlineData("00281050", "DS", "40")]
    [InlineData("00281051", "DS", "x")]
    public void Transform_that_is_there_and_cannot_be_read_refuses_the_image(string tag, string vr, string value) =>
        Assert.Contains(AbstentionKind.UnreadableInput, PixelFormatRules.Check(Read(FakePacs.Image().Set(tag, vr, value))).Select(r => r.Kind));

    [Fact, Trait("promise", "M-291")]
    public void Tables_are_read_in_every_form_that_servers_write()
    {
        var table = Read(WithTable("00283010", [4, 10, 12], LutValues(1, 2, 3, 4095))).VoiLut!;
        Assert.Equal((10, 12), (table.FirstMapped, table.BitsPerEntry));
        Assert.Equal<ushort>([1, 2, 3, 4095], table.Entries.ToArray());
        string words = Convert.ToBase64String([1, 0, 2, 0, 3, 0, 0xFF, 0x0F]);
        Assert.Equal<ushort>([1, 2, 3, 4095], Read(WithTable("00283000", [4, 0, 16], LutBinary(words))).ModalityLut!.Entries.ToArray());
        string bytes = Convert.ToBase64String([1, 2, 3, 0]);
        Assert.Equal<ushort>([1, 2, 3], Read(WithTable("00283010", [3, 0, 8], LutBinary(bytes))).VoiLut!.Entries.ToArray());
        // An unsigned descriptor of a signed image holds the bits of a negative first value.
        Assert.Equal(-24, Read(WithTable("00283000", [1, 65_512, 16], LutValues(1)).Set("00280103", "US", 1)).ModalityLut!.FirstMapped);
        Assert.Equal(-24, Read(WithTable("00283000", [1, -24, 16], LutValues(1))).ModalityLut!.FirstMapped);
        // Rescaling can make unsigned pixels negative, and signed ones not.
        Assert.Equal(-24, Read(WithTable("00283010", [1, 65_512, 16], LutValues(1)).Set("00281052", "DS", -1024)).VoiLut!.FirstMapped);
        Assert.Equal(65_512, Read(WithTable("00283010", [1, 65_512, 16], LutValues(1))).VoiLut!.FirstMapped);
        Assert.Equal(65_512, Read(WithTable("00283010", [1, 65_512, 16], LutValues(1)).Set("00280103", "US", 1).Set("00281052", "DS", 32_768)).VoiLut!.FirstMapped);
        // 0 entries mean 65,536.
        string all = Convert.ToBase64String(new byte[131_072]);
        Assert.Equal(65_536, Read(WithTable("00283000", [0, 0, 16], LutBinary(all))).ModalityLut!.Entries.Length);
    }

    [Fact, Trait("promise", "M-291")]
    public void Table_that_cannot_be_read_refuses_the_image()
    {
        JsonObject[] broken =
        [
            WithTable("00283010", [4, 0], LutValues(1, 2, 3, 4)),
            WithTable("00283010", [4, 0, 12], LutValues(1, 2, 3)),
            WithTable("00283010", [4, 0, 32], LutValues(1, 2, 3, 4)),
            WithTable("00283010", [70_000, 0, 12], LutValues(1, 2, 3, 4)),
            WithTable("00283010", [4, 0, 12], LutValues(1, 2, 3, 70_000)),
            WithTable("00283010", [4, 0, 12], LutBinary("no Base64")),
            WithTable("00283010", [4, 0, 12], LutBinary(Convert.ToBase64String(new byte[5_000]))),
            WithTable("00283010", [4, 0, 12], new JsonObject { ["vr"] = "OW", ["BulkDataURI"] = "http://evil.test/lut" }),
        ];
        Assert.All(broken, image => Assert.Contains(AbstentionKind.UnreadableInput, PixelFormatRules.Check(Read(image)).Select(r => r.Kind)));
    }

    [Fact, Trait("promise", "M-292")]
    public void What_is_no_grey_picture_is_told_by_kind()
    {
        (JsonObject Image, AbstentionKind Kind)[] cases =
        [
            (FakePacs.Image().Without("00280010").Without("00280011").Without("00280100"), AbstentionKind.NoPixelData),
            (FakePacs.Image().Set("7FE00008", "OF", 0), AbstentionKind.FloatPixelData),
            (FakePacs.Image().Set("7FE00009", "OD", 0), AbstentionKind.FloatPixelData),
            (FakePacs.Image().Set("00280004", "CS", "PALETTE COLOR"), AbstentionKind.PaletteImage),
            (FakePacs.Image().Set("00280002", "US", 3).Set("00280004", "CS", "RGB"), AbstentionKind.ColourImage),
            (FakePacs.Image().Set("00280008", "IS", 10), AbstentionKind.MultiFrameImage),
            (FakePacs.Image().Set("00280100", "US", 1).Set("00280101", "US", 1).Set("00280102", "US", 0), AbstentionKind.OneBitImage),
        ];
        Assert.All(cases, c => Assert.Equal(c.Kind, PixelFormatRules.Check(Read(c.Image))[0].Kind));
    }

    private static JsonObject WithTable(string sequence, int[] descriptor, JsonObject data)
    {
        var item = new JsonObject { ["00283006"] = data };
        item.Set("00283002", "US", [.. descriptor.Select(d => (JsonNode)d)]);
        return FakePacs.Image().Set(sequence, "SQ", item);
    }

    private static JsonObject LutValues(params int[] values) => new() { ["vr"] = "US", ["Value"] = new JsonArray([.. values.Select(v => (JsonNode)v)]) };

    private static JsonObject LutBinary(string base64) => new() { ["vr"] = "OW", ["InlineBinary"] = base64 };
}
