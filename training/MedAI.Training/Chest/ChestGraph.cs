using MedAI.Training.Evaluation.Chest;
using MedAI.Training.Onnx;
using static TorchSharp.torch;

namespace MedAI.Training.Chest;

/// <summary>Writes the networks of all seeds as one ONNX graph that also looks at the mirror image, maps its evidence and says how strange the picture is.</summary>
/// <remarks>Batch normalisation is folded into the convolutions. Roles of the outputs are those of an imaging package.</remarks>
internal sealed class ChestGraph
{
    public const string Layout = "layout";
    public const string Texture = "texture";
    public const string Deep = "deep";

    /// <summary>Rows and columns of the coarse picture in <see cref="Layout"/>.</summary>
    private const int LayoutSide = 8;

    /// <summary>Centres of the soft histogram in <see cref="Texture"/>, in deviations from the picture's mean.</summary>
    private static readonly float[] GreyLevels = [-2.5f, -2, -1.5f, -1, -0.5f, 0, 0.5f, 1, 1.5f, 2, 2.5f];

    private readonly OnnxGraph _graph;
    private readonly ChestRecipe _recipe;

    private ChestGraph(OnnxGraph graph, ChestRecipe recipe) => (_graph, _recipe) = (graph, recipe);

    /// <param name="networks">One per seed, of one recipe.</param>
    /// <param name="stranger">Null leaves the score out.</param>
    /// <param name="described">Writes the descriptions that the score is fitted on as outputs.</param>
    /// <param name="withKind">Whether the bacterial output is part of the package.</param>
    /// <param name="id">Model id for the file's metadata.</param>
    /// <param name="version">Model version for the file's metadata.</param>
    public static byte[] Write(IReadOnlyList<ChestNetwork> networks, StrangerScore? stranger, bool described, bool withKind, string id, string version)
    {
        var recipe = networks[0].Recipe;
        var graph = new OnnxGraph("chest_xray_pneumonia");
        graph.Metadata("model_id", id);
        graph.Metadata("model_version", version);
        graph.Metadata("licence", "CC-BY-4.0");
        new ChestGraph(graph, recipe).Write(networks, stranger, described, withKind);
        return graph.ToBytes();
    }

    private void Write(IReadOnlyList<ChestNetwork> networks, StrangerScore? stranger, bool described, bool withKind)
    {
        var image = _graph.Input("image", "N", 1, _recipe.Side, _recipe.Side);
        var pooled = _recipe.Pool > 1 ? AveragePool(image, _recipe.Pool, _recipe.Pool, 0) : image;
        var z = Standardise(pooled);
        var channels = _recipe.Channels == "z" ? z : Channels(z);
        var both = Node("Concat", [channels, Mirror(channels)], ("axis", 0));

        var logits = new List<string>();
        var kinds = new List<string>();
        var maps = new List<string>();
        var means = new List<string>();
        for (var i = 0; i < networks.Count; i++)
        {
            var last = Body(networks[i], both, $"s{i}");
            var head = networks[i].Head;
            var evidence = Node(
                "Conv",
                [
                    last,
                    _graph.Weights($"s{i}_head_weight", Floats(head.weight!), 2, head.weight!.shape[1], 1, 1),
                    _graph.Weights($"s{i}_head_bias", Floats(head.bias!), 2),
                ],
                ("kernel_shape", new long[] { 1, 1 }));
            // [2N, 2, h, w] -> per output the mean over the picture and its mirror image.
            var perOutput = Halves(SpatialMean(evidence));
            logits.Add(Column(perOutput, 0));
            kinds.Add(Column(perOutput, 1));
            maps.Add(Node("Slice", [evidence, _graph.Integers(0), _graph.Integers(1), _graph.Integers(1)]));
            means.Add(Halves(SpatialMean(last)));
        }

        var members = Together(logits);
        var logit = RowMean(members);
        var map = Average(maps);
        var sides = _graph.Node("Split", [map], 2, ("axis", 0));
        var cam = Node("Squeeze", [Average([sides[0], Mirror(sides[1])]), _graph.Integers(1)]);
        var features = Together(means);
        var cells = Shrunk(_recipe.Side / _recipe.Pool, _recipe.StemStride);
        for (var i = 1; i < _recipe.Widths.Length; i++)
            cells = Shrunk(cells, _recipe.Widths[i] == _recipe.Widths[i - 1] ? 1 : 2);

        _graph.Output("logit", logit, "N");
        _graph.Output("probability", Node("Sigmoid", [logit]), "N");
        _graph.Output("members", members, "N", networks.Count);
        _graph.Output("cam", cam, "N", cells, cells);
        _graph.Output("features", features, "N", networks.Count * _recipe.Widths[^1]);
        if (withKind)
            _graph.Output("bacterial_logit", RowMean(Together(kinds)), "N");
        if (stranger is null && !described)
            return;

        var descriptions = new Dictionary<string, string>
        {
            [Deep] = features,
            [Layout] = Node("Flatten", [AveragePool(z, _recipe.Side / _recipe.Pool / LayoutSide, _recipe.Side / _recipe.Pool / LayoutSide, 0)], ("axis", 1)),
            [Texture] = Describe(z),
        };
        if (described)
        {
            _graph.Output(Deep, descriptions[Deep], "N", networks.Count * _recipe.Widths[^1]);
            _graph.Output(Layout, descriptions[Layout], "N", LayoutSide * LayoutSide);
            _graph.Output(Texture, descriptions[Texture], "N", GreyLevels.Length + 6);
        }

        if (stranger is not null)
            _graph.Output("ood", Average([.. stranger.Blocks.Select(b => Distance(b, descriptions[b.Name]))]), "N");
    }

    private static int Shrunk(int side, int stride) => (side + stride - 1) / stride;

    private string Distance(StrangerBlock block, string values)
    {
        long f = block.Mean.Length;
        var white = Node(
            "MatMul",
            [
                Node("Sub", [values, _graph.Weights($"{block.Name}_mean", block.Mean, f)]),
                _graph.Weights($"{block.Name}_whitening", block.Whitening, f, f),
            ]);
        var mean = RowMean(Node("Mul", [white, white]));
        var log = Node("Log", [Node("Add", [mean, _graph.Scalar(StrangerBlock.Floor)])]);
        return Node("Div", [Node("Sub", [log, _graph.Scalar(block.Centre)]), _graph.Scalar(block.Scale)]);
    }

    /// <summary>Soft grey-level histogram and ln of the mean slopes at three scales; like the network, blind to brightness and contrast.</summary>
    private string Describe(string z)
    {
        var parts = new List<string>();
        foreach (var level in GreyLevels)
        {
            var away = Node("Abs", [Node("Sub", [z, _graph.Scalar(level)])]);
            parts.Add(SpatialMean(Node("Relu", [Node("Sub", [_graph.Scalar(1), Node("Mul", [away, _graph.Scalar(2)])])])));
        }

        var side = _recipe.Side / _recipe.Pool;
        foreach (var step in new[] { 1, 2, 4 })
        {
            var scaled = step == 1 ? z : AveragePool(z, step, step, 0);
            parts.Add(Log(SpatialMean(Slope(scaled, side / step, 2))));
            parts.Add(Log(SpatialMean(Slope(scaled, side / step, 3))));
        }

        return Node("Concat", [.. parts], ("axis", 1));

        string Log(string x) => Node("Log", [Node("Add", [x, _graph.Scalar(1e-3f)])]);

        string Slope(string x, int cells, int axis) => Node(
            "Abs",
            [
                Node(
                    "Sub",
                    [
                        Node("Slice", [x, _graph.Integers(1), _graph.Integers(cells), _graph.Integers(axis)]),
                        Node("Slice", [x, _graph.Integers(0), _graph.Integers(cells - 1), _graph.Integers(axis)]),
                    ]),
            ]);
    }

    private string Standardise(string x)
    {
        var axes = (Name: "axes", Value: (object)new long[] { 1, 2, 3 });
        var mean = Node("ReduceMean", [x], axes, ("keepdims", 1));
        var centred = Node("Sub", [x, mean]);
        var deviation = Node("Sqrt", [Node("ReduceMean", [Node("Mul", [centred, centred])], axes, ("keepdims", 1))]);
        return Node("Div", [centred, Node("Add", [deviation, _graph.Scalar(ChestNetwork.Tiny)])]);
    }

    private string Channels(string z)
    {
        var window = ChestNetwork.Window(_recipe);
        var offset = Node("Sub", [z, AveragePool(z, window, 1, window / 2)]);
        var spread = Node("Sqrt", [AveragePool(Node("Mul", [offset, offset]), window, 1, window / 2)]);
        var local = Node("Div", [offset, Node("Add", [spread, _graph.Scalar(ChestNetwork.LocalFloor)])]);
        return _recipe.Channels == "l" ? local : Node("Concat", [z, local], ("axis", 1));
    }

    private string Body(ChestNetwork network, string x, string label)
    {
        x = Node("Relu", [Convolve(network.Stem, x, $"{label}_stem")]);
        var number = 0;
        foreach (var block in network.Blocks)
        {
            var name = $"{label}_block{number++}";
            var inner = Node("Relu", [Convolve(block.First, x, $"{name}_first")]);
            inner = Convolve(block.Second, inner, $"{name}_second");
            var around = block.Shortcut is null ? x : Convolve(block.Shortcut, x, $"{name}_shortcut");
            x = Node("Relu", [Node("Add", [inner, around])]);
        }

        return x;
    }

    /// <summary>One convolution with the batch normalisation folded in, in double precision.</summary>
    private string Convolve(ConvolutionAndNorm layer, string x, string label)
    {
        var weight = layer.Convolution.weight;
        var shape = weight.shape;
        var values = Floats(weight);
        var (gamma, beta) = (Floats(layer.Norm.weight), Floats(layer.Norm.bias));
        var (mean, variance) = (Floats(layer.Norm.running_mean), Floats(layer.Norm.running_var));
        var perOutput = values.Length / (int)shape[0];
        var bias = new float[shape[0]];
        for (var o = 0; o < bias.Length; o++)
        {
            var factor = gamma[o] / Math.Sqrt(variance[o] + 1e-5);
            for (var i = 0; i < perOutput; i++)
                values[(o * perOutput) + i] = (float)(values[(o * perOutput) + i] * factor);
            bias[o] = (float)(beta[o] - (mean[o] * factor));
        }

        var pad = shape[2] / 2;
        return Node(
            "Conv",
            [x, _graph.Weights($"{label}_weight", values, shape), _graph.Weights($"{label}_bias", bias, bias.Length)],
            ("kernel_shape", new[] { shape[2], shape[3] }),
            ("pads", new[] { pad, pad, pad, pad }),
            ("strides", new long[] { layer.Stride, layer.Stride }));
    }

    private string Mirror(string x) => Node("Slice", [x, _graph.Integers(-1), _graph.Integers(long.MinValue + 1), _graph.Integers(3), _graph.Integers(-1)]);

    /// <summary>Mean of the picture's rows and its mirror image's rows.</summary>
    private string Halves(string rows) => Average(_graph.Node("Split", [rows], 2, ("axis", 0)));

    private string Column(string rows, int column) => Node("Slice", [rows, _graph.Integers(column), _graph.Integers(column + 1), _graph.Integers(1)]);

    private string SpatialMean(string x) => Node("ReduceMean", [x], ("axes", new long[] { 2, 3 }), ("keepdims", 0));

    private string RowMean(string x) => Node("ReduceMean", [x], ("axes", new long[] { 1 }), ("keepdims", 0));

    private string Together(List<string> columns) => columns.Count == 1 ? columns[0] : Node("Concat", [.. columns], ("axis", 1));

    private string Average(IReadOnlyList<string> values)
    {
        var sum = values[0];
        for (var i = 1; i < values.Count; i++)
            sum = Node("Add", [sum, values[i]]);
        return values.Count == 1 ? sum : Node("Mul", [sum, _graph.Scalar(1f / values.Count)]);
    }

    private string AveragePool(string x, int window, int stride, int pad) => Node(
        "AveragePool",
        [x],
        ("kernel_shape", new long[] { window, window }),
        ("strides", new long[] { stride, stride }),
        ("pads", new long[] { pad, pad, pad, pad }),
        ("count_include_pad", 0));

    private string Node(string op, string[] inputs, params (string Name, object Value)[] attributes) => _graph.Node(op, inputs, attributes);

    private static float[] Floats(Tensor? tensor) => tensor!.detach().cpu().contiguous().data<float>().ToArray();
}
