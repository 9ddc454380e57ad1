using MedAI.Training.Chest;
using MedAI.Training.Evaluation.Chest;

namespace MedAI.Training.Tests.Chest;

public sealed class ChestDecisionTests
{
    [Fact]
    public void Threshold_lies_in_the_middle_of_the_gap_with_the_best_sum()
    {
        Assert.Equal(0.225, OperatingPoint.Balanced([0.1, 0.2, 0.25, 0.8], [false, false, true, true]), 1e-12);
        // One sick film far below: the gap above the highest normal film is best, from 0.3 to 0.7.
        Assert.Equal(0.5, OperatingPoint.Balanced([0.05, 0.2, 0.3, 0.7, 0.8], [true, false, false, true, true]), 1e-12);
    }

    [Fact]
    public void Temperature_undoes_logits_that_are_too_bold()
    {
        var random = new Random(3);
        var honest = Enumerable.Range(0, 20_000).Select(_ => (random.NextDouble() - 0.5) * 6).ToArray();
        var truth = honest.Select(l => random.NextDouble() < 1 / (1 + Math.Exp(-l))).ToArray();

        Assert.Equal(0.5, TemperatureScaling.Slope([.. honest.Select(l => 2 * l)], truth), 0.03);
        Assert.Equal(4, TemperatureScaling.Slope([.. honest.Select(l => l / 4)], truth), 0.25);
    }

    [Fact]
    public void Stranger_lies_further_away_than_what_was_fitted_in_the_direction_that_varies_little()
    {
        var random = new Random(4);
        float[] Row(double scale) => [(float)(random.NextDouble() * 10), (float)((random.NextDouble() - 0.5) * scale)];
        var fitted = Enumerable.Range(0, 500).Select(_ => Row(2)).ToArray();
        var block = StrangerBlock.Fit("b", fitted);

        var own = fitted.Select(r => block.Of(r)).ToArray();
        Assert.Equal(0, own.Average(), 1e-3);
        Assert.Equal(1, Math.Sqrt(own.Average(s => s * s)), 1e-2);
        // The same step of 6: ordinary along the first axis, strange along the second.
        Assert.True(block.Of([5, 6]) > own.Max());
        Assert.True(block.Of([11, 0]) < block.Of([5, 6]));
    }

    [Fact]
    public void Augmentation_is_the_same_for_the_same_seed_and_stays_close_to_grey_values()
    {
        var source = new byte[FilmAugmenter.SourceSide * FilmAugmenter.SourceSide];
        new Random(1).NextBytes(source);
        var recipe = new ChestRecipe();
        var (a, b, c) = (new float[64 * 64], new float[64 * 64], new float[64 * 64]);
        new FilmAugmenter(recipe).Draw(source, FilmAugmenter.SourceSide, new Random(9), a);
        new FilmAugmenter(recipe).Draw(source, FilmAugmenter.SourceSide, new Random(9), b);
        new FilmAugmenter(recipe).Draw(source, FilmAugmenter.SourceSide, new Random(10), c);

        Assert.Equal(a, b);
        Assert.NotEqual(a, c);
        Assert.All(a, v => Assert.InRange(v, -0.5f, 1.5f));
    }

    [Fact]
    public void Augmentation_of_no_strength_is_the_area_average_or_its_mirror_image()
    {
        var source = new byte[FilmAugmenter.SourceSide * FilmAugmenter.SourceSide];
        new Random(1).NextBytes(source);
        var recipe = new ChestRecipe { Erase = 0, Blur = 0, Noise = 0 };
        var drawn = new float[64 * 64];
        new FilmAugmenter(recipe).Draw(source, FilmAugmenter.SourceSide, new Random(2), drawn, strength: 0);
        var average = new float[64 * 64];
        for (var y = 0; y < 64; y++)
        {
            for (var x = 0; x < 64; x++)
                average[(y * 64) + x] = (source[(256 * y) + (2 * x)] + source[(256 * y) + (2 * x) + 1] + source[(256 * y) + 128 + (2 * x)] + source[(256 * y) + 129 + (2 * x)]) / 1020f;
        }

        var mirrored = Enumerable.Range(0, 64 * 64).Select(i => average[(i / 64 * 64) + 63 - (i % 64)]).ToArray();
        Assert.True(Close(drawn, average) || Close(drawn, mirrored));

        static bool Close(float[] a, float[] b) => a.Zip(b).All(p => Math.Abs(p.First - p.Second) < 1e-4f);
    }
}
