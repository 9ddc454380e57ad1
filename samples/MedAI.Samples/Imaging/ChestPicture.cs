using MedAI.Samples.Stays;

namespace MedAI.Samples.Imaging;

/// <summary>Draws a schematic frontal chest film.</summary>
public static class ChestPicture
{
    private const int VesselsPerLung = 26;
    private const int RibPairs = 9;

    /// <summary>Grey values 0 to 1, row by row; bright is dense.</summary>
    public static double[] Draw(int side, ChestAnatomy a, ulong seed)
    {
        var random = new SplitMix(seed);
        var vessels = Vessels(a, random);
        var patches = Patches(a, random);
        double[] picture = new double[side * side];
        double cos = Math.Cos(a.Turn), sin = Math.Sin(a.Turn);
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                double u0 = (x + 0.5) / side - 0.5, v0 = (y + 0.5) / side - 0.5;
                double u = cos * u0 + sin * v0, v = cos * v0 - sin * u0;
                double grain = random.Uniform() + random.Uniform() + random.Uniform() - 1.5;
                picture[y * side + x] = Math.Clamp(Density(u, v, a, vessels, patches) + a.Noise * grain, 0, 1);
            }
        }
        return picture;
    }

    private static double Density(double u, double v, ChestAnatomy a, double[][] vessels, double[][] patches)
    {
        // The trunk narrows to the neck; arms and shoulders fill the corners above.
        double half = a.Trunk - 0.035 * Step(-v, 0.10, 14) + 0.02 * v;
        double trunk = Step(half - Math.Abs(u), 0, a.Edge);
        double density = (a.TissueTop + (a.TissueBottom - a.TissueTop) * (v + 0.5)) * trunk;
        density += a.Shoulders * Step(-v, 0.22, 16) * Step(Math.Abs(u), 0.22, 18) + 0.26 * Step(-v, 0.18, 12) * (1 - trunk);

        double lungs = 0;
        for (int part = -1; part <= 1; part += 2)
        {
            double du = (u - part * a.LungApart) / a.LungWidth, dv = (v - a.LungMiddle) / a.LungHeight;
            // Narrow at the top, wide at the base.
            du *= 1 + 0.22 * -dv;
            double dome = a.Diaphragm - (part < 0 ? 0.03 : 0) + 0.9 * Math.Pow(u - part * a.LungApart * 0.95, 2) * 6;
            double lung = Step(1 - Math.Sqrt(du * du + dv * dv), 0, 9) * Step(dome - v, 0, 34);
            lungs += lung;
        }
        lungs = Math.Min(1, lungs);
        density -= a.Air * lungs * trunk;

        double inside = lungs * trunk;
        density += a.Haze * inside;
        foreach (double[] p in patches)
            density += p[3] * inside * Math.Exp(-(Square((u - p[0]) / p[2]) + Square((v - p[1]) / (p[2] * 0.8))));
        double vessel = 0;
        foreach (double[] s in vessels)
            vessel = Math.Max(vessel, s[4] * Near(u, v, s));
        density += a.Vessels * inside * vessel;

        // Heart: two thirds to the left of the patient, which is the right of the film.
        density += a.Heart * Step(1 - Math.Sqrt(Square((u - 0.055) / a.HeartWidth) + Square((v - 0.13) / a.HeartHeight)), 0, 10) * (1 - 0.35 * (1 - lungs));
        double spine = Math.Exp(-Square(u / a.SpineWidth));
        density += a.Spine * spine * (0.85 + 0.15 * Math.Cos(2 * Math.PI * v / 0.075));
        density -= 0.06 * Math.Exp(-Square(u / 0.018)) * Step(-v, 0.12, 20);

        for (int rib = 0; rib < RibPairs; rib++)
        {
            double way = Math.Abs(u) / 0.34;
            double line = -0.40 + 0.072 * rib + 0.055 * way * way + 0.02 * Math.Sin(3 * way);
            density += a.Ribs * Math.Exp(-Square((v - line) / 0.012)) * Step(Math.Abs(u), 0.05, 60) * Step(0.37 - Math.Abs(u), 0, 40);
            double front = -0.30 + 0.078 * rib - 0.13 * (way - 0.6);
            density += 0.45 * a.Ribs * Math.Exp(-Square((v - front) / 0.015)) * Step(Math.Abs(u), 0.14, 50) * Step(0.36 - Math.Abs(u), 0, 40);
        }
        double clavicle = -0.345 - 0.10 * (Math.Abs(u) - 0.16);
        density += a.Clavicles * Math.Exp(-Square((v - clavicle) / 0.013)) * Step(Math.Abs(u), 0.05, 60) * Step(0.33 - Math.Abs(u), 0, 40);
        return density;
    }

    /// <summary>Twigs that leave each hilum: from, to, thickness; each thinner than its mother.</summary>
    private static double[][] Vessels(ChestAnatomy a, SplitMix random)
    {
        var twigs = new List<double[]>();
        for (int part = -1; part <= 1; part += 2)
        {
            for (int i = 0; i < VesselsPerLung; i++)
            {
                double angle = Math.PI * (random.Uniform() - 0.5) * 1.5, length = 0.06 + 0.13 * random.Uniform();
                double u = part * (a.LungApart * 0.45), v = -0.02 + 0.06 * (random.Uniform() - 0.5);
                twigs.Add([u, v, u + part * Math.Cos(angle) * length, v + Math.Sin(angle) * length * 1.3, 0.4 + 0.6 * random.Uniform(), 0.006 + 0.007 * random.Uniform()]);
            }
        }
        return [.. twigs];
    }

    /// <summary>Patches of an infiltrate in the lower part of one lung: middle, size, brightness.</summary>
    private static double[][] Patches(ChestAnatomy a, SplitMix random)
    {
        if (a.Infiltrate <= 0)
            return [];
        var patches = new List<double[]>();
        for (int i = 0; i < 14; i++)
        {
            double side = i < 10 ? -1 : 1;
            patches.Add([side * (a.LungApart + 0.09 * (random.Uniform() - 0.5)), 0.08 + 0.16 * (random.Uniform() - 0.4), 0.02 + 0.05 * random.Uniform(), a.Infiltrate * (0.3 + 0.7 * random.Uniform())]);
        }
        return [.. patches];
    }

    /// <summary>1 on the twig, less beside it and towards its end.</summary>
    private static double Near(double u, double v, double[] s)
    {
        double du = s[2] - s[0], dv = s[3] - s[1];
        double along = Math.Clamp(((u - s[0]) * du + (v - s[1]) * dv) / (du * du + dv * dv), 0, 1);
        double away = Square(u - s[0] - along * du) + Square(v - s[1] - along * dv);
        double width = s[5] * (1 - 0.7 * along);
        return Math.Exp(-away / (width * width)) * (1 - 0.6 * along);
    }

    /// <summary>A soft step from 0 to 1 at a place.</summary>
    private static double Step(double x, double at, double steepness) => 1 / (1 + Math.Exp(-4 * steepness * (x - at) / 4));

    private static double Square(double x) => x * x;
}
