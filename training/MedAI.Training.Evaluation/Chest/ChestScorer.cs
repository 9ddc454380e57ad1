using Microsoft.ML.OnnxRuntime;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Runs a written chest graph, as the server will, on one thread.</summary>
internal sealed class ChestScorer : IDisposable
{
    private const int LargestBatch = 64;

    private readonly InferenceSession _session;

    public ChestScorer(byte[] model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(model, options);
        Side = _session.InputMetadata["image"].Dimensions[^1];
    }

    /// <summary>Rows and columns of the input.</summary>
    public int Side { get; }

    /// <summary>Every output by name, one row per picture.</summary>
    /// <param name="images">Row-major pictures of <see cref="Side"/>, 0..1.</param>
    public IReadOnlyDictionary<string, float[][]> Run(IReadOnlyList<float[]> images)
    {
        var result = _session.OutputNames.ToDictionary(n => n, _ => new float[images.Count][]);
        for (var from = 0; from < images.Count; from += LargestBatch)
        {
            var n = Math.Min(LargestBatch, images.Count - from);
            var flat = new float[n * Side * Side];
            for (var i = 0; i < n; i++)
                images[from + i].CopyTo(flat, i * Side * Side);
            using var input = OrtValue.CreateTensorValueFromMemory(flat, [n, 1, Side, Side]);
            using var options = new RunOptions();
            using var outputs = _session.Run(options, ["image"], [input], _session.OutputNames);
            for (var o = 0; o < _session.OutputNames.Count; o++)
            {
                var values = outputs[o].GetTensorDataAsSpan<float>();
                var width = values.Length / n;
                for (var i = 0; i < n; i++)
                    result[_session.OutputNames[o]][from + i] = values.Slice(i * width, width).ToArray();
            }
        }

        return result;
    }

    public void Dispose() => _session.Dispose();
}
