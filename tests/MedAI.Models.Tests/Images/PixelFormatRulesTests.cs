using MedAI.Models.Images;
using MedAI.Models.Predictions;

namespace MedAI.Models.Tests.Images;

public sealed class PixelFormatRulesTests
{
    private static readonly ImageAttributes s_good = TestImages.Chest();

    private static AbstentionKind[] Kinds(ImageAttributes image) => [.. PixelFormatRules.Check(image).Select(r => r.Kind)];

    public static TheoryData<string, AbstentionKind[]> Refusals() => new()
    {
        { "good", [] },
        { "colour", [AbstentionKind.ColourImage] },
        { "ybr", [AbstentionKind.ColourImage] },
        { "three samples of grey", [AbstentionKind.ColourImage] },
        { "palette", [AbstentionKind.PaletteImage] },
        { "no photometric", [AbstentionKind.UnsupportedPixelFormat] },
        { "frames", [AbstentionKind.MultiFrameImage] },
        { "no frame", [AbstentionKind.UnreadableInput] },
        { "encapsulated", [AbstentionKind.CompressedPixelData] },
        { "float", [AbstentionKind.FloatPixelData] },
        { "report", [AbstentionKind.NoPixelData] },
        { "segmentation", [AbstentionKind.MultiFrameImage, AbstentionKind.OneBitImage] },
        { "32 bits", [AbstentionKind.UnsupportedPixelFormat] },
        { "12 bits packed", [AbstentionKind.UnsupportedPixelFormat] },
        { "5 bits", [AbstentionKind.UnsupportedPixelFormat] },
        { "more stored than allocated", [AbstentionKind.UnreadableInput] },
        { "high bit too low", [AbstentionKind.UnreadableInput] },
        { "high bit too high", [AbstentionKind.UnreadableInput] },
        { "no rows", [AbstentionKind.UnreadableInput] },
        { "negative columns", [AbstentionKind.UnreadableInput] },
        { "70,000 rows", [AbstentionKind.UnreadableInput] },
        { "8 GB", [AbstentionKind.ImageTooLarge] },
        { "slope 0", [AbstentionKind.UnreadableInput] },
        { "slope no number", [AbstentionKind.UnreadableInput] },
        { "empty table", [AbstentionKind.UnreadableInput] },
        { "table of 32 bits", [AbstentionKind.UnreadableInput] },
        { "window of width 0", [AbstentionKind.UnreadableInput] },
        { "window no number", [AbstentionKind.UnreadableInput] },
        { "window of unknown function", [AbstentionKind.UnreadableInput] },
        { "unknown shape", [AbstentionKind.UnsupportedPixelFormat] },
    };

    private static ImageAttributes Case(string name) => name switch
    {
        "good" => s_good,
        "colour" => s_good with { SamplesPerPixel = 3, PhotometricInterpretation = "RGB", PlanarConfiguration = 0 },
        "ybr" => s_good with { SamplesPerPixel = 3, PhotometricInterpretation = "YBR_FULL_422" },
        "three samples of grey" => s_good with { SamplesPerPixel = 3 },
        "palette" => s_good with { PhotometricInterpretation = "PALETTE COLOR" },
        "no photometric" => s_good with { PhotometricInterpretation = null },
        "frames" => s_good with { NumberOfFrames = 2 },
        "no frame" => s_good with { NumberOfFrames = 0 },
        "encapsulated" => s_good with { PixelEncoding = PixelEncoding.Encapsulated },
        "float" => s_good with { PixelEncoding = PixelEncoding.Float, BitsAllocated = 32, BitsStored = 0, HighBit = null },
        "report" => new ImageAttributes { Modality = "SR", PixelEncoding = PixelEncoding.None },
        "segmentation" => s_good with { BitsAllocated = 1, BitsStored = 1, HighBit = 0, NumberOfFrames = 20 },
        "32 bits" => s_good with { BitsAllocated = 32, BitsStored = 32, HighBit = 31 },
        "12 bits packed" => s_good with { BitsAllocated = 12, BitsStored = 12, HighBit = 11 },
        "5 bits" => s_good with { BitsStored = 5, HighBit = 4 },
        "more stored than allocated" => s_good with { BitsStored = 12, HighBit = 11 },
        "high bit too low" => s_good with { BitsAllocated = 16, BitsStored = 12, HighBit = 10 },
        "high bit too high" => s_good with { BitsAllocated = 16, BitsStored = 12, HighBit = 16 },
        "no rows" => s_good with { Rows = 0 },
        "negative columns" => s_good with { Columns = -5 },
        "70,000 rows" => s_good with { Rows = 70_000 },
        "8 GB" => s_good with { Rows = 65_535, Columns = 65_535, BitsAllocated = 16, BitsStored = 16, HighBit = 15 },
        "slope 0" => s_good with { RescaleSlope = 0 },
        "slope no number" => s_good with { RescaleSlope = double.NaN },
        "empty table" => s_good with { ModalityLut = new LookupTable(0, 12, ReadOnlyMemory<ushort>.Empty) },
        "table of 32 bits" => s_good with { VoiLut = new LookupTable(0, 32, new ushort[4]) },
        "window of width 0" => s_good with { Windows = [new(100, 0)] },
        "window no number" => s_good with { Windows = [new(double.NaN, 100)] },
        "window of unknown function" => s_good with { VoiLutFunction = "LOG" },
        "unknown shape" => s_good with { PresentationLutShape = "CURVED" },
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    [Theory, Trait("promise", "M-237")]
    [MemberData(nameof(Refusals))]
    public void Pixels_that_would_have_to_be_guessed_are_refused_each_for_its_own_reason(string name, AbstentionKind[] expected) =>
        Assert.Equal(expected, Kinds(Case(name)));

    [Theory, Trait("promise", "M-237")]
    [InlineData(3, 5, 8, 15, true)]
    [InlineData(3, 5, 8, 16, true)]
    [InlineData(3, 5, 8, 17, false)]
    [InlineData(3, 5, 8, 14, false)]
    [InlineData(4, 4, 8, 17, false)]
    [InlineData(3, 5, 16, 30, true)]
    [InlineData(3, 5, 16, 31, false)]
    [InlineData(65535, 65535, 16, int.MaxValue, false)]
    public void Frame_must_have_the_bytes_that_it_says_and_only_an_odd_one_a_byte_more(int rows, int columns, int bits, long bytes, bool fits) =>
        Assert.Equal(fits, PixelFormatRules.CheckFrame(s_good with { Rows = rows, Columns = columns, BitsAllocated = bits, BitsStored = bits, HighBit = bits - 1 }, bytes) is null);
}
