using System.Diagnostics;
using System.Globalization;
using MedAI.Models.Predictions;
using MedAI.Testing;
using Microsoft.ML.OnnxRuntime;

namespace MedAI.Benchmarks;

/// <summary>One prediction with its explanation beside the same rows through a single recurrent layer of 96 units, call by call on one core.</summary>
internal static class ExplainBenchmark
{
    /// <summary>What we promise.</summary>
    private const double MostTimes = 6;

    private const int Hidden = 96;
    private const int WarmUp = 100;

    public static string Run(BenchServer server, int stays)
    {
        var hooks = BenchServer.Stays();
        using var floor = new Floor(server.Model);
        using var recurrent = new RecurrentFloor(server.Model.Model.Variables.SeriesCount);
        var pairs = new List<(double Floor, double Prediction, int Rows)>(stays);
        for (int i = -WarmUp; i < stays; i++)
        {
            var pair = Pair(server, hooks, floor, recurrent, WarmUp + i);
            if (i >= 0)
                pairs.Add(pair);
        }
        var ratios = new Quantiles(pairs.Select(p => p.Prediction / p.Floor));
        var floors = new Quantiles(pairs.Select(p => p.Floor));
        var predictions = new Quantiles(pairs.Select(p => p.Prediction));
        return string.Create(CultureInfo.InvariantCulture, $"""
            # A prediction with its explanation

            {Machine.Line()}

            `PredictAsync` of {server.Model.Manifest.Id} {server.Model.Manifest.Version} for a full stay of 48 hours, its queue, calibration and explanation included, against one
            `InferenceSession.Run` of a single GRU with {Hidden} hidden units over the same {pairs[0].Rows} rows (values, observed, hours since). {stays} pairs, alternating in one process, one thread each.

            | | measured | promised |
            | --- | --- | --- |
            | **time as a multiple of the GRU**, median of the pairs | **{ratios.Median:0.00}** (quartiles {ratios.At(0.25):0.00} to {ratios.At(0.75):0.00}) | at most {MostTimes:0} |
            | the same, ratio of the medians | {predictions.Median / floors.Median:0.00} | |

            {(ratios.Median <= MostTimes ? "The promise holds." : "THE PROMISE IS BROKEN.")}

            Absolute times depend on the machine and its other tenants: here the GRU's median was {floors.Median:0.00} ms, a prediction's {predictions.Median:0.00} ms.

            Repeat: `dotnet run -c Release --project bench/MedAI.Benchmarks -- explain --stays {stays} --out bench/explain.md`

            """);
    }

    private static (double Floor, double Prediction, int Rows) Pair(BenchServer server, FullStayHooks hooks, Floor floor, RecurrentFloor recurrent, int number)
    {
        byte[] body = hooks.Body(number);
        var rows = floor.Rows(body, hooks.PatientOf(number));
        var timeline = floor.Timeline(body, hooks.PatientOf(number));
        using var input = server.Model.Model.Prepare(timeline);
        long t0 = Stopwatch.GetTimestamp();
        recurrent.Run(rows);
        long t1 = Stopwatch.GetTimestamp();
        var outcome = server.Model.Model.PredictAsync(input, DateTimeOffset.MaxValue, CancellationToken.None).GetAwaiter().GetResult();
        long t2 = Stopwatch.GetTimestamp();
        int count = (int)rows[0].GetTensorTypeAndShape().Shape[0];
        foreach (var row in rows)
            row.Dispose();
        return outcome is Prediction
            ? (Stopwatch.GetElapsedTime(t0, t1).TotalMilliseconds, Stopwatch.GetElapsedTime(t1, t2).TotalMilliseconds, count)
            : throw new InvalidDataException("The model gave no prediction.");
    }

    /// <summary>A GRU with made-up weights: what it computes does not matter, how long it takes does.</summary>
    private sealed class RecurrentFloor : IDisposable
    {
        private static readonly string[] Inputs = ["values", "observed", "hours_since"];

        private readonly InferenceSession _session;
        private readonly RunOptions _options = new();

        public RecurrentFloor(int series)
        {
            int width = Inputs.Length * series;
            var random = new Random(96);
            float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5) / 10)];
            byte[] model = new TinyOnnx()
                .Input("values", "N", "T", series).Input("observed", "N", "T", series).Input("hours_since", "N", "T", series)
                .Constant("W", Weights(3 * Hidden * width), 1, 3 * Hidden, width)
                .Constant("R", Weights(3 * Hidden * Hidden), 1, 3 * Hidden, Hidden)
                .Constant("B", Weights(6 * Hidden), 1, 6 * Hidden)
                .Node("Concat", Inputs, ["rows"], TinyOnnx.IntAttribute("axis", 2))
                .Node("Transpose", ["rows"], ["steps"], TinyOnnx.IntsAttribute("perm", 1, 0, 2))
                .Node("GRU", ["steps", "W", "R", "B"], ["", "state"], TinyOnnx.IntAttribute("hidden_size", Hidden), TinyOnnx.IntAttribute("linear_before_reset", 1))
                .Output("state", 1, "N", Hidden)
                .ToBytes();
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            _session = new InferenceSession(model, options);
        }

        /// <param name="rows">The tensors of <see cref="Floor.Rows"/>: values, observed, hours since, statics.</param>
        public void Run(OrtValue[] rows)
        {
            using var outputs = _session.Run(_options, Inputs, [rows[0], rows[1], rows[2]], ["state"]);
        }

        public void Dispose()
        {
            _session.Dispose();
            _options.Dispose();
        }
    }
}
