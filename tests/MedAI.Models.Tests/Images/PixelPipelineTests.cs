using MedAI.Models.Images;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Models.Tests.Images;

public sealed class PixelPipelineTests
{
    private static readonly ManifestImaging s_imaging = TestImagingManifest.Create().Imaging!;

    /// <summary>Grey of every pixel, without resizing.</summary>
    private static float[] Grey(MedicalImage image, string fallback = "min-max")
    {
        Assert.Empty(PixelFormatRules.Check(image.Attributes));
        ManifestImaging same = s_imaging with
        {
            Intensity = new ManifestIntensity("dicom", fallback),
            Resize = new ManifestResize(image.Attributes.Rows, image.Attributes.Columns, "area"),
        };
        var target = new float[image.Attributes.Rows * image.Attributes.Columns];
        new PixelPipeline(same).Write(image, target);
        return [.. target.Select(v => MathF.Round(v, 6))];
    }

    private static ImageAttributes Row(int columns, int bits = 8) => TestImages.Chest(1, columns) with
    {
        BitsAllocated = bits > 8 ? 16 : 8,
        BitsStored = bits,
        HighBit = bits - 1,
        Windows = [],
    };

    [Fact, Trait("promise", "M-234")]
    public void Window_linear_has_its_half_value_and_one_value_less() =>
        // Centre 100, width 11: from 94.5 to 104.5, ten steps; without the standard's correction 100 would be 0.5.
        Assert.Equal([0, 0, 0.05f, 0.45f, 0.55f, 0.95f, 1, 1],
            Grey(TestImages.Frame(Row(8) with { Windows = [new(100, 11)] }, 0, 94, 95, 99, 100, 104, 105, 255)));

    [Fact, Trait("promise", "M-234")]
    public void Window_linear_exact_has_neither() =>
        Assert.Equal([0, 0, 0.4f, 0.5f, 1, 1], Grey(TestImages.Frame(Row(6) with { Windows = [new(100, 10)], VoiLutFunction = "LINEAR_EXACT" }, 0, 95, 99, 100, 105, 106)));

    [Fact, Trait("promise", "M-234")]
    public void Window_sigmoid_is_the_standards_curve() =>
        Assert.Equal([0.119203f, 0.5f, 0.880797f], Grey(TestImages.Frame(Row(3) with { Windows = [new(100, 40)], VoiLutFunction = "SIGMOID" }, 80, 100, 120)));

    [Fact, Trait("promise", "M-234")]
    public void Window_of_width_one_is_a_step_and_the_first_of_several_applies() =>
        Assert.Equal([0, 1], Grey(TestImages.Frame(Row(2) with { Windows = [new(100, 1), new(10, 400)] }, 99, 100)));

    [Theory, Trait("promise", "M-234")]
    [InlineData("MONOCHROME1", null)]
    [InlineData("MONOCHROME1", "INVERSE")]
    [InlineData("MONOCHROME2", "INVERSE")]
    public void Inversion_is_done_once_however_often_it_is_said(string photometric, string? shape) =>
        Assert.Equal([1, 0.75f, 0], Grey(TestImages.Frame(Row(3) with { PhotometricInterpretation = photometric, PresentationLutShape = shape }, 10, 20, 50)));

    [Fact, Trait("promise", "M-234")]
    public void Inversion_comes_after_the_window() =>
        // Inverted before the window, 200 would lie below it and be 0.
        Assert.Equal([1, 0, 0], Grey(TestImages.Frame(Row(3) with { PhotometricInterpretation = "MONOCHROME1", Windows = [new(50, 20)] }, 10, 70, 200)));

    [Fact, Trait("promise", "M-234")]
    public void Signed_samples_are_extended_from_their_stored_bits()
    {
        // 12 bits, two's complement, in the low bits of 16; what stands above the high bit is not the image's.
        ImageAttributes signed = Row(4, 12) with { IsSigned = true };
        Assert.Equal([0, 0.5f, 1, 1], Grey(TestImages.Frame(signed, 0xF800, 0, 0xF7FF, 0x07FF)).Select(v => MathF.Round(v, 3)));
    }

    [Fact, Trait("promise", "M-234")]
    public void Samples_above_the_low_bits_are_shifted_down() =>
        Assert.Equal([0, 0.25f, 1], Grey(TestImages.Frame(Row(3, 12) with { HighBit = 15, Windows = [new(2048.5, 4097)] }, 0x000F, 0x4000, 0xFFFF)).Select(v => MathF.Round(v, 3)));

    [Fact, Trait("promise", "M-234")]
    public void Slope_below_one_and_negative_intercept_are_numbers_not_integers() =>
        Assert.Equal([0, 0.25f, 1], Grey(TestImages.Frame(Row(3) with { RescaleSlope = 0.25, RescaleIntercept = -10.5, Windows = [new(-5.5, 8)], VoiLutFunction = "LINEAR_EXACT" }, 0, 12, 60)));

    [Fact, Trait("promise", "M-234")]
    public void Modality_table_replaces_slope_and_its_ends_are_held() =>
        Assert.Equal([0, 0, 0.5f, 1, 1], Grey(TestImages.Frame(Row(5) with { ModalityLut = new LookupTable(10, 16, new ushort[] { 100, 300, 500 }), RescaleSlope = 9 }, 0, 10, 11, 12, 250)));

    [Fact, Trait("promise", "M-234")]
    public void Voi_table_goes_before_the_window_and_spans_its_bits() =>
        Assert.Equal([0.2f, 0.6f, 1], Grey(TestImages.Frame(Row(3) with { VoiLut = new LookupTable(100, 8, new ushort[] { 51, 153, 255 }), Windows = [new(1, 2)] }, 100, 101, 102)));

    [Fact, Trait("promise", "M-234")]
    public void Padding_is_black_and_does_not_stretch_the_range() =>
        Assert.Equal([0, 0, 0, 0.5f, 1], Grey(TestImages.Frame(Row(5, 16) with { PixelPaddingValue = 63536, PixelPaddingRangeLimit = 65535 }, 63536, 65535, 1000, 1500, 2000)));

    [Fact, Trait("promise", "M-234")]
    public void Padding_of_an_inverted_image_is_black_too() =>
        Assert.Equal([0, 1, 0], Grey(TestImages.Frame(Row(3) with { PhotometricInterpretation = "MONOCHROME1", PixelPaddingValue = 0 }, 0, 50, 100)));

    [Fact, Trait("promise", "M-234")]
    public void Padding_written_with_the_other_sign_is_the_same_bits() =>
        Assert.Equal([0, 0, 1], Grey(TestImages.Frame(Row(3, 16) with { IsSigned = true, PixelPaddingValue = 63536 }, 63536, 5, 9)));

    [Fact, Trait("promise", "M-234")]
    public void Full_range_is_what_the_bits_can_hold() =>
        Assert.Equal([0, 0.4f, 0.8f], Grey(TestImages.Frame(Row(3), 0, 102, 204), "full-range"));

    [Theory, Trait("promise", "M-234")]
    [InlineData(null)]
    [InlineData(7)]
    public void Image_of_one_value_or_of_padding_only_is_black(int? padding) =>
        Assert.Equal([0, 0], Grey(TestImages.Frame(Row(2) with { PixelPaddingValue = padding }, 7, 7)));

    [Fact, Trait("promise", "M-234")]
    public void Centre_square_leaves_out_the_same_on_both_sides()
    {
        var pipeline = new PixelPipeline(s_imaging with { Crop = "centre-square", Resize = new ManifestResize(1, 1, "area") });
        var target = new float[1];
        pipeline.Write(TestImages.Frame(TestImages.Chest(2, 4) with { Windows = [new(128, 256)], VoiLutFunction = "LINEAR_EXACT" }, 0, 32, 64, 255, 0, 64, 96, 255), target);
        Assert.Equal(0.25f, target[0], 1e-6);
        Assert.Equal((1, 0, 5, 5), PixelPipeline.Crop("centre-square", 8, 5));
        Assert.Equal((0, 0, 8, 5), PixelPipeline.Crop("none", 8, 5));
    }

    [Fact, Trait("promise", "M-235")]
    public void Any_image_gives_what_the_slow_way_gives()
    {
        var random = new Random(235);
        for (int trial = 0; trial < 600; trial++)
        {
            MedicalImage image = Random(random);
            string fallback = random.Next(2) == 0 ? "min-max" : "full-range", crop = random.Next(2) == 0 ? "none" : "centre-square";
            int rows = random.Next(1, 12), columns = random.Next(1, 12);
            Assert.Empty(PixelFormatRules.Check(image.Attributes));
            var target = new float[rows * columns];
            target.AsSpan().Fill(float.NaN);
            new PixelPipeline(s_imaging with
            {
                Intensity = new ManifestIntensity("dicom", fallback),
                Crop = crop,
                Resize = new ManifestResize(rows, columns, "area"),
            }).Write(image, target);
            double[] slow = SlowPixels.Input(image, fallback, crop, rows, columns);
            for (int i = 0; i < target.Length; i++)
            {
                Assert.InRange(target[i], 0f, 1f);
                Assert.True(Math.Abs(slow[i] - target[i]) <= 2e-6, $"trial {trial}, pixel {i}: {target[i]}, slowly {slow[i]}; {image.Attributes}");
            }
        }
    }

    [Fact, Trait("promise", "M-236")]
    public void Nothing_large_is_allocated_once_warm()
    {
        ImageAttributes large = TestImages.Chest(2000, 1800) with { BitsAllocated = 16, BitsStored = 16, HighBit = 15, Windows = [] };
        var frame = new byte[large.FrameBytes];
        new Random(3).NextBytes(frame);
        var image = new MedicalImage(large, frame);
        var pipeline = new PixelPipeline(s_imaging with { Resize = new ManifestResize(224, 224, "area") });
        var target = new float[pipeline.Length];
        pipeline.Write(image, target);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 3; i++)
            pipeline.Write(image, target);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Fact, Trait("promise", "M-236")]
    public void Frame_that_is_shorter_than_said_is_never_read()
    {
        MedicalImage image = TestImages.Frame(TestImages.Chest(8, 8), new int[63]);
        Assert.NotNull(PixelFormatRules.CheckFrame(image.Attributes, 63));
        Assert.Throws<ArgumentException>(() => new PixelPipeline(s_imaging).Write(image, new float[64]));
    }

    private static MedicalImage Random(Random random)
    {
        int bits = random.Next(8, 17), allocated = bits > 8 || random.Next(3) == 0 ? 16 : 8;
        bool signed = random.Next(2) == 0;
        int low = signed ? -(1 << (bits - 1)) : 0;
        var a = new ImageAttributes
        {
            Rows = random.Next(1, 25),
            Columns = random.Next(1, 25),
            PhotometricInterpretation = random.Next(2) == 0 ? "MONOCHROME1" : "MONOCHROME2",
            PresentationLutShape = random.Next(4) switch { 0 => "INVERSE", 1 => "IDENTITY", _ => null },
            BitsAllocated = allocated,
            BitsStored = bits,
            HighBit = random.Next(2) == 0 ? null : random.Next(bits - 1, allocated),
            IsSigned = signed,
            PixelPaddingValue = random.Next(3) == 0 ? low + random.Next(1 << bits) : null,
            RescaleSlope = random.Next(3) == 0 ? null : random.NextDouble() * 4 - 2,
            RescaleIntercept = random.Next(3) == 0 ? null : random.Next(-2000, 2000) + random.NextDouble(),
            VoiLutFunction = random.Next(4) switch { 0 => "LINEAR", 1 => "LINEAR_EXACT", 2 => "SIGMOID", _ => null },
        };
        a = a with
        {
            PixelPaddingRangeLimit = a.PixelPaddingValue is not null && random.Next(2) == 0 ? low + random.Next(1 << bits) : null,
            ModalityLut = random.Next(4) == 0 ? Table(random, low) : null,
            VoiLut = random.Next(4) == 0 ? Table(random, random.Next(-500, 500)) : null,
            Windows = random.Next(3) == 0 ? [] : [new VoiWindow(random.Next(-3000, 3000) + random.NextDouble(), 1 + random.Next(4000) * random.NextDouble())],
        };
        return TestImages.Frame(a, [.. Enumerable.Range(0, a.Rows * a.Columns).Select(_ => random.Next(1 << 16))]);
    }

    private static LookupTable Table(Random random, int first)
    {
        int bits = random.Next(8, 17);
        return new LookupTable(first, bits, Enumerable.Range(0, random.Next(1, 600)).Select(_ => (ushort)random.Next(1 << bits)).ToArray());
    }
}
