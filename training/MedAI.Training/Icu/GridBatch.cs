using MedAI.Training.Evaluation.Icu;
using static TorchSharp.torch;

namespace MedAI.Training.Icu;

/// <summary>Samples of equal length as tensors.</summary>
internal sealed class GridBatch : IDisposable
{
    private GridBatch(Tensor values, Tensor observed, Tensor hoursSince, Tensor statics, Tensor died)
    {
        Values = values;
        Observed = observed;
        HoursSince = hoursSince;
        Statics = statics;
        Died = died;
    }

    public Tensor Values { get; }

    public Tensor Observed { get; }

    public Tensor HoursSince { get; }

    public Tensor Statics { get; }

    public Tensor Died { get; }

    public static GridBatch Of(IReadOnlyList<GridSample> samples)
    {
        var n = samples.Count;
        var t = samples[0].Steps;
        var v = samples[0].Values.Length / t;
        var s = samples[0].Statics.Length;
        float[] values = new float[n * t * v], observed = new float[n * t * v], since = new float[n * t * v], statics = new float[n * s], died = new float[n];
        for (var i = 0; i < n; i++)
        {
            var sample = samples[i];
            sample.Values.CopyTo(values, i * t * v);
            sample.Observed.CopyTo(observed, i * t * v);
            sample.HoursSince.CopyTo(since, i * t * v);
            sample.Statics.CopyTo(statics, i * s);
            died[i] = sample.Died ? 1 : 0;
        }

        return new GridBatch(tensor(values, [n, t, v]), tensor(observed, [n, t, v]), tensor(since, [n, t, v]), tensor(statics, [n, s]), tensor(died));
    }

    public void Dispose()
    {
        Values.Dispose();
        Observed.Dispose();
        HoursSince.Dispose();
        Statics.Dispose();
        Died.Dispose();
    }
}
