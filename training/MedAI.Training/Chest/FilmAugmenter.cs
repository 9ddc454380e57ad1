namespace MedAI.Training.Chest;

/// <summary>Draws a changed view of a film: moved, scaled, turned, stretched, mirrored; darker, flatter, blurred, noisy, lit unevenly, partly hidden.</summary>
/// <remarks>Sources are square 8-bit pictures of <see cref="SourceSide"/>; two by two samples per pixel stand for the area average that serving uses.</remarks>
internal sealed class FilmAugmenter(ChestRecipe recipe)
{
    public const int SourceSide = 128;

    public void Draw(ReadOnlySpan<byte> source, int sourceSide, Random random, Span<float> target, double strength = 1)
    {
        var side = recipe.Side;
        var zoom = Math.Exp(Uniform(recipe.Zoom));
        var stretch = Math.Exp(Uniform(recipe.Aspect) / 2);
        var angle = Uniform(recipe.Degrees) * Math.PI / 180;
        var (sx, sy) = (zoom * stretch * sourceSide / side, zoom / stretch * sourceSide / side);
        if (random.NextDouble() < 0.5)
            sx = -sx;
        var (cos, sin) = (Math.Cos(angle), Math.Sin(angle));
        var (mx, my) = ((sourceSide / 2.0) + (Uniform(recipe.Shift) * sourceSide), (sourceSide / 2.0) + (Uniform(recipe.Shift) * sourceSide));
        var half = side / 2.0;
        var last = sourceSide - 1;
        // A source of the target's own size has no finer pixels to average.
        var samples = sourceSide >= 2 * side ? 2 : 1;
        var (ax, bx, ay, by) = ((float)(cos * sx), (float)(-sin * sy), (float)(sin * sx), (float)(cos * sy));
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                float sum = 0;
                for (var s = 0; s < samples * samples; s++)
                {
                    var u = (float)(x + ((0.5 + (s % samples)) / samples) - half);
                    var v = (float)(y + ((0.5 + (s / samples)) / samples) - half);
                    var px = Math.Clamp((float)mx + (ax * u) + (bx * v) - 0.5f, 0, last);
                    var py = Math.Clamp((float)my + (ay * u) + (by * v) - 0.5f, 0, last);
                    var ix = Math.Min((int)px, last - 1);
                    var iy = Math.Min((int)py, last - 1);
                    var fx = px - ix;
                    var fy = py - iy;
                    var at = (iy * sourceSide) + ix;
                    var top = source[at] + ((source[at + 1] - source[at]) * fx);
                    var bottom = source[at + sourceSide] + ((source[at + sourceSide + 1] - source[at + sourceSide]) * fx);
                    sum += top + ((bottom - top) * fy);
                }

                target[(y * side) + x] = sum / (samples * samples * 255f);
            }
        }

        var gamma = (float)Math.Exp(Uniform(recipe.Gamma));
        var contrast = (float)Math.Exp(Uniform(recipe.Gamma));
        var brightness = (float)Uniform(recipe.Gamma / 3);
        var (gx, gy) = ((float)Uniform(recipe.Slope) / side, (float)Uniform(recipe.Slope) / side);
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                ref var pixel = ref target[(y * side) + x];
                var value = MathF.Pow(pixel, gamma);
                value = ((value - 0.5f) * contrast) + 0.5f + brightness + (gx * (x - (float)half)) + (gy * (y - (float)half));
                pixel = Math.Clamp(value, 0, 1);
            }
        }

        if (recipe.Blur > 0 && random.NextDouble() < 0.5)
            Smooth(target, side, (float)(random.NextDouble() * recipe.Blur * strength));
        if (recipe.Noise > 0)
        {
            var amount = (float)(random.NextDouble() * recipe.Noise * strength);
            for (var i = 0; i < target.Length; i += 2)
            {
                // Box-Muller, both values used.
                var radius = MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * amount;
                var (s, c) = MathF.SinCos(2 * MathF.PI * random.NextSingle());
                target[i] += radius * c;
                if (i + 1 < target.Length)
                    target[i + 1] += radius * s;
            }
        }

        if (random.NextDouble() < recipe.Erase)
            Hide(target, side, random);

        double Uniform(double extent) => extent * strength * ((2 * random.NextDouble()) - 1);
    }

    private static void Hide(Span<float> picture, int side, Random random)
    {
        var (w, h) = ((int)(side * (0.1 + (0.25 * random.NextDouble()))), (int)(side * (0.1 + (0.25 * random.NextDouble()))));
        var (x0, y0) = (random.Next(side - w), random.Next(side - h));
        var value = random.NextSingle();
        for (var y = y0; y < y0 + h; y++)
            picture.Slice((y * side) + x0, w).Fill(value);
    }

    /// <summary>Gaussian of five taps in each direction, edges repeated.</summary>
    private static void Smooth(Span<float> picture, int side, float sigma)
    {
        if (sigma < 0.2f)
            return;
        Span<float> taps = [1, MathF.Exp(-1 / (2 * sigma * sigma)), MathF.Exp(-4 / (2 * sigma * sigma))];
        var total = taps[0] + (2 * (taps[1] + taps[2]));
        Span<float> line = stackalloc float[side + 4];
        for (var direction = 0; direction < 2; direction++)
        {
            var (step, next) = direction == 0 ? (1, side) : (side, 1);
            for (var l = 0; l < side; l++)
            {
                for (var i = 0; i < side; i++)
                    line[i + 2] = picture[(l * next) + (i * step)];
                line[0] = line[1] = line[2];
                line[side + 2] = line[side + 3] = line[side + 1];
                for (var i = 0; i < side; i++)
                    picture[(l * next) + (i * step)] = ((taps[0] * line[i + 2]) + (taps[1] * (line[i + 1] + line[i + 3])) + (taps[2] * (line[i] + line[i + 4]))) / total;
            }
        }
    }
}
