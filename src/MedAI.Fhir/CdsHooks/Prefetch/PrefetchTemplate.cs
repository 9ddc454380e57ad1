using System.Buffers;
using System.Text;

namespace MedAI.Fhir.CdsHooks.Prefetch;

/// <summary>A prefetch template: a FHIR read or search with tokens.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class PrefetchTemplate
{
    private const int LongestTemplate = 4_000;

    private static readonly SearchValues<char> Unsafe = SearchValues.Create("{}\\\"<>#");

    /// <summary>Text and tokens in turn; it begins and ends with a text.</summary>
    private readonly string[] _texts;
    private readonly PrefetchToken[] _tokens;

    private PrefetchTemplate(string text, string[] texts, PrefetchToken[] tokens)
    {
        (Text, _texts, _tokens) = (text, texts, tokens);
        Keys = [.. tokens.SelectMany(t => t.Keys).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    public IReadOnlyList<PrefetchToken> Tokens => _tokens;

    /// <summary>Prefetch keys whose values must be there first.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>Reads a template; null when a token is none or the text cannot be part of a URL.</summary>
    public static PrefetchTemplate? TryRead(string text)
    {
        if (text.Length is 0 or > LongestTemplate)
            return null;
        var texts = new List<string>();
        var tokens = new List<PrefetchToken>();
        int at = 0;
        while (text.IndexOf("{{", at, StringComparison.Ordinal) is >= 0 and var open)
        {
            int close = text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0 || PrefetchToken.TryRead(text[(open + 2)..close].Trim()) is not { } token)
                return null;
            texts.Add(text[at..open]);
            tokens.Add(token);
            at = close + 2;
        }
        texts.Add(text[at..]);
        // Printable, without blanks and braces: what is left goes into a URL as it is.
        return texts.TrueForAll(t => t.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 && t.AsSpan().IndexOfAny(Unsafe) < 0)
            ? new PrefetchTemplate(text, [.. texts], [.. tokens])
            : null;
    }

    /// <summary>The relative URL; null when a token has no value: a search with an empty value would mean something else.</summary>
    public string? Resolve(PrefetchValues values)
    {
        var url = new StringBuilder(_texts[0]);
        for (int i = 0; i < _tokens.Length; i++)
        {
            if (_tokens[i].Resolve(values) is not { } value)
                return null;
            url.Append(value).Append(_texts[i + 1]);
        }
        return url.ToString();
    }
}
