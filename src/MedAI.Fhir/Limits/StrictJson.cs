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
        // Repeated members are looked for below: the parser's own search costs as much as a second parse.
        AllowDuplicateProperties = true,
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
        if (FindUnreadableEscape(utf8.Span) is >= 0 and var place)
        {
            failure = At(FailureCode.MalformedJson, "A string holds NUL or half of a surrogate pair", utf8.Span, place);
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
        if (RepeatedMembers.Find(utf8.Span) is not { } repeated)
            return true;
        document.Dispose();
        document = null;
        failure = Repeated(utf8.Span, repeated);
        return false;
    }

    private static Failure Explain(ReadOnlySpan<byte> utf8, JsonException error)
    {
        if (RepeatedMembers.FindWithParser(utf8) is { } place)
            return Repeated(utf8, place);
        return error is { LineNumber: { } line, BytePositionInLine: { } column }
            ? new Failure(FailureCode.MalformedJson, Place("The body is not JSON of at most 64 levels", line, column))
            : new Failure(FailureCode.MalformedJson, "The body is not JSON.");
    }

    private static Failure Repeated(ReadOnlySpan<byte> utf8, int place) => At(FailureCode.DuplicateMember, "A member stands twice in one object", utf8, place);

    /// <summary>Place of an escape that no .NET string or log should hold; -1 when there is none. What is not JSON otherwise is left to the parser.</summary>
    /// <remarks>Before parsing: whoever reads half a pair as a string later gets an InvalidOperationException.</remarks>
    private static int FindUnreadableEscape(ReadOnlySpan<byte> utf8)
    {
        int at = 0;
        while (at < utf8.Length && utf8[at..].IndexOf((byte)'\\') is >= 0 and var step)
        {
            at += step;
            switch (Unit(utf8, at))
            {
                case 0 or (>= 0xDC00 and <= 0xDFFF):
                    return at;
                case >= 0xD800 and <= 0xDBFF when Unit(utf8, at + 6) is not (>= 0xDC00 and <= 0xDFFF):
                    return at;
                case >= 0xD800 and <= 0xDBFF:
                    at += 12;
                    break;
                default:
                    // The escaped character may be a backslash itself.
                    at += 2;
                    break;
            }
        }
        return -1;
    }

    /// <summary>The UTF-16 code unit of the escape \uXXXX at the place; null where none stands.</summary>
    private static int? Unit(ReadOnlySpan<byte> utf8, int at) =>
        at + 6 <= utf8.Length && utf8[at] == '\\' && utf8[at + 1] == 'u'
        && Utf8Parser.TryParse(utf8.Slice(at + 2, 4), out int unit, out int digits, 'x') && digits == 4
            ? unit
            : null;

    private static Failure At(FailureCode code, string text, ReadOnlySpan<byte> utf8, int place)
    {
        var before = utf8[..place];
        return new Failure(code, Place(text, before.Count((byte)'\n'), place - before.LastIndexOf((byte)'\n') - 1));
    }

    private static string Place(string text, long line, long column) =>
        string.Create(CultureInfo.InvariantCulture, $"{text}; line {line + 1}, byte {column + 1}.");
}
