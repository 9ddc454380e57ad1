using System.Buffers.Binary;
using System.Text;

namespace MedAI.Testing;

/// <summary>Writes small ONNX files (opset 12) for tests, without any library: what the tests load is a real model.</summary>
/// <remarks>Field numbers are those of onnx.proto3. Can also write what a server must refuse.</remarks>
public sealed class TinyOnnx
{
    private readonly List<byte[]> _nodes = [];
    private readonly List<byte[]> _initializers = [];
    private readonly List<byte[]> _sparse = [];
    private readonly List<byte[]> _inputs = [];
    private readonly List<byte[]> _outputs = [];
    private readonly List<byte[]> _functions = [];

    /// <summary>A float input; a dimension is a number or a symbol.</summary>
    public TinyOnnx Input(string name, params object[] shape)
    {
        _inputs.Add(Value(name, 1, shape));
        return this;
    }

    public TinyOnnx Output(string name, params object[] shape)
    {
        _outputs.Add(Value(name, 1, shape));
        return this;
    }

    /// <summary>An int64 output.</summary>
    public TinyOnnx IntegerOutput(string name, params object[] shape)
    {
        _outputs.Add(Value(name, 7, shape));
        return this;
    }

    public TinyOnnx Constant(string name, float[] values, params long[] shape)
    {
        _initializers.Add(Tensor(name, values, shape));
        return this;
    }

    /// <summary>An initializer as it is.</summary>
    public TinyOnnx Initializer(byte[] tensor)
    {
        _initializers.Add(tensor);
        return this;
    }

    public TinyOnnx SparseInitializer(byte[] values, byte[] indices)
    {
        _sparse.Add([.. Field(1, values), .. Field(2, indices), .. Number(3, 4)]);
        return this;
    }

    /// <summary>A model-local function of one node.</summary>
    public TinyOnnx Function(string name, byte[] node)
    {
        _functions.Add([.. Field(1, name), .. Field(7, node)]);
        return this;
    }

    public TinyOnnx Node(string type, string[] inputs, string[] outputs, params byte[][] attributes)
    {
        _nodes.Add(NodeBytes(type, inputs, outputs, attributes));
        return this;
    }

    public byte[] ToBytes()
    {
        byte[] graph = Graph(_nodes, _initializers, _inputs, _outputs, _sparse);
        byte[] opset = [.. Field(1, ""), .. Number(2, 12)];
        return [.. Number(1, 7), .. Field(2, "tests"), .. Field(7, graph), .. Field(8, opset), .. _functions.SelectMany(f => Field(25, f))];
    }

    public static byte[] NodeBytes(string type, string[] inputs, string[] outputs, params byte[][] attributes) =>
        [.. inputs.SelectMany(i => Field(1, i)), .. outputs.SelectMany(o => Field(2, o)), .. Field(4, type), .. attributes.SelectMany(a => Field(5, a))];

    public static byte[] Graph(IEnumerable<byte[]> nodes, IEnumerable<byte[]> initializers, IEnumerable<byte[]>? inputs = null, IEnumerable<byte[]>? outputs = null,
        IEnumerable<byte[]>? sparse = null) =>
        [
            .. nodes.SelectMany(n => Field(1, n)), .. Field(2, "tiny"), .. initializers.SelectMany(i => Field(5, i)),
            .. (inputs ?? []).SelectMany(i => Field(11, i)), .. (outputs ?? []).SelectMany(o => Field(12, o)), .. (sparse ?? []).SelectMany(s => Field(15, s)),
        ];

    public static byte[] IntAttribute(string name, long value) => [.. Field(1, name), .. Number(3, (ulong)value), .. Number(20, 2)];

    public static byte[] IntsAttribute(string name, params long[] values) => [.. Field(1, name), .. values.SelectMany(v => Number(8, (ulong)v)), .. Number(20, 7)];

    public static byte[] TensorAttribute(string name, byte[] tensor) => [.. Field(1, name), .. Field(5, tensor), .. Number(20, 4)];

    public static byte[] GraphAttribute(string name, byte[] graph) => [.. Field(1, name), .. Field(6, graph), .. Number(20, 5)];

    public static byte[] Tensor(string name, float[] values, params long[] shape)
    {
        var raw = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(i * 4), values[i]);
        return [.. shape.SelectMany(d => Number(1, (ulong)d)), .. Number(2, 1), .. Field(8, name), .. Field(9, raw)];
    }

    /// <summary>A tensor whose bytes lie in another file.</summary>
    public static byte[] ExternalTensor(string name, string location, params long[] shape) =>
    [
        .. shape.SelectMany(d => Number(1, (ulong)d)), .. Number(2, 1), .. Field(8, name),
        .. Field(13, [.. Field(1, "location"), .. Field(2, location)]), .. Number(14, 1),
    ];

    private static byte[] Value(string name, int elementType, object[] shape)
    {
        byte[] dimensions = [.. shape.SelectMany(d => Field(1, d is string symbol ? Field(2, symbol) : Number(1, Convert.ToUInt64(d))))];
        byte[] tensor = [.. Number(1, (ulong)elementType), .. Field(2, dimensions)];
        return [.. Field(1, name), .. Field(2, Field(1, tensor))];
    }

    public static byte[] Field(int field, string text) => Field(field, Encoding.UTF8.GetBytes(text));

    public static byte[] Field(int field, byte[] content) => [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)content.Length), .. content];

    public static byte[] Number(int field, ulong value) => [.. Varint((ulong)field << 3), .. Varint(value)];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>(10);
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
