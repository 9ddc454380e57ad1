using MedAI.Training.Onnx;

namespace MedAI.Training.Icu;

/// <summary>The names under which the grid's tensors stand in a graph.</summary>
internal sealed record GridInputs(string Values, string Observed, string HoursSince, string Statics)
{
    public static GridInputs Declare(OnnxGraph graph, int series, int statics) => new(
        graph.Input("values", "N", "T", series),
        graph.Input("observed", "N", "T", series),
        graph.Input("hours_since", "N", "T", series),
        graph.Input("statics", "N", statics));
}

/// <summary>Writes the aggregates that the trees split on as ONNX nodes: [N, T, V] grids become [N, <see cref="Names"/>].</summary>
/// <remarks>
/// The same nodes compute the features in training, run by ONNX Runtime, and in the shipped graph: there is no second implementation to keep equal.
/// Per variable over the observed cells: count, mean, spread, lowest, highest, first, last, slope per hour, hours since the last, and mean, lowest and highest of the
/// newest twelve hours. What was never observed is <see cref="Never"/>. Beside them the static features, the elapsed hours and a few ratios clinicians use.
/// </remarks>
internal sealed class AggregateGraph
{
    /// <summary>Stands for "never observed"; below every believable value of every variable.</summary>
    public const float Never = -1;

    private const float Beyond = 1e9f;
    private const int RecentHours = 12;

    private readonly OnnxGraph _graph;
    private readonly GridInputs _inputs;
    private readonly string _zero;
    private readonly string _one;
    private readonly string _never;
    private readonly IReadOnlyList<string> _series;

    private AggregateGraph(OnnxGraph graph, GridInputs inputs, IReadOnlyList<string> series)
    {
        _graph = graph;
        _inputs = inputs;
        _series = series;
        _zero = graph.Scalar(0);
        _one = graph.Scalar(1);
        _never = graph.Scalar(Never);
    }

    /// <summary>Feature names in column order.</summary>
    public static IReadOnlyList<string> Names(IReadOnlyList<string> series, IReadOnlyList<string> statics) =>
    [
        .. PerVariable.SelectMany(aggregate => series.Select(v => $"{v}.{aggregate}")),
        .. statics,
        .. Derived,
    ];

    private static readonly string[] PerVariable = ["count", "mean", "spread", "lowest", "highest", "first", "last", "slope", "since", "recent-mean", "recent-lowest", "recent-highest"];

    private static readonly string[] Derived = ["hours", "distinct-variables", "pao2-per-fio2", "shock-index", "urea-per-creatinine", "urine-per-kg-hour"];

    /// <summary>A graph that does nothing else: grid in, output <c>aggregates</c> [N, features].</summary>
    public static byte[] Alone(IReadOnlyList<string> series, IReadOnlyList<string> statics, ReadOnlySpan<float> baselines)
    {
        var graph = new OnnxGraph("icu_aggregates");
        var inputs = GridInputs.Declare(graph, series.Count, statics.Count);
        graph.Output("aggregates", Write(graph, inputs, series, statics, baselines), "N", Names(series, statics).Count);
        return graph.ToBytes();
    }

    /// <summary>Adds the nodes and returns the name of the result.</summary>
    public static string Write(OnnxGraph graph, GridInputs inputs, IReadOnlyList<string> series, IReadOnlyList<string> statics, ReadOnlySpan<float> baselines) =>
        new AggregateGraph(graph, inputs, series).Write(statics, graph.Weights("aggregate_baselines", baselines, baselines.Length));

    private string Write(IReadOnlyList<string> statics, string baselines)
    {
        // Centred on the baseline, so that squares of large values keep their digits in float32.
        var (values, observed) = (_inputs.Values, _inputs.Observed);
        var centred = Node("Mul", Node("Sub", values, baselines), observed);
        var isObserved = Node("Greater", observed, _graph.Scalar(0.5f));
        var time = Node("CumSum", Node("Add", Node("Mul", observed, _zero), _one), _graph.Index(1));
        var when = Node("Mul", time, observed);

        var count = Sum(observed);
        var atLeastOne = Node("Max", count, _one);
        var ever = Node("Greater", count, _graph.Scalar(0.5f));
        var sum = Sum(centred);
        var offset = Node("Div", sum, atLeastOne);
        var variance = Node("Sub", Node("Div", Sum(Node("Mul", centred, centred)), atLeastOne), Node("Mul", offset, offset));
        var spread = Node("Sqrt", Node("Max", variance, _zero));
        var sumOfTimes = Sum(when);
        var covariance = Node("Sub", Node("Mul", count, Sum(Node("Mul", when, centred))), Node("Mul", sumOfTimes, sum));
        var timeVariance = Node("Sub", Node("Mul", count, Sum(Node("Mul", when, when))), Node("Mul", sumOfTimes, sumOfTimes));
        var slope = Node("Div", covariance, Node("Max", timeVariance, _one));
        var first = At(Node("ReduceMin", [Node("Where", isObserved, time, _graph.Scalar(Beyond))], ("axes", new long[] { 1 }), ("keepdims", 1)), time, values);
        var last = At(Node("ReduceMax", [when], ("axes", new long[] { 1 }), ("keepdims", 1)), time, values);
        var lowest = Extreme("ReduceMin", isObserved, values, Beyond);
        var highest = Extreme("ReduceMax", isObserved, values, -Beyond);
        var since = _graph.Node("Gather", [_inputs.HoursSince, _graph.Index(-1)], ("axis", 1));

        var (recentValues, recentObserved, recentCentred, recentIs) = (Recent(values), Recent(observed), Recent(centred), Recent(isObserved));
        var recentCount = Sum(recentObserved);
        var recently = Node("Greater", recentCount, _graph.Scalar(0.5f));
        var recentMean = Node("Add", Node("Div", Sum(recentCentred), Node("Max", recentCount, _one)), baselines);

        var elapsed = _graph.Node("ReduceMax", [time], ("axes", new long[] { 1, 2 }), ("keepdims", 0));
        elapsed = Node("Unsqueeze", elapsed, _graph.Integers(1));
        var everLowest = Node("Where", ever, lowest, _never);
        var everHighest = Node("Where", ever, highest, _never);
        var everLast = Node("Where", ever, last, _never);
        var distinct = _graph.Node("ReduceSum", [Node("Min", count, _one), _graph.Integers(1)], ("keepdims", 1));
        var weight = Node("Max", _graph.Node("Gather", [_inputs.Statics, _graph.Integers(IndexOf(statics, "weight"))], ("axis", 1)), _graph.Scalar(20));

        var systolic = Pick(everLowest, "SysABP");
        systolic = Node("Where", Node("Less", systolic, _zero), Pick(everLowest, "NISysABP"), systolic);
        var urinePerHour = Node("Div", Node("Mul", Pick(Mean(), "Urine"), Pick(count, "Urine")), Node("Mul", elapsed, weight));
        return _graph.Node(
            "Concat",
            [
                count, Node("Where", ever, Mean(), _never), spread, everLowest, everHighest, Node("Where", ever, first, _never), everLast, slope, since,
                Node("Where", recently, recentMean, _never),
                Node("Where", recently, Extreme("ReduceMin", recentIs, recentValues, Beyond), _never),
                Node("Where", recently, Extreme("ReduceMax", recentIs, recentValues, -Beyond), _never),
                _inputs.Statics,
                elapsed, distinct,
                Ratio(Pick(everLast, "PaO2"), Pick(everLast, "FiO2"), 0.1f),
                Ratio(Pick(everHighest, "HR"), systolic, 20),
                Ratio(Pick(everLast, "BUN"), Pick(everLast, "Creatinine"), 0.1f),
                Node("Where", Node("Greater", Pick(count, "Urine"), _zero), urinePerHour, _never),
            ],
            ("axis", 1));

        string Mean() => Node("Add", offset, baselines);
    }

    private string Node(string op, params string[] inputs) => _graph.Node(op, inputs);

    private string Node(string op, string[] inputs, params (string Name, object Value)[] attributes) => _graph.Node(op, inputs, attributes);

    private string Sum(string x) => _graph.Node("ReduceSum", [x, _graph.Integers(1)], ("keepdims", 0));

    private string Extreme(string op, string isObserved, string values, float otherwise) =>
        _graph.Node(op, [Node("Where", isObserved, values, _graph.Scalar(otherwise))], ("axes", new long[] { 1 }), ("keepdims", 0));

    /// <summary>The value in the step whose number is <paramref name="step"/> [N, 1, V]; 0 where no step has it.</summary>
    private string At(string step, string time, string values) => Sum(Node("Where", Node("Equal", time, step), values, _zero));

    private string Recent(string x) => _graph.Node("Slice", [x, _graph.Integers(-RecentHours), _graph.Integers(long.MaxValue), _graph.Integers(1)]);

    private string Pick(string x, string variable) => _graph.Node("Gather", [x, _graph.Integers(IndexOf(_series, variable))], ("axis", 1));

    /// <summary>Quotient of two aggregates; "never" where either is missing.</summary>
    private string Ratio(string above, string below, float atLeast)
    {
        var known = Node("And", Node("GreaterOrEqual", above, _zero), Node("GreaterOrEqual", below, _zero));
        return Node("Where", known, Node("Div", above, Node("Max", below, _graph.Scalar(atLeast))), _never);
    }

    private static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }

        throw new ArgumentException($"The aggregates need {name}.", nameof(names));
    }
}
