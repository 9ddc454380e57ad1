using System.Runtime.InteropServices;

namespace MedAI.Training.Onnx;

/// <summary>Builds an ONNX model file: operator set 17 (and version 3 of ai.onnx.ml where trees are used), IR version 8, float32 tensors, weights inside the file.</summary>
/// <remarks>Field numbers are those of onnx.proto3. Node outputs are named after the operator and a running number.</remarks>
internal sealed class OnnxGraph(string name)
{
    private const int IrVersion = 8;
    private const int OperatorSet = 17;
    private const string MachineLearning = "ai.onnx.ml";
    private const int MachineLearningSet = 3;
    private const int Float32 = 1;
    private const int Int64 = 7;

    private readonly ProtobufWriter _graph = new();
    private readonly List<(string Key, string Value)> _metadata = [];
    private int _count;
    private bool _hasMachineLearning;

    /// <summary>Declares an input; a dimension is a number or a symbol.</summary>
    public string Input(string input, params object[] shape)
    {
        _graph.Message(11, ValueInfo(input, shape));
        return input;
    }

    /// <summary>Gives <paramref name="value"/> a public name.</summary>
    public void Output(string output, string value, params object[] shape)
    {
        _graph.Message(1, NodeMessage("Identity", output, [value], [output], []));
        _graph.Message(12, ValueInfo(output, shape));
    }

    /// <summary>A constant tensor of floats.</summary>
    public string Weights(string label, ReadOnlySpan<float> values, params long[] shape) => Tensor(label, Float32, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant scalar.</summary>
    public string Scalar(float value) => Weights($"scalar_{_count++}", [value]);

    /// <summary>A constant list of integers, as shapes and axes are given.</summary>
    public string Integers(params long[] values) => Tensor($"integers_{_count++}", Int64, MemoryMarshal.AsBytes<long>(values), [values.Length]);

    /// <summary>A constant integer without dimensions, as an index is given.</summary>
    public string Index(long value) => Tensor($"index_{_count++}", Int64, MemoryMarshal.AsBytes<long>([value]), []);

    /// <summary>Adds a node with one output and returns the output's name.</summary>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes) => Node(op, inputs, 1, attributes)[0];

    /// <summary>Adds a node with several outputs.</summary>
    public string[] Node(string op, string[] inputs, int outputs, params (string Name, object Value)[] attributes)
    {
        var label = $"{op}_{_count++}";
        var names = Enumerable.Range(0, outputs).Select(i => outputs == 1 ? label : $"{label}_{i}").ToArray();
        _graph.Message(1, NodeMessage(op, label, inputs, names, attributes));
        return names;
    }

    /// <summary>Adds a node of the ai.onnx.ml domain with one output.</summary>
    public string MachineLearningNode(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        _hasMachineLearning = true;
        var label = $"{op}_{_count++}";
        _graph.Message(1, NodeMessage(op, label, inputs, [label], attributes).Text(7, MachineLearning));
        return label;
    }

    /// <summary>A key and value that travel with the file.</summary>
    public void Metadata(string key, string value) => _metadata.Add((key, value));

    /// <summary>The file.</summary>
    public byte[] ToBytes()
    {
        _graph.Text(2, name);
        var model = new ProtobufWriter()
            .Int(1, IrVersion)
            .Text(2, "MedAI.Training")
            .Text(3, "1")
            .Message(7, _graph)
            .Message(8, new ProtobufWriter().Text(1, "").Int(2, OperatorSet));
        if (_hasMachineLearning)
            model.Message(8, new ProtobufWriter().Text(1, MachineLearning).Int(2, MachineLearningSet));
        foreach (var (key, value) in _metadata)
            model.Message(14, new ProtobufWriter().Text(1, key).Text(2, value));
        return model.ToArray();
    }

    private string Tensor(string label, int type, ReadOnlySpan<byte> bytes, long[] shape)
    {
        var tensor = new ProtobufWriter();
        foreach (var dimension in shape)
            tensor.Int(1, dimension);
        _graph.Message(5, tensor.Int(2, type).Text(8, label).Bytes(9, bytes));
        return label;
    }

    private static ProtobufWriter NodeMessage(string op, string label, string[] inputs, string[] outputs, (string Name, object Value)[] attributes)
    {
        var node = new ProtobufWriter();
        foreach (var input in inputs)
            node.Text(1, input);
        foreach (var output in outputs)
            node.Text(2, output);
        node.Text(3, label).Text(4, op);
        foreach (var (attribute, value) in attributes)
            node.Message(5, Attribute(attribute, value));
        return node;
    }

    private static ProtobufWriter Attribute(string attribute, object value)
    {
        var message = new ProtobufWriter().Text(1, attribute);
        switch (value)
        {
            case int number:
                return message.Int(3, number).Int(20, 2);
            case float number:
                return message.Float(2, number).Int(20, 1);
            case string word:
                return message.Text(4, word).Int(20, 3);
            case long[] numbers:
                foreach (var number in numbers)
                    message.Int(8, number);
                return message.Int(20, 7);
            case float[] numbers:
                foreach (var number in numbers)
                    message.Float(7, number);
                return message.Int(20, 6);
            case string[] texts:
                foreach (var text in texts)
                    message.Text(9, text);
                return message.Int(20, 8);
            default:
                throw new ArgumentException($"No attribute type for {value.GetType().Name}.", nameof(value));
        }
    }

    private static ProtobufWriter ValueInfo(string label, object[] shape)
    {
        var dimensions = new ProtobufWriter();
        foreach (var dimension in shape)
        {
            dimensions.Message(1, dimension is string symbol
                ? new ProtobufWriter().Text(2, symbol)
                : new ProtobufWriter().Int(1, Convert.ToInt64(dimension)));
        }

        var tensorType = new ProtobufWriter().Int(1, Float32).Message(2, dimensions);
        return new ProtobufWriter().Text(1, label).Message(2, new ProtobufWriter().Message(1, tensorType));
    }
}
