using MedAI.Models.Packages;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>Makes grids out of nothing but the manifest's ranges and a seed: random walks with gaps, no patient behind them.</summary>
internal sealed class SyntheticGrids(ModelManifest manifest, int seed)
{
    private readonly Random _random = new(seed);

    public GridSample Next(int steps, double observedShare)
    {
        var series = manifest.Variables.Where(v => v.Use == "series").ToArray();
        var sample = new GridSample(
            0, false, steps, new float[steps * series.Length], new float[steps * series.Length], new float[steps * series.Length], Statics());
        for (var v = 0; v < series.Length; v++)
        {
            var (low, high) = (series[v].Soft!.Low, series[v].Soft!.High);
            var level = series[v].Baseline;
            var share = observedShare * _random.NextDouble();
            var last = -1;
            for (var t = 0; t < steps; t++)
            {
                var cell = (t * series.Length) + v;
                level = Math.Clamp(level + ((_random.NextDouble() - 0.5) * 0.1 * (high - low)), low, high);
                if (_random.NextDouble() < share)
                {
                    sample.Values[cell] = series[v].State is null ? (float)level : 1;
                    sample.Observed[cell] = 1;
                    last = t;
                    continue;
                }

                sample.HoursSince[cell] = last < 0 ? t + 1 : t - last;
                sample.Values[cell] = last >= 0 && series[v].State is null && t - last <= series[v].StalenessHours
                    ? sample.Values[(last * series.Length) + v]
                    : (float)series[v].Baseline;
            }
        }

        return sample;
    }

    private float[] Statics()
    {
        var statics = manifest.AsSequence().Encoder.Statics;
        var unit = _random.Next(2, 7);
        var hasHeight = _random.Next(2);
        var hasWeight = _random.Next(2);
        return
        [
            .. statics.Select((s, i) => s.Feature switch
            {
                "age" => _random.Next(16, 91),
                "male" => _random.Next(2),
                "height" => hasHeight == 1 ? _random.Next(150, 200) : (float)s.Baseline,
                "height-observed" => hasHeight,
                "weight" => hasWeight == 1 ? _random.Next(45, 130) : (float)s.Baseline,
                "weight-observed" => hasWeight,
                _ => i == unit ? 1f : 0f,
            }),
        ];
    }
}
