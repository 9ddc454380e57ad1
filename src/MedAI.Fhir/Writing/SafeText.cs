using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace MedAI.Fhir.Writing;

/// <summary>Makes text of unknown origin fit to show: nothing in it can act as markup, reorder its surroundings or flood the page.</summary>
/// <remarks>
/// Every string that came from an EHR or from a model package passes here before it stands in a card, a page or a narrative.
/// Control characters, bidirectional overrides and isolates, and zero-width characters are removed: they can make a text read
/// differently from what it says (CVE-2021-42574 shows the trick in source code; a drug name is as good a target).
/// </remarks>
public static class SafeText
{
    /// <summary>Longest text that is shown unless a caller allows more, in characters.</summary>
    public const int DefaultLength = 200;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Plain text on one line: cleaned, blanks collapsed, cut with an ellipsis.</summary>
    public static string Plain(string? text, int maximum = DefaultLength)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        if (IsClean(text) && text.Length <= maximum)
            return text;
        var kept = new StringBuilder(Math.Min(text.Length, maximum));
        bool blank = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || rune.Value is '\u0085' or '\u2028' or '\u2029')
            {
                blank = kept.Length > 0;
                continue;
            }
            if (IsUnwanted(rune))
                continue;
            if (kept.Length + rune.Utf16SequenceLength + (blank ? 1 : 0) > maximum - 1)
                return kept.Append('…').ToString();
            if (blank)
                kept.Append(' ');
            blank = false;
            kept.Append(rune);
        }
        return kept.ToString();
    }

    /// <summary>Text for the content or an attribute of an HTML element.</summary>
    public static string Html(string? text, int maximum = DefaultLength) => Encoder.Encode(Plain(text, maximum));

    /// <summary>Text for the content of an element of a narrative: no more is escaped than XML itself would escape, so that a resource reads the same in JSON and XML.</summary>
    public static string Narrative(string? text, int maximum = DefaultLength) =>
        Plain(text, maximum).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>Text for a markdown document: no character of it is markup, and no word becomes a link by itself.</summary>
    /// <remarks>Escapes what is markup anywhere on a line, and what is markup at its start; the text is one line. Parentheses and full stops stay readable.</remarks>
    public static string Markdown(string? text, int maximum = DefaultLength)
    {
        string plain = Plain(text, maximum);
        var escaped = new StringBuilder(plain.Length + 16);
        for (int i = 0; i < plain.Length; i++)
        {
            char c = plain[i];
            switch (c)
            {
                case '<':
                    escaped.Append("&lt;");
                    break;
                case '>':
                    escaped.Append("&gt;");
                    break;
                case '&':
                    escaped.Append("&amp;");
                    break;
                default:
                    if (MarkdownSpecial.Contains(c) || StartsBlock(plain, i) || StartsAddress(plain, i))
                        escaped.Append('\\');
                    escaped.Append(c);
                    break;
            }
        }
        return escaped.ToString();
    }

    private static ReadOnlySpan<char> MarkdownSpecial => "\\`*_[]|~@";

    /// <summary>A heading, a list or a rule can only begin where the line does.</summary>
    private static bool StartsBlock(string text, int i) => i == 0
        ? text[0] is '#' or '-' or '+' or '='
        : text[i] is '.' or ')' && i <= 9 && text.AsSpan(0, i).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>Renderers in GitHub's flavour link bare addresses; a backslash before the punctuation stops both forms.</summary>
    private static bool StartsAddress(string text, int i) =>
        (text[i] == ':' && text.AsSpan(i).StartsWith("://"))
        || (text[i] == '.' && i >= 3 && text.AsSpan(i - 3, 3).Equals("www", StringComparison.OrdinalIgnoreCase));

    private static bool IsClean(string text)
    {
        bool blank = true;
        foreach (char c in text)
        {
            if (c == ' ')
            {
                if (blank)
                    return false;
                blank = true;
                continue;
            }
            blank = false;
            if (!char.IsAscii(c) || char.IsControl(c))
                return text.EnumerateRunes().All(r => !IsUnwanted(r) && (!Rune.IsWhiteSpace(r) || r.Value == ' '))
                    && !text.StartsWith(' ') && !text.EndsWith(' ') && !text.Contains("  ", StringComparison.Ordinal);
        }
        return !blank || text.Length == 0;
    }

    private static bool IsUnwanted(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned || rune.Value == 0xFFFD;
}
