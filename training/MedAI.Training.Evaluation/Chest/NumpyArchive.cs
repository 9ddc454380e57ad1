using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Reads arrays of bytes from a NumPy <c>.npz</c> file.</summary>
internal static partial class NumpyArchive
{
    private const long LargestBytes = 1 << 26;

    /// <summary>Shape and values of one array, row-major.</summary>
    /// <exception cref="InvalidDataException">The array is missing, damaged, or holds anything but unsigned bytes.</exception>
    public static (int[] Shape, byte[] Values) Read(string path, string array)
    {
        var file = Path.GetFileName(path);
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var entry = zip.GetEntry($"{array}.npy") ?? throw new InvalidDataException($"{file} holds no array '{array}'.");
            if (entry.Length > LargestBytes)
                throw new InvalidDataException($"{file} holds an array '{array}' of more than {LargestBytes:N0} bytes.");
            using var stream = entry.Open();
            var bytes = new byte[entry.Length];
            stream.ReadExactly(bytes);
            return Parse(file, array, bytes);
        }
        catch (Exception e) when (e is EndOfStreamException || (e is InvalidDataException && !e.Message.StartsWith(file, StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"{file} is damaged or cut off.", e);
        }
    }

    private static (int[] Shape, byte[] Values) Parse(string file, string array, byte[] bytes)
    {
        // Magic, version, header length (16 bits in version 1), then a Python literal that names type, order and shape.
        if (bytes.Length < 12 || bytes[0] != 0x93 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
            throw new InvalidDataException($"{file} holds an array '{array}' that is not in NumPy's format.");
        var start = bytes[6] == 1 ? 10 : 12;
        var length = bytes[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)) : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        if (length < 0 || start + length > bytes.Length)
            throw new InvalidDataException($"{file} holds an array '{array}' whose header is cut off.");
        var header = Encoding.Latin1.GetString(bytes, start, length);
        if (!header.Contains("'|u1'", StringComparison.Ordinal) || header.Contains("'fortran_order': True", StringComparison.Ordinal) || Shape().Match(header) is not { Success: true } match)
            throw new InvalidDataException($"{file} holds an array '{array}' that is not of unsigned bytes in row order.");
        var shape = match.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(int.Parse).ToArray();
        var values = bytes[(start + length)..];
        return shape.Aggregate(1L, (a, b) => a * b) == values.Length
            ? (shape, values)
            : throw new InvalidDataException($"{file} holds an array '{array}' that is not as long as its shape says.");
    }

    [GeneratedRegex(@"'shape': \(([0-9, ]*)\)")]
    private static partial Regex Shape();
}
