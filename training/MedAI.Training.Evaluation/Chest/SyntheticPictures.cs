namespace MedAI.Training.Evaluation.Chest;

/// <summary>Made-up pictures from a seed, for golden vectors and for choosing how strangers are scored; no patient's picture is among them.</summary>
internal static class SyntheticPictures
{
    /// <summary>Something like a chest: a bright middle, two dark fields, ribs, an arc below.</summary>
    public static float[] Chest(int side, Random random)
    {
        var picture = new float[side * side];
        var (tilt, width, height) = ((random.NextDouble() - 0.5) * 0.1, 0.17 + (0.05 * random.NextDouble()), 0.28 + (0.06 * random.NextDouble()));
        var haze = 0.35 * random.NextDouble();
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var (u, v) = (((x + 0.5) / side) - 0.5, ((y + 0.5) / side) - 0.5);
                u += tilt * v;
                var body = 0.75 / (1 + Math.Exp(30 * (Math.Abs(u) - 0.42)));
                var left = Field(u + 0.2, v + 0.03, width, height);
                var right = Field(u - 0.2, v + 0.03, width, height * 0.92);
                var ribs = 0.05 * Math.Sin((v + (0.5 * u * u)) * 60) * (left + right);
                picture[(y * side) + x] = (float)Math.Clamp(body - ((0.5 - haze) * (left + right)) + ribs + (0.02 * (random.NextDouble() - 0.5)), 0, 1);
            }
        }

        return picture;

        static double Field(double u, double v, double width, double height) => 1 / (1 + Math.Exp(12 * (Math.Sqrt((u * u / (width * width)) + (v * v / (height * height))) - 1)));
    }

    /// <summary>Bright blobs on black.</summary>
    public static float[] Blobs(int side, Random random)
    {
        var picture = new float[side * side];
        for (var b = random.Next(1, 6); b > 0; b--)
        {
            var (cx, cy, sx, sy, a) = (0.2 + (0.6 * random.NextDouble()), 0.2 + (0.6 * random.NextDouble()), 0.05 + (0.25 * random.NextDouble()), 0.05 + (0.25 * random.NextDouble()), 0.3 + (0.7 * random.NextDouble()));
            for (var i = 0; i < picture.Length; i++)
            {
                var (u, v) = ((((i % side) + 0.5) / side) - cx, (((i / side) + 0.5) / side) - cy);
                if ((u * u / (sx * sx)) + (v * v / (sy * sy)) < 1)
                    picture[i] = (float)Math.Max(picture[i], a);
            }
        }

        return picture;
    }

    /// <summary>Nothing but noise.</summary>
    public static float[] Noise(int side, Random random)
    {
        var picture = new float[side * side];
        for (var i = 0; i < picture.Length; i++)
            picture[i] = random.NextSingle();
        return picture;
    }

    /// <summary>The same grey everywhere.</summary>
    public static float[] Flat(int side, Random random)
    {
        var picture = new float[side * side];
        picture.AsSpan().Fill(random.NextSingle());
        return picture;
    }

    /// <summary>A film laid on its side.</summary>
    public static float[] Turned(ReadOnlySpan<float> film, int side)
    {
        var picture = new float[side * side];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                picture[(x * side) + side - 1 - y] = film[(y * side) + x];
        }

        return picture;
    }

    /// <summary>A film with black and white exchanged.</summary>
    public static float[] Inverted(ReadOnlySpan<float> film)
    {
        var picture = film.ToArray();
        for (var i = 0; i < picture.Length; i++)
            picture[i] = 1 - picture[i];
        return picture;
    }

    /// <summary>A film cut into sixteen tiles and laid in another order.</summary>
    public static float[] Shuffled(ReadOnlySpan<float> film, int side, Random random)
    {
        var tile = side / 4;
        var order = Enumerable.Range(0, 16).ToArray();
        random.Shuffle(order);
        var picture = new float[side * side];
        for (var t = 0; t < 16; t++)
        {
            var (fx, fy, tx, ty) = (order[t] % 4 * tile, order[t] / 4 * tile, t % 4 * tile, t / 4 * tile);
            for (var y = 0; y < tile; y++)
                film.Slice(((fy + y) * side) + fx, tile).CopyTo(picture.AsSpan(((ty + y) * side) + tx, tile));
        }

        return picture;
    }
}
