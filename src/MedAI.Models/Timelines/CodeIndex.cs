using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MedAI.Models.Timelines;

/// <summary>A fixed hash table from system and code to what they mean, searched by the UTF-8 bytes of the source.</summary>
/// <remarks>Immutable and thread safe; a search allocates nothing.</remarks>
internal sealed class CodeIndex<T>
    where T : class
{
    private readonly Entry?[] _buckets;
    private readonly int _longest;

    public CodeIndex(IEnumerable<KeyValuePair<(string System, string Code), T>> items)
    {
        var all = items.ToArray();
        _buckets = new Entry?[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, all.Length * 2))];
        foreach (var ((system, code), value) in all)
        {
            var entry = new Entry(Encoding.UTF8.GetBytes(system), Encoding.UTF8.GetBytes(code), value);
            _longest = Math.Max(_longest, Math.Max(entry.System.Length, entry.Code.Length));
            ref var bucket = ref _buckets[Bucket(entry.System, entry.Code)];
            entry.Next = bucket;
            bucket = entry;
        }
    }

    public bool TryFind(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code, [NotNullWhen(true)] out T? value)
    {
        value = null;
        // What is longer than every known code cannot be one, and is not worth hashing.
        if (system.Length > _longest || code.Length > _longest)
            return false;
        for (var entry = _buckets[Bucket(system, code)]; entry is not null; entry = entry.Next)
        {
            if (code.SequenceEqual(entry.Code) && system.SequenceEqual(entry.System))
            {
                value = entry.Value;
                return true;
            }
        }
        return false;
    }

    public bool TryFind(string system, string code, [NotNullWhen(true)] out T? value)
    {
        value = null;
        if (system.Length > _longest || code.Length > _longest)
            return false;
        // A UTF-16 unit needs at most 3 bytes; code system URLs are short.
        Span<byte> buffer = _longest <= 160 ? stackalloc byte[6 * 160] : new byte[6 * _longest];
        int systemLength = Encoding.UTF8.GetBytes(system, buffer);
        int codeLength = Encoding.UTF8.GetBytes(code, buffer[systemLength..]);
        return TryFind(buffer[..systemLength], buffer.Slice(systemLength, codeLength), out value);
    }

    private int Bucket(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code)
    {
        // FNV-1a over the code; systems are few, so their length and last byte tell them apart well enough.
        uint hash = 2166136261;
        foreach (byte b in code)
            hash = (hash ^ b) * 16777619;
        hash = (hash ^ (uint)system.Length) * 16777619;
        if (!system.IsEmpty)
            hash = (hash ^ system[^1]) * 16777619;
        return (int)((hash ^ (hash >> 15)) & (uint)(_buckets.Length - 1));
    }

    private sealed class Entry(byte[] system, byte[] code, T value)
    {
        public byte[] System { get; } = system;

        public byte[] Code { get; } = code;

        public T Value { get; } = value;

        public Entry? Next { get; set; }
    }
}
