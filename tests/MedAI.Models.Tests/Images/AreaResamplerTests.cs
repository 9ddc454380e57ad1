using MedAI.Models.Images;

namespace MedAI.Models.Tests.Images;

public sealed class AreaResamplerTests
{
    private static float[] Resize(float[] source, int rows, int columns, int targetRows, int targetColumns)
    {
        var target = new float[targetRows * targetColumns];
        AreaResampler.Resize(source, rows, columns, target, targetRows, targetColumns);
        return target;
    }

    /// <summary>Every target pixel by its definition, in double precision and without any shortcut.</summary>
    private static double[] Slow(float[] source, int rows, int columns, int targetRows, int targetColumns)
    {
        var target = new double[targetRows * targetColumns];
        for (int y = 0; y < targetRows; y++)
        {
            for (int x = 0; x < targetColumns; x++)
            {
                for (int r = 0; r < rows; r++)
                {
                    for (int c = 0; c < columns; c++)
                        target[y * targetColumns + x] += Weight(r, y, rows, targetRows) * Weight(c, x, columns, targetColumns) * source[r * columns + c];
                }
            }
        }
        return target;

        static double Weight(int from, int to, int source, int target)
        {
            double scale = (double)source / target;
            if (source >= target)
                return Math.Max(0, Math.Min((to + 1) * scale, from + 1) - Math.Max(to * scale, from)) / scale;
            double centre = Math.Clamp((to + 0.5) * scale - 0.5, 0, source - 1);
            return Math.Max(0, 1 - Math.Abs(centre - from));
        }
    }

    [Fact, Trait("promise", "M-230")]
    public void Halved_image_is_the_mean_of_each_four_pixels() =>
        Assert.Equal([2.5f, 4.5f, 10.5f, 12.5f], Resize([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], 4, 4, 2, 2));

    [Fact, Trait("promise", "M-230")]
    public void Pixel_across_a_border_counts_by_its_share_on_either_side() =>
        // Three pixels on two: each target takes one whole and half of the middle, over 1.5.
        Assert.Equal([(1f + 0.5f * 4) / 1.5f, (0.5f * 4 + 7) / 1.5f], Resize([1, 4, 7], 1, 3, 1, 2).Select(v => MathF.Round(v, 6)));

    [Fact, Trait("promise", "M-230")]
    public void Growing_axis_is_bilinear_between_pixel_centres_with_held_borders() =>
        Assert.Equal([0, 1, 3, 4], Resize([0, 4], 1, 2, 1, 4));

    [Fact, Trait("promise", "M-230")]
    public void Axes_are_treated_each_by_its_own_rule() =>
        Assert.Equal([2, 2.5f, 3.5f, 4], Resize([1, 3, 3, 5], 2, 2, 1, 4).Select(v => MathF.Round(v, 6)));

    [Fact, Trait("promise", "M-230")]
    public void Image_of_the_same_size_is_the_same()
    {
        float[] source = [.. Enumerable.Range(0, 35).Select(i => i / 7f)];
        Assert.Equal(source, Resize(source, 5, 7, 5, 7));
    }

    [Fact, Trait("promise", "M-230")]
    public void Any_size_equals_the_definition_and_shrinking_keeps_the_mean()
    {
        var random = new Random(230);
        for (int trial = 0; trial < 300; trial++)
        {
            int rows = random.Next(1, 30), columns = random.Next(1, 30), targetRows = random.Next(1, 30), targetColumns = random.Next(1, 30);
            float[] source = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle())];
            float[] target = Resize(source, rows, columns, targetRows, targetColumns);
            double[] slow = Slow(source, rows, columns, targetRows, targetColumns);
            for (int i = 0; i < target.Length; i++)
                Assert.Equal(slow[i], target[i], 1e-6);
            if (targetRows <= rows && targetColumns <= columns)
                Assert.Equal(source.Average(v => (double)v), target.Average(v => (double)v), 1e-6);
            Assert.InRange(target.Min(), source.Min() - 1e-6f, source.Max());
        }
    }

    [Fact, Trait("promise", "M-230")]
    public void Bytes_give_what_the_same_numbers_as_floats_give()
    {
        var random = new Random(231);
        var bytes = new byte[53 * 41];
        random.NextBytes(bytes);
        var target = new float[17 * 60];
        AreaResampler.Resize(bytes, 53, 41, target, 17, 60);
        Assert.Equal(Resize([.. bytes.Select(b => (float)b)], 53, 41, 17, 60), target);
    }

    [Fact]
    public void Large_image_is_resized_without_allocating_once_warm()
    {
        var source = new byte[2000 * 1600];
        var target = new float[224 * 224];
        AreaResampler.Resize(source, 2000, 1600, target, 224, 224);
        // The pool may be trimmed between two calls when the machine is short of memory: the least of five counts.
        long least = Enumerable.Range(0, 5).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            AreaResampler.Resize(source, 2000, 1600, target, 224, 224);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.InRange(least, 0, 1024);
    }

    [Fact]
    public void Size_that_does_not_fit_is_a_bug_and_says_so()
    {
        Assert.Throws<ArgumentException>(() => Resize(new float[6], 2, 4, 1, 1));
        Assert.Throws<ArgumentException>(() => Resize([], 0, 0, 1, 1));
        Assert.Throws<ArgumentException>(() => AreaResampler.Resize(new float[4], 2, 2, new float[3], 2, 2));
    }
}
