using System.Buffers.Binary;
using System.Text;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Predictions;
using SkiaSharp;

namespace MedAI.Fhir.Tests.Writing.Imaging;

public sealed class HeatmapPictureTests
{
    private static readonly GreyPicture Grey = new(64, 48, Enumerable.Repeat((byte)100, 64 * 48).ToArray());

    private static ActivationMap? Map(int rows, int columns, params float[] cells)
    {
        var bytes = new byte[cells.Length * sizeof(float)];
        Buffer.BlockCopy(cells, 0, bytes, 0, bytes.Length);
        Prediction prediction = new StudyExample().Read().Read!.Prediction;
        return ActivationMap.Of(prediction with { Artefacts = [new Artefact(Artefact.ActivationMap, "application/octet-stream", bytes, [rows, columns])] });
    }

    private static List<string> Chunks(byte[] png)
    {
        List<string> chunks = [];
        for (int at = 8; at < png.Length; at += 12 + (int)BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at)))
            chunks.Add(Encoding.ASCII.GetString(png, at + 4, 4));
        return chunks;
    }

    [Fact, Trait("promise", "M-313")]
    public void Strong_place_is_coloured_and_a_place_without_evidence_stays_the_image()
    {
        using SKBitmap picture = SKBitmap.Decode(HeatmapPicture.Overlay(Grey, Map(2, 2, 5, -9, -9, 0)));
        Assert.Equal((48, 64), (picture.Width, picture.Height));
        SKColor strong = picture.GetPixel(2, 2), none = picture.GetPixel(45, 61), against = picture.GetPixel(45, 2);
        Assert.True(strong.Red > strong.Blue + 40 && strong.Green > 150);
        Assert.Equal(new SKColor(100, 100, 100), none);
        Assert.Equal(new SKColor(100, 100, 100), against);
    }

    [Fact, Trait("promise", "M-313")]
    public void Map_lies_over_the_image_the_right_way_round()
    {
        using SKBitmap picture = SKBitmap.Decode(HeatmapPicture.Overlay(Grey, Map(2, 3, 0, 0, 1, 0, 0, 0)));
        Assert.NotEqual(100, picture.GetPixel(42, 14).Red);
        Assert.Equal(100, picture.GetPixel(42, 60).Red);
        Assert.Equal(100, picture.GetPixel(4, 14).Red);
    }

    [Fact, Trait("promise", "M-313")]
    public void Strengths_meet_the_cells_at_their_centres_and_stay_between_0_and_1()
    {
        ActivationMap map = Map(3, 3, 0, 1, 0, 2, 4, 1, 0, 8, -5)!;
        var strengths = new float[9 * 9];
        map.Write(strengths, 9, 9);
        Assert.Equal(0.5f, strengths[4 * 9 + 4], 5);
        Assert.Equal(1f, strengths[7 * 9 + 4], 5);
        Assert.Equal(0.25f, strengths[4 * 9 + 1], 5);
        Assert.All(strengths, s => Assert.InRange(s, 0, 1));
    }

    [Fact, Trait("promise", "M-313")]
    public void Colours_grow_lighter_with_strength_on_every_grey()
    {
        foreach (byte grey in (byte[])[0, 60])
        {
            double[] lightness = [.. Enumerable.Range(6, 15).Select(i => HeatColours.Over(grey, i / 20.0)).Select(c => 0.2126 * c.R + 0.7152 * c.G + 0.0722 * c.B)];
            Assert.Equal(lightness.Order(), lightness);
        }
    }

    [Theory, Trait("promise", "M-313")]
    [InlineData(new float[] { -1, -2, 0, -4 })]
    [InlineData(new float[] { float.NaN, float.NegativeInfinity, 0, 0 })]
    public void Map_without_evidence_leaves_the_image_as_it_is(float[] cells)
    {
        ActivationMap map = Map(2, 2, cells)!;
        Assert.False(map.HasEvidence);
        using SKBitmap picture = SKBitmap.Decode(HeatmapPicture.Overlay(Grey, map));
        Assert.All(picture.Pixels, p => Assert.Equal(new SKColor(100, 100, 100), p));
    }

    [Fact, Trait("promise", "M-313")]
    public void Map_whose_shape_is_not_its_bytes_is_none() => Assert.Null(Map(3, 3, 1, 2, 3, 4));

    [Fact, Trait("promise", "M-314")]
    public void PNG_is_the_same_every_time_and_holds_pixels_and_nothing_else()
    {
        StudyExample example = new();
        GreyPicture picture = new(24, 20, StudyExample.Picture(24, 20));
        byte[] first = HeatmapPicture.Overlay(picture, ActivationMap.Of(example.Read().Read!.Prediction)), second = HeatmapPicture.Overlay(picture, ActivationMap.Of(example.Read().Read!.Prediction));
        Assert.Equal(first, second);
        Assert.Subset(new HashSet<string> { "IHDR", "sBIT", "IDAT", "IEND" }, Chunks(first).ToHashSet());
        Assert.Subset(new HashSet<string> { "IHDR", "sBIT", "IDAT", "IEND" }, Chunks(HeatmapPicture.Grey(picture)).ToHashSet());
    }

    [Fact, Trait("promise", "M-314")]
    public void Grey_picture_holds_the_greys_that_it_was_given()
    {
        byte[] pixels = StudyExample.Picture(24, 20);
        using SKBitmap picture = SKBitmap.Decode(HeatmapPicture.Grey(new GreyPicture(24, 20, pixels)));
        Assert.Equal(pixels, picture.Pixels.Select(p => p.Red));
    }
}
