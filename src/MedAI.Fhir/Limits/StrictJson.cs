using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Limits;

/// <summary>Parses JSON from outside and refuses what two readers could understand differently: repeated members, broken UTF-8, lone surrogates, NUL.</summary>
public static class StrictJson
{
    /// <summary>Deepest nesting. FHIR resources seldom pass 15; a parser's stack must not depend on the sender.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = MaxDepth,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    /// <param name="utf8">Read, not copied: it must stay as it is for as long as the document is used.</param>
    /// <param name="failure"><see cref="FailureCode.MalformedJson"/> or <see cref="FailureCode.DuplicateMember"/>, with the place where it is known.</param>
    public static bool TryParse(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out JsonDocument? document, [NotNullWhen(false)] out Failure? failure)
    {
        document = null;
        failure = null;
        // The parser leaves the inside of strings unchecked until somebody reads them, and throws there.
        if (!Utf8.IsValid(utf8.Span))
        {
            failure = new Failure(FailureCode.MalformedJson, "The body is not UTF-8.");
            return false;
        }
        try
        {
            document = JsonDocument.Parse(utf8, Strict);
        }
        catch (JsonException error)
        {
            failure = Explain(utf8.Span, error);
            return false;
        }
        if (FindUnreadableEscape(utf8.Span) is >= 0 and var place)
        {
            document.Dispose();
            document = null;
            failure = At(FailureCode.MalformedJson, "A string holds NUL or half of a surrogate pair", utf8.Span, place);
            return false;
        }
        return true;
    }

    private static Failure Explain(ReadOnlySpan<byte> utf8, JsonException error)
    {
        if (FindRepeatedMember(utf8) is { } place)
            return At(FailureCode.DuplicateMember, "A member stands twice in one object", utf8, place);
        return error is { LineNumber: { } line, BytePositionInLine: { } column }
            ? new Failure(FailureCode.MalformedJson, Place("The body is not JSON of at most 64 levels", line, column))
            : new Failure(FailureCode.MalformedJson, "The body is not JSON.");
    }

    /// <summary>Start of the first repeated member name, or null when the JSON is wrong in another way before it.</summary>
    private static int? FindRepeatedMember(ReadOnlySpan<byte> utf8)
    {
        var open = new Stack<HashSet<string>>();
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
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
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a lone surrogate in a name.
        }
        return null;
    }

    /// <summary>Place of an escape that no .NET string or log should hold; -1 when there is none. The text is known to be JSON.</summary>
    private static int FindUnreadableEscape(ReadOnlySpan<byte> utf8)
    {
        int at = 0;
        while (utf8[at..].IndexOf((byte)'\\') is >= 0 and var step)
        {
            at += step;
            if (utf8[at + 1] != 'u')
            {
                at += 2;
                continue;
            }
            int unit = Unit(utf8, at);
            bool first = unit is >= 0xD800 and <= 0xDBFF;
            if (unit is 0 or (>= 0xDC00 and <= 0xDFFF))
                return at;
            if (first && !(utf8[at + 6] == '\\' && utf8[at + 7] == 'u' && Unit(utf8, at + 6) is >= 0xDC00 and <= 0xDFFF))
                return at;
            at += first ? 12 : 6;
        }
        return -1;
    }

    private static int Unit(ReadOnlySpan<byte> utf8, int escape) =>
        Utf8Parser.TryParse(utf8.Slice(escape + 2, 4), out int unit, out _, 'x') ? unit : 0;

    private static Failure At(FailureCode code, string text, ReadOnlySpan<byte> utf8, int place)
    {
        var before = utf8[..place];
        return new Failure(code, Place(text, before.Count((byte)'\n'), place - before.LastIndexOf((byte)'\n') - 1));
    }

    private static string Place(string text, long line, long column) =>
        string.Create(CultureInfo.InvariantCulture, $"{text}; line {line + 1}, byte {column + 1}.");
}
