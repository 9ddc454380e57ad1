using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Icu;
using MedAI.Training.Onnx;
using MedAI.Training.Trees;

namespace MedAI.Training.Icu;

/// <summary>Writes all members as one ONNX graph whose logit is their mean.</summary>
internal static class MortalityExport
{
    /// <param name="manifest">Names the inputs and their baselines.</param>
    /// <param name="scaling">The networks' fixed scaling of the inputs.</param>
    /// <param name="networks">Recurrent members, in the order of <see cref="Member.All"/>.</param>
    /// <param name="trees">Tree members, in the order of <see cref="Member.All"/>.</param>
    public static byte[] Write(ModelManifest manifest, InputScaling scaling, IReadOnlyList<NetworkWeights> networks, IReadOnlyList<TreeEnsemble> trees)
    {
        var variables = manifest.Variables.Where(v => v.Use == "series").ToArray();
        var series = variables.Length;
        var statics = manifest.AsSequence().Encoder.Statics.Count;
        var graph = new OnnxGraph("icu_mortality");
        graph.Metadata("model_id", manifest.Id);
        graph.Metadata("model_version", manifest.Version);
        graph.Metadata("licence", "ODC-BY-1.0");
        graph.Metadata(GridScorer.FoldsKey, string.Join(',', Member.All.Select(m => m.HeldFold)));

        var inputs = GridInputs.Declare(graph, series, statics);
        var (values, observed, hours, fixedInputs) = (inputs.Values, inputs.Observed, inputs.HoursSince, inputs.Statics);

        var zero = graph.Scalar(0);
        var one = graph.Scalar(1);
        var hoursScale = graph.Scalar(InputScaling.HoursScale);
        var linear = graph.Node("Mul", [values, graph.Weights("scale_linear", scaling.A, series)]);
        var tail = graph.Node("Mul", [graph.Node("Max", [values, zero]), graph.Weights("scale_log_unit", scaling.B, series)]);
        tail = graph.Node("Mul", [graph.Node("Log", [graph.Node("Add", [tail, one])]), graph.Weights("scale_log", scaling.C, series)]);
        var sum = graph.Node("Add", [graph.Node("Add", [linear, tail]), graph.Weights("scale_offset", scaling.D, series)]);
        var z = graph.Node("Clip", [sum, graph.Scalar(-InputScaling.Limit), graph.Scalar(InputScaling.Limit)]);
        var age = LogHours(hours);
        var s = graph.Node("Mul",
            [graph.Node("Sub", [fixedInputs, graph.Weights("static_mean", scaling.StaticMean, statics)]), graph.Weights("static_scale", scaling.StaticScale, statics)]);

        var summary = Summary();
        // The recurrent operator wants time first.
        var steps = graph.Node("Transpose", [graph.Node("Concat", [z, observed, age], ("axis", 2))], ("perm", new long[] { 1, 0, 2 }));
        var logits = networks.Select((network, i) => Network(network.Parameters, $"m{i}")).ToList();
        var aggregates = AggregateGraph.Write(
            graph, inputs, [.. variables.Select(v => v.Id)], [.. manifest.AsSequence().Encoder.Statics.Select(f => f.Feature)], [.. variables.Select(v => (float)v.Baseline)]);
        logits.Add(TreeExport.Write(graph, aggregates, trees));
        var all = graph.Node("Concat", [.. logits], ("axis", 1));
        var mean = graph.Node("ReduceMean", [all], ("axes", new long[] { 1 }), ("keepdims", 0));
        graph.Output("logit", mean, "N");
        graph.Output("probability", graph.Node("Sigmoid", [mean]), "N");
        graph.Output("member_logits", all, "N", networks.Count + trees.Count);
        return graph.ToBytes();

        string LogHours(string x) => graph.Node("Mul", [graph.Node("Log", [graph.Node("Add", [x, one])]), hoursScale]);

        string SumOverTime(string x) => graph.Node("ReduceSum", [x, graph.Integers(1)], ("keepdims", 0));

        string Summary()
        {
            var overTime = (Name: "axes", Value: (object)new long[] { 1 });
            var flat = (Name: "keepdims", Value: (object)0);
            var zo = graph.Node("Mul", [z, observed]);
            var count = SumOverTime(observed);
            var any = graph.Node("Min", [count, one]);
            var average = graph.Node("Div", [SumOverTime(zo), graph.Node("Max", [count, one])]);
            var absent = graph.Node("Mul", [graph.Node("Sub", [observed, one]), graph.Scalar(10)]);
            var highest = graph.Node("Mul", [graph.Node("ReduceMax", [graph.Node("Add", [zo, absent])], overTime, flat), any]);
            var lowest = graph.Node("Mul", [graph.Node("ReduceMin", [graph.Node("Sub", [zo, absent])], overTime, flat), any]);
            var final = graph.Node("Gather", [z, graph.Index(-1)], ("axis", 1));
            var often = LogHours(count);
            var step = graph.Node("Add", [graph.Node("Mul", [graph.Node("Gather", [observed, graph.Integers(0)], ("axis", 2)), zero]), graph.Scalar(1f / 48)]);
            return graph.Node("Concat", [average, highest, lowest, final, often, s, SumOverTime(step)], ("axis", 1));
        }

        string Network(IReadOnlyDictionary<string, (long[] Shape, float[] Values)> parameters, string label)
        {
            var hidden = parameters["Recurrent.weight_hh_l0"].Shape[1];
            var start = graph.Node("Tanh", [Gemm(s, "Start")]);
            var state = graph.Node("Unsqueeze", [start, graph.Integers(0)]);
            var recurrent = graph.Node(
                "GRU",
                [
                    steps,
                    graph.Weights($"{label}_W", GateOrder("Recurrent.weight_ih_l0"), 1, 3 * hidden, 3 * series),
                    graph.Weights($"{label}_R", GateOrder("Recurrent.weight_hh_l0"), 1, 3 * hidden, hidden),
                    graph.Weights($"{label}_B", [.. GateOrder("Recurrent.bias_ih_l0"), .. GateOrder("Recurrent.bias_hh_l0")], 1, 6 * hidden),
                    "",
                    state,
                ],
                2,
                ("hidden_size", (int)hidden),
                ("linear_before_reset", 1))[1];
            var h = graph.Node("Squeeze", [recurrent, graph.Integers(0)]);
            var g = graph.Node("Relu", [Gemm(summary, "Summary")]);
            var head = Gemm(graph.Node("Concat", [h, g], ("axis", 1)), "Head");
            return graph.Node("Add", [head, Gemm(summary, "Wide")]);

            string Gemm(string x, string layer)
            {
                var weight = parameters[$"{layer}.weight"];
                return graph.Node(
                    "Gemm",
                    [
                        x,
                        graph.Weights($"{label}_{layer}_weight", weight.Values, weight.Shape[0], weight.Shape[1]),
                        graph.Weights($"{label}_{layer}_bias", parameters[$"{layer}.bias"].Values, weight.Shape[0]),
                    ],
                    ("transB", 1));
            }

            // Torch stacks reset, update, new; ONNX wants update, reset, new.
            float[] GateOrder(string name)
            {
                var all = parameters[name].Values;
                var gate = all.Length / 3;
                return [.. all[gate..(2 * gate)], .. all[..gate], .. all[(2 * gate)..]];
            }
        }
    }
}
