using MedAI.Training.Evaluation.Icu;
using MedAI.Models.Packages;

namespace MedAI.Training.Icu;

/// <summary>Centres and spreads of the inputs in the stays that the model is fitted on.</summary>
internal static class InputStatistics
{
    private const int HistogramBins = 10;

    /// <summary>The manifest with the medians of age, height and weight as baselines, and with input histograms.</summary>
    /// <remarks>The baseline of a series variable is declared, not measured: a favourable value of a healthy adult. An explanation compares with it, and contributions of one sign do not cancel each other.</remarks>
    public static ModelManifest WithBaselines(ModelManifest manifest, IReadOnlyList<GridSample> samples)
    {
        var series = manifest.Variables.Where(v => v.Use == "series").ToArray();
        var columns = Columns(samples, series.Length);
        var statics = manifest.AsSequence().Encoder.Statics.Select((s, i) => s.Feature switch
        {
            "age" => s with { Baseline = Math.Round(Median(samples.Select(x => (double)x.Statics[i]))) },
            "male" => s with { Baseline = 0.5 },
            "height" or "weight" => s with { Baseline = RoundTo6(Median(samples.Where(x => x.Statics[i + 1] > 0).Select(x => (double)x.Statics[i]))) },
            _ => s with { Baseline = 0 },
        }).ToArray();
        double StaticBaseline(string feature) => statics.First(s => s.Feature == feature).Baseline;
        return manifest with
        {
            Encoder = manifest.AsSequence().Encoder with { Statics = statics },
            Variables =
            [
                .. manifest.Variables.Select(v => v with
                {
                    Baseline = v.Use == "static" ? StaticBaseline(v.Id == "Height" ? "height" : "weight") : v.Baseline,
                }),
            ],
            Histograms = [.. series.Select((v, i) => v.State is null ? Histogram(v.Id, columns[i]) : null).OfType<ManifestHistogram>()],
        };
    }

    /// <summary>Means and spreads that the graph scales with.</summary>
    public static InputScaling Scaling(ModelManifest manifest, IReadOnlyList<GridSample> samples)
    {
        var series = manifest.Variables.Where(v => v.Use == "series").ToArray();
        var columns = Columns(samples, series.Length);
        var width = samples[0].Statics.Length;
        var scaling = new InputScaling(
            new float[series.Length], new float[series.Length], new float[series.Length], new float[series.Length], new float[width], new float[width]);
        for (var i = 0; i < series.Length; i++)
        {
            if (series[i].State is not null)
            {
                scaling.A[i] = 1;
                continue;
            }

            var unit = IcuVariables.LogScale.TryGetValue(series[i].Id, out var scale) ? scale : 0;
            var (mean, spread) = Moments(columns[i].Select(x => unit > 0 ? Math.Log(1 + (Math.Max(0, x) / unit)) : x));
            scaling.D[i] = (float)(-mean / spread);
            if (unit > 0)
            {
                scaling.B[i] = (float)(1 / unit);
                scaling.C[i] = (float)(1 / spread);
            }
            else
            {
                scaling.A[i] = (float)(1 / spread);
            }
        }

        for (var i = 0; i < width; i++)
        {
            var (mean, spread) = Moments(samples.Select(s => (double)s.Statics[i]));
            scaling.StaticMean[i] = (float)mean;
            scaling.StaticScale[i] = (float)(1 / spread);
        }

        return scaling;
    }

    private static List<double>[] Columns(IReadOnlyList<GridSample> samples, int width)
    {
        var columns = Enumerable.Range(0, width).Select(_ => new List<double>()).ToArray();
        foreach (var sample in samples)
        {
            for (var cell = 0; cell < sample.Values.Length; cell++)
            {
                if (sample.Observed[cell] > 0)
                    columns[cell % width].Add(sample.Values[cell]);
            }
        }

        foreach (var column in columns)
            column.Sort();
        return columns;
    }

    private static ManifestHistogram? Histogram(string variable, List<double> sorted)
    {
        // Edges at quantiles, so that every bin is well filled; equal quantiles fall together.
        var edges = Enumerable.Range(0, HistogramBins + 1).Select(i => RoundTo6(sorted[(int)((long)(sorted.Count - 1) * i / HistogramBins)])).Distinct().ToArray();
        if (edges.Length < 2)
            return null;
        var counts = new double[edges.Length - 1];
        foreach (var value in sorted)
        {
            var bin = Array.FindLastIndex(edges, e => e <= value);
            counts[Math.Clamp(bin, 0, counts.Length - 1)] += 1.0 / sorted.Count;
        }

        return new ManifestHistogram(variable, edges, [.. counts.Select(c => Math.Round(c, 9))]);
    }

    private static (double Mean, double Spread) Moments(IEnumerable<double> values)
    {
        var all = values.ToArray();
        var mean = all.Average();
        var spread = Math.Sqrt(all.Average(x => (x - mean) * (x - mean)));
        return (mean, spread > 1e-6 ? spread : 1);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static double RoundTo6(double value) =>
        value == 0 ? 0 : double.Parse(value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
