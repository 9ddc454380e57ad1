using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Metrics;
using Microsoft.ML.OnnxRuntime;

namespace MedAI.Training.Icu;

/// <summary>Runs the written ONNX file, as the server will, one thread, rows of equal length together.</summary>
internal sealed class MortalityScorer : IDisposable
{
    private const int LargestBatch = 256;

    private readonly InferenceSession _session;

    public MortalityScorer(byte[] model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(model, options);
    }

    /// <summary>Logits in the order of the samples.</summary>
    public double[] Logits(IReadOnlyList<GridSample> samples)
    {
        var logits = new double[samples.Count];
        foreach (var group in Enumerable.Range(0, samples.Count).GroupBy(i => samples[i].Steps))
        {
            foreach (var chunk in group.Chunk(LargestBatch))
            {
                var output = Run(Array.ConvertAll(chunk, i => samples[i]))["logit"];
                for (var i = 0; i < chunk.Length; i++)
                    logits[chunk[i]] = output[i];
            }
        }

        return logits;
    }

    /// <summary>Every output of one batch of equal length.</summary>
    public Dictionary<string, float[]> Run(IReadOnlyList<GridSample> samples)
    {
        var inputs = Inputs(samples);
        var n = samples.Count;
        var shapes = new Dictionary<string, long[]>
        {
            ["values"] = [n, samples[0].Steps, samples[0].Values.Length / samples[0].Steps],
            ["statics"] = [n, samples[0].Statics.Length],
        };
        var values = inputs.ToDictionary(p => p.Key, p => OrtValue.CreateTensorValueFromMemory(p.Value, shapes[p.Key == "statics" ? "statics" : "values"]));
        try
        {
            using var options = new RunOptions();
            using var outputs = _session.Run(options, values, _session.OutputNames);
            return _session.OutputNames.Select((name, i) => (name, outputs[i].GetTensorDataAsSpan<float>().ToArray())).ToDictionary(p => p.name, p => p.Item2);
        }
        finally
        {
            foreach (var value in values.Values)
                value.Dispose();
        }
    }

    /// <summary>The batch's tensors by input name, row-major.</summary>
    public static Dictionary<string, float[]> Inputs(IReadOnlyList<GridSample> samples) => new()
    {
        ["values"] = [.. samples.SelectMany(s => s.Values)],
        ["observed"] = [.. samples.SelectMany(s => s.Observed)],
        ["hours_since"] = [.. samples.SelectMany(s => s.HoursSince)],
        ["statics"] = [.. samples.SelectMany(s => s.Statics)],
    };

    /// <summary>Calibrated risk: slope and intercept interpolated between landmarks, constant outside.</summary>
    public static double Risk(ManifestCalibration calibration, double logit, double hours)
    {
        var marks = calibration.Landmarks;
        var next = marks.ToList().FindIndex(m => m.Hours >= hours);
        double slope, intercept;
        if (next <= 0)
        {
            var edge = next == 0 ? marks[0] : marks[^1];
            (slope, intercept) = (edge.Slope, edge.Intercept);
        }
        else
        {
            var share = (hours - marks[next - 1].Hours) / (marks[next].Hours - marks[next - 1].Hours);
            slope = marks[next - 1].Slope + (share * (marks[next].Slope - marks[next - 1].Slope));
            intercept = marks[next - 1].Intercept + (share * (marks[next].Intercept - marks[next - 1].Intercept));
        }

        return LogisticCalibration.Sigmoid((slope * logit) + intercept);
    }

    public void Dispose() => _session.Dispose();
}
