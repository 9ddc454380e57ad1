using System.Text;

namespace MedAI.Models.Packages;

/// <summary>Looks through an ONNX file for tensors whose bytes lie in other files.</summary>
/// <remarks>
/// Reads the protobuf wire format itself and visits every place where a tensor can stand: initializers, sparse initializers,
/// attributes, subgraphs, functions and training graphs (ONNX Runtime 1.26 checked dense tensors but not sparse ones).
/// What is not clean protobuf is a fault too, so that the runtime's parser never sees bytes which this one understood differently.
/// Field numbers are those of onnx.proto3.
/// </remarks>
internal static class OnnxExternalData
{
    private const int DeepestNesting = 64;

    /// <summary>Null when every tensor's bytes are inside, else what was found.</summary>
    public static string? Fault(ReadOnlySpan<byte> model)
    {
        string? fault = Visit(model, Message.Model, 0, out bool graph);
        return fault ?? (graph ? null : "Is not an ONNX model: it has no graph.");
    }

    private enum Message
    {
        Model,
        Graph,
        Node,
        Attribute,
        Tensor,
        SparseTensor,
        Function,
        Training,
    }

    private static Message? Child(Message parent, int field) => (parent, field) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Model, 20) => Message.Training,
        (Message.Model, 25) => Message.Function,
        (Message.Training, 1 or 2) => Message.Graph,
        (Message.Graph, 1) => Message.Node,
        (Message.Graph, 5) => Message.Tensor,
        (Message.Graph, 15) => Message.SparseTensor,
        (Message.Function, 7) => Message.Node,
        (Message.Function, 11) => Message.Attribute,
        (Message.Node, 5) => Message.Attribute,
        (Message.Attribute, 5 or 10) => Message.Tensor,
        (Message.Attribute, 6 or 11) => Message.Graph,
        (Message.Attribute, 22 or 23) => Message.SparseTensor,
        (Message.SparseTensor, 1 or 2) => Message.Tensor,
        _ => null,
    };

    private static string? Visit(ReadOnlySpan<byte> bytes, Message message, int depth, out bool graph)
    {
        const string Malformed = "Is not a well-formed ONNX file.";
        const int TensorName = 8;
        const int ExternalData = 13;
        const int DataLocation = 14;
        graph = false;
        if (depth > DeepestNesting)
            return "Nests graphs too deeply.";
        bool external = false;
        string name = "";
        while (!bytes.IsEmpty)
        {
            if (!TryVarint(ref bytes, out ulong tag) || tag >> 3 is 0 or > int.MaxValue)
                return Malformed;
            int field = (int)(tag >> 3);
            ulong number = 0;
            ReadOnlySpan<byte> content = default;
            switch (tag & 7)
            {
                case 0:
                    if (!TryVarint(ref bytes, out number))
                        return Malformed;
                    break;
                case 1 when bytes.Length >= 8:
                    bytes = bytes[8..];
                    break;
                case 2:
                    if (!TryVarint(ref bytes, out ulong length) || length > (ulong)bytes.Length)
                        return Malformed;
                    content = bytes[..(int)length];
                    bytes = bytes[(int)length..];
                    break;
                case 5 when bytes.Length >= 4:
                    bytes = bytes[4..];
                    break;
                default:
                    return Malformed;
            }
            if (message == Message.Tensor)
            {
                external |= field == ExternalData || (field == DataLocation && ((tag & 7) != 0 || number != 0));
                if (field == TensorName)
                    name = Encoding.UTF8.GetString(content[..Math.Min(content.Length, 60)]);
            }
            if (Child(message, field) is not { } child)
                continue;
            if ((tag & 7) != 2)
                return Malformed;
            graph |= child == Message.Graph;
            if (Visit(content, child, depth + 1, out _) is { } fault)
                return fault;
        }
        return external ? $"Tensor \"{string.Concat(name.Where(c => !char.IsControl(c)))}\" keeps its data in another file; a model holds all its data itself." : null;
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < 10 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }
        return false;
    }
}
