using MedAI.Models.Packages;

namespace MedAI.Testing;

/// <summary>A sequence model whose answer is known on paper: bias plus weighted sums of every cell of the grid and of the statics.</summary>
/// <remarks>Weights are small whole numbers over a power of two, so that whole-number inputs give exact float32 sums in any order.</remarks>
public sealed class AffineModel
{
    private const float Scale = 1f / 65536;
    private readonly int _series;
    private readonly int _statics;

    public AffineModel(ModelManifest manifest, int seed = 1)
    {
        _series = manifest.Variables.Count(v => v.Use == "series");
        _statics = manifest.AsSequence().Encoder.Statics.Count;
        var random = new Random(seed);
        Weights = [.. Enumerable.Range(0, 3 * _series + _statics).Select(_ => random.Next(-9, 10) * Scale)];
        Bias = -1.5f;
    }

    /// <summary>Of values, observed and hours since (one per series each), then of the statics.</summary>
    public float[] Weights { get; }

    public float Bias { get; }

    public float ValueWeight(int series) => Weights[series];

    public float ObservedWeight(int series) => Weights[_series + series];

    public float HoursSinceWeight(int series) => Weights[2 * _series + series];

    public float StaticWeight(int feature) => Weights[3 * _series + feature];

    /// <summary>The answer on paper, in double precision.</summary>
    public double Logit(ReadOnlySpan<float> values, ReadOnlySpan<float> observed, ReadOnlySpan<float> hoursSince, ReadOnlySpan<float> statics)
    {
        double logit = Bias;
        for (int i = 0; i < values.Length; i++)
            logit += (double)values[i] * ValueWeight(i % _series) + (double)observed[i] * ObservedWeight(i % _series) + (double)hoursSince[i] * HoursSinceWeight(i % _series);
        for (int i = 0; i < statics.Length; i++)
            logit += (double)statics[i] * StaticWeight(i);
        return logit;
    }

    /// <summary>The model as ONNX.</summary>
    /// <param name="outputs">Adds the outputs, from the tensor "z" [N] that holds the affine sum; null for logit and probability.</param>
    public byte[] ToOnnx(Action<TinyOnnx>? outputs = null)
    {
        var onnx = new TinyOnnx()
            .Input("values", "N", "T", _series).Input("observed", "N", "T", _series).Input("hours_since", "N", "T", _series).Input("statics", "N", _statics)
            .Constant("weights", Weights, Weights.Length, 1).Constant("bias", [Bias], 1);
        foreach (string name in new[] { "values", "observed", "hours_since" })
            onnx.Node("ReduceSum", [name], [$"{name}_sum"], TinyOnnx.IntsAttribute("axes", 1), TinyOnnx.IntAttribute("keepdims", 0));
        onnx.Node("Concat", ["values_sum", "observed_sum", "hours_since_sum", "statics"], ["features"], TinyOnnx.IntAttribute("axis", 1))
            .Node("Gemm", ["features", "weights", "bias"], ["column"])
            .Node("Squeeze", ["column"], ["z"], TinyOnnx.IntsAttribute("axes", 1));
        (outputs ?? LogitAndProbability)(onnx);
        return onnx.ToBytes();
    }

    public static void LogitAndProbability(TinyOnnx onnx) =>
        onnx.Node("Identity", ["z"], ["logit"]).Node("Sigmoid", ["z"], ["probability"]).Output("logit", "N").Output("probability", "N");

    /// <summary>Cases with made-up whole-number inputs and the outputs on paper.</summary>
    public GoldenVectors Golden(int seed = 7)
    {
        var random = new Random(seed);
        return new GoldenVectors
        {
            SchemaVersion = "1.0",
            Tolerance = 1e-5,
            Cases = [.. new[] { (1, 6), (3, 12), (2, 48) }.Select((shape, i) => Case($"case {i}", shape.Item1, shape.Item2, random))],
        };
    }

    private GoldenCase Case(string name, int rows, int steps, Random random)
    {
        float[] values = Whole(rows * steps * _series, 120);
        float[] observed = Whole(rows * steps * _series, 2);
        float[] hoursSince = Whole(rows * steps * _series, 48);
        float[] statics = Whole(rows * _statics, 90);
        int cells = steps * _series;
        float[] logits = [.. Enumerable.Range(0, rows).Select(r => (float)Logit(
            values.AsSpan(r * cells, cells), observed.AsSpan(r * cells, cells), hoursSince.AsSpan(r * cells, cells), statics.AsSpan(r * _statics, _statics)))];
        return new GoldenCase
        {
            Name = name,
            Rows = rows,
            Steps = steps,
            Inputs = new Dictionary<string, float[]> { ["values"] = values, ["observed"] = observed, ["hours_since"] = hoursSince, ["statics"] = statics },
            Outputs = new Dictionary<string, float[]> { ["logit"] = logits, ["probability"] = [.. logits.Select(l => (float)(1 / (1 + Math.Exp(-l))))] },
        };

        float[] Whole(int count, int below) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(below))];
    }
}
