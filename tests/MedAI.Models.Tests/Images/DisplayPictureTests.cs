using MedAI.Models.Images;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Models.Tests.Images;

public sealed class DisplayPictureTests
{
    private static readonly ManifestImaging Whole = TestImagingManifest.Create().Imaging!;

    private static byte[] Draw(MedicalImage image, ManifestImaging? imaging = null)
    {
        var picture = new DisplayPicture(imaging ?? Whole);
        (int rows, int columns) = picture.SizeOf(image.Attributes.Rows, image.Attributes.Columns);
        var pixels = new byte[rows * columns];
        picture.Write(image, pixels);
        return pixels;
    }

    private static ImageAttributes Row(int columns) => TestImages.Chest(1, columns) with { Windows = [new VoiWindow(127.5, 255)], VoiLutFunction = "LINEAR_EXACT" };

    [Theory, Trait("promise", "M-300")]
    [InlineData(2000, 2000, 512, 512)]
    [InlineData(2048, 1024, 512, 256)]
    [InlineData(1000, 3000, 171, 512)]
    [InlineData(300, 512, 300, 512)]
    [InlineData(28, 17, 28, 17)]
    [InlineData(1, 65535, 1, 512)]
    public void Picture_fits_keeps_its_proportions_and_is_never_enlarged(int rows, int columns, int expectedRows, int expectedColumns) =>
        Assert.Equal((expectedRows, expectedColumns), new DisplayPicture(Whole).SizeOf(rows, columns));

    [Fact, Trait("promise", "M-300")]
    public void Picture_shows_the_part_that_the_model_sees()
    {
        ManifestImaging square = Whole with { Crop = "centre-square" };
        Assert.Equal((512, 512), new DisplayPicture(square).SizeOf(1000, 3000));
        Assert.Equal([20], Draw(TestImages.Frame(Row(3), 10, 20, 30), square));
    }

    [Fact, Trait("promise", "M-300")]
    public void Grey_levels_of_an_image_of_8_bits_are_its_own() =>
        Assert.Equal([0, 1, 127, 128, 254, 255], Draw(TestImages.Frame(Row(6), 0, 1, 127, 128, 254, 255)));

    [Fact, Trait("promise", "M-300")]
    public void Bright_is_dense_whatever_the_photometric_interpretation() =>
        Assert.Equal([255, 235, 0], Draw(TestImages.Frame(Row(3) with { PhotometricInterpretation = "MONOCHROME1" }, 0, 20, 255)));

    [Fact, Trait("promise", "M-300")]
    public void Padding_is_black_and_slope_and_window_count() =>
        Assert.Equal([0, 128, 255], Draw(TestImages.Frame(Row(3) with { PixelPaddingValue = 255, RescaleSlope = 2, Windows = [new VoiWindow(40, 40)] }, 255, 20, 30)));

    [Fact, Trait("promise", "M-300")]
    public void Large_image_becomes_the_mean_of_its_areas()
    {
        var image = TestImages.Frame(TestImages.Chest(1024, 1024) with { Windows = [new VoiWindow(127.5, 255)], VoiLutFunction = "LINEAR_EXACT" },
            [.. Enumerable.Range(0, 1024 * 1024).Select(i => (i / 1024 + i) % 2 == 0 ? 100 : 200)]);
        byte[] pixels = Draw(image);
        Assert.Equal(512 * 512, pixels.Length);
        Assert.All(pixels, p => Assert.Equal(150, p));
    }

    [Fact, Trait("promise", "M-300")]
    public void Picture_allocates_nothing_large_once_the_pool_is_warm()
    {
        var image = TestImages.Frame(TestImages.Chest(700, 900), [.. Enumerable.Range(0, 700 * 900).Select(i => i % 256)]);
        var picture = new DisplayPicture(Whole);
        (int rows, int columns) = picture.SizeOf(700, 900);
        var pixels = new byte[rows * columns];
        for (int i = 0; i < 3; i++)
            picture.Write(image, pixels);
        long before = GC.GetAllocatedBytesForCurrentThread();
        picture.Write(image, pixels);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 85_000);
    }

    [Fact]
    public void Target_of_another_length_is_a_bug_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => new DisplayPicture(Whole).Write(TestImages.Frame(Row(3), 1, 2, 3), new byte[4]));
}
