using System.Text;

namespace MedAI.Fhir.Reading;

/// <summary>Gives equal short words of one request one string: units and versions repeat hundreds of times.</summary>
/// <remarks>Holds at most a fixed number of words and lives no longer than the request. Not thread safe.</remarks>
internal sealed class Utf8Pool
{
    private const int Longest = 64;

    private readonly string?[] _words = new string?[128];

    public string? Get(ReadOnlySpan<byte> word)
    {
        if (word.IsEmpty)
            return null;
        if (word.SequenceEqual("http://unitsofmeasure.org"u8))
            return CodeSystems.Ucum;
        if (word.Length > Longest || !Ascii.IsValid(word))
            return Encoding.UTF8.GetString(word);
        uint hash = 2166136261;
        foreach (byte b in word)
            hash = (hash ^ b) * 16777619;
        ref string? slot = ref _words[(hash ^ (hash >> 13)) & 127];
        if (slot is not null && Ascii.Equals(word, slot))
            return slot;
        return slot = Encoding.ASCII.GetString(word);
    }
}
