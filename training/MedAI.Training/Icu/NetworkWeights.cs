using System.Text;
using static TorchSharp.torch;

namespace MedAI.Training.Icu;

/// <summary>The parameters of a trained network as plain arrays: what a checkpoint keeps and the export reads.</summary>
internal sealed record NetworkWeights(IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Parameters)
{
    public static NetworkWeights Of(nn.Module network) => new(network.named_parameters().ToDictionary(
        p => p.name,
        p => (p.parameter.shape, p.parameter.detach().contiguous().data<float>().ToArray())));

    /// <summary>Puts the weights into a network of the same shape.</summary>
    /// <exception cref="InvalidDataException">The network has other parameters.</exception>
    public void CopyTo(nn.Module network)
    {
        using var _ = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (!Parameters.TryGetValue(name, out var stored) || !stored.Shape.SequenceEqual(parameter.shape))
                throw new InvalidDataException($"The stored weights do not fit {name}.");
            using var values = tensor(stored.Values, stored.Shape);
            parameter.copy_(values);
        }
    }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Parameters.Count);
        foreach (var (name, (shape, values)) in Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            writer.Write(name);
            writer.Write(shape.Length);
            foreach (var dimension in shape)
                writer.Write(dimension);
            foreach (var value in values)
                writer.Write(value);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no stored weights.</exception>
    public static NetworkWeights FromBytes(byte[] bytes)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
            var parameters = new Dictionary<string, (long[] Shape, float[] Values)>();
            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                var name = reader.ReadString();
                var shape = new long[reader.ReadInt32()];
                for (var i = 0; i < shape.Length; i++)
                    shape[i] = reader.ReadInt64();
                var count = shape.Aggregate(1L, (product, dimension) => checked(product * dimension));
                if (count < 0 || count * sizeof(float) > bytes.Length)
                    throw new InvalidDataException("The stored weights are damaged.");
                var values = new float[count];
                for (var i = 0; i < values.Length; i++)
                    values[i] = reader.ReadSingle();
                parameters[name] = (shape, values);
            }

            return new NetworkWeights(parameters);
        }
        catch (Exception e) when (e is EndOfStreamException or OverflowException or FormatException)
        {
            throw new InvalidDataException("The stored weights are damaged.", e);
        }
    }
}
