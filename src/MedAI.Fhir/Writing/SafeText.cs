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

    /// <summary>Text for a markdown document: no character of it is markup, and no word becomes a link by itself.</summary>
    public static string Markdown(string? text, int maximum = DefaultLength)
    {
        string plain = Plain(text, maximum);
        if (plain.AsSpan().IndexOfAny(MarkdownSpecial) < 0 && !plain.Contains("://", StringComparison.Ordinal) && !plain.Contains("www.", StringComparison.OrdinalIgnoreCase))
            return plain;
        var escaped = new StringBuilder(plain.Length + 16);
        for (int i = 0; i < plain.Length; i++)
        {
            char c = plain[i];
            // GitHub-flavoured renderers link bare addresses; a backslash before the punctuation stops both forms.
            bool address = (c == ':' && i + 2 < plain.Length && plain[i + 1] == '/' && plain[i + 2] == '/')
                || (c == '.' && i >= 3 && plain.AsSpan(i - 3, 3).Equals("www", StringComparison.OrdinalIgnoreCase));
            if (c == '<')
                escaped.Append("&lt;");
            else if (c == '>')
                escaped.Append("&gt;");
            else if (c == '&')
                escaped.Append("&amp;");
            else
            {
                if (address || MarkdownSpecial.Contains(c))
                    escaped.Append('\\');
                escaped.Append(c);
            }
        }
        return escaped.ToString();
    }

    private static ReadOnlySpan<char> MarkdownSpecial => "\\`*_{}[]()<>#+!|~&@";

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
