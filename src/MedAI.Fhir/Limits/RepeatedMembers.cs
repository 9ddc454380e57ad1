using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace MedAI.Fhir.Limits;

/// <summary>Finds members that stand twice in one object, by their bytes.</summary>
/// <remarks>
/// For JSON that a parser has accepted: then a string before a colon is a name, and nothing else needs to be understood. That takes a fraction of
/// the time of a second parse. What the bytes cannot decide (escaped names) or would decide slowly (objects of many members) goes through a parser.
/// </remarks>
internal static class RepeatedMembers
{
    /// <summary>Names of one object that are searched one after another; beyond, the time would grow with the square.</summary>
    private const int MostByBytes = 64;

    private static readonly SearchValues<byte> Marks = SearchValues.Create("\"{}"u8);
    private static readonly SearchValues<byte> InString = SearchValues.Create("\"\\"u8);

    /// <param name="utf8">Valid JSON of at most <see cref="StrictJson.MaxDepth"/> levels.</param>
    /// <returns>Start of the first repeated name, or null.</returns>
    public static int? Find(ReadOnlySpan<byte> utf8)
    {
        // A slot for every open object's names: the innermost object's are last.
        uint[] hashes = ArrayPool<uint>.Shared.Rent((StrictJson.MaxDepth + 1) * MostByBytes);
        int[] starts = ArrayPool<int>.Shared.Rent((StrictJson.MaxDepth + 1) * MostByBytes);
        try
        {
            return Scan(utf8, hashes, starts, out bool undecided) ?? (undecided ? FindWithParser(utf8) : null);
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(hashes);
            ArrayPool<int>.Shared.Return(starts);
        }
    }

    /// <summary>Start of the first repeated member name, or null; where the JSON is wrong in another way, of those before that place.</summary>
    public static int? FindWithParser(ReadOnlySpan<byte> utf8)
    {
        var open = new Stack<HashSet<string>>();
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                    open.Push(new HashSet<string>(StringComparer.Ordinal));
                else if (reader.TokenType == JsonTokenType.EndObject)
                    open.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName && !open.Peek().Add(reader.GetString()!))
                    return (int)reader.TokenStartIndex;
            }
        }
        catch (JsonException)
        {
            // Not a repeated member, then.
        }
        return null;
    }

    private static int? Scan(ReadOnlySpan<byte> utf8, uint[] hashes, int[] starts, out bool undecided)
    {
        undecided = false;
        // First name of each open object; depth 0 is outside of all.
        Span<int> firsts = stackalloc int[StrictJson.MaxDepth + 1];
        int depth = 0;
        int count = 0;
        int at = 0;
        while (utf8[at..].IndexOfAny(Marks) is >= 0 and var step)
        {
            at += step;
            byte mark = utf8[at++];
            if (mark == '{')
            {
                firsts[++depth] = count;
                continue;
            }
            if (mark == '}')
            {
                count = firsts[depth--];
                continue;
            }

            int start = at;
            bool escaped = SkipString(utf8, ref at);
            if (!IsBeforeColon(utf8, at))
                continue;
            var name = utf8[start..(at - 1)];
            uint hash = Hash(name);
            int first = firsts[depth];
            if (escaped || count - first == MostByBytes)
            {
                undecided = true;
                return null;
            }
            if (IsKnown(utf8, name, hash, hashes.AsSpan(first, count - first), starts.AsSpan(first)))
                return start - 1;
            hashes[count] = hash;
            starts[count++] = start;
        }
        return null;
    }

    private static bool IsKnown(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> name, uint hash, ReadOnlySpan<uint> hashes, ReadOnlySpan<int> starts)
    {
        for (int at = 0; hashes[at..].IndexOf(hash) is >= 0 and var step; at++)
        {
            at += step;
            var other = utf8[starts[at]..];
            if (other.StartsWith(name) && other[name.Length] == '"')
                return true;
        }
        return false;
    }

    /// <summary>Moves behind the closing quote.</summary>
    /// <returns>True when the string holds an escape.</returns>
    private static bool SkipString(ReadOnlySpan<byte> utf8, ref int at)
    {
        bool escaped = false;
        while (true)
        {
            at += utf8[at..].IndexOfAny(InString) + 1;
            if (utf8[at - 1] == '"')
                return escaped;
            escaped = true;
            // The escaped character may be a quote.
            at++;
        }
    }

    private static bool IsBeforeColon(ReadOnlySpan<byte> utf8, int at)
    {
        while (at < utf8.Length && utf8[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            at++;
        return at < utf8.Length && utf8[at] == ':';
    }

    /// <summary>Tells most names apart by length and ends; equal hashes are compared by bytes.</summary>
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = (uint)name.Length;
        if (name.Length >= 4)
            return (((hash * 0x9E3779B1) ^ BinaryPrimitives.ReadUInt32LittleEndian(name)) * 0x85EBCA77) ^ BinaryPrimitives.ReadUInt32LittleEndian(name[^4..]);
        foreach (byte b in name)
            hash = (hash * 257) + b;
        return hash;
    }
}
