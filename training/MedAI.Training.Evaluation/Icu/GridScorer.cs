using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>Runs the written ONNX file, as the server will, one thread, rows of equal length together.</summary>
/// <remarks>The file's metadata say which fold each member of the ensemble never saw; so held-fold figures come from the shipped file itself.</remarks>
internal sealed class GridScorer : IDisposable
{
    /// <summary>Metadata key of the graph: for each member the fold that it was not fitted on, separated by commas.</summary>
    public const string FoldsKey = "member_held_folds";

    private const int LargestBatch = 256;

    private readonly InferenceSession _session;

    public GridScorer(byte[] model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(model, options);
    }

    /// <summary>For each member the fold that it was not fitted on.</summary>
    /// <exception cref="InvalidDataException">The file does not say.</exception>
    public IReadOnlyList<int> HeldFolds() => _session.ModelMetadata.CustomMetadataMap.TryGetValue(FoldsKey, out var text)
        ? [.. text.Split(',').Select(f => int.Parse(f, CultureInfo.InvariantCulture))]
        : throw new InvalidDataException($"The model file has no metadata '{FoldsKey}'.");

    /// <summary>Logits of the whole ensemble, in the order of the samples.</summary>
    public double[] Logits(IReadOnlyList<GridSample> samples) => Array.ConvertAll(Output("logit", samples), x => (double)x[0]);

    /// <summary>Logits of every member, in the order of the samples.</summary>
    public float[][] MemberLogits(IReadOnlyList<GridSample> samples) => Output("member_logits", samples);

    /// <summary>For each sample the mean logit of those members that never saw its stay.</summary>
    public double[] HeldLogits(IReadOnlyList<GridSample> samples)
    {
        var folds = HeldFolds();
        var members = MemberLogits(samples);
        return [.. samples.Select((s, i) =>
        {
            var fold = IcuFolds.Of(s.RecordId);
            return members[i].Where((_, m) => folds[m] == fold).Average(x => (double)x);
        })];
    }

    /// <summary>One output, a row per sample, in the order of the samples.</summary>
    public float[][] Output(string name, IReadOnlyList<GridSample> samples)
    {
        var result = new float[samples.Count][];
        foreach (var group in Enumerable.Range(0, samples.Count).GroupBy(i => samples[i].Steps))
        {
            foreach (var chunk in group.Chunk(LargestBatch))
            {
                var output = Run(Array.ConvertAll(chunk, i => samples[i]))[name];
                var width = output.Length / chunk.Length;
                for (var i = 0; i < chunk.Length; i++)
                    result[chunk[i]] = output[(i * width)..((i + 1) * width)];
            }
        }

        return result;
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

    public void Dispose() => _session.Dispose();
}
