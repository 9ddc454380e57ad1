using System.Text;

namespace MedAI.Fhir.Store.Search;

/// <summary>Splits values of search parameters at their separators; a separator after a backslash is text (FHIR R4, search.html 3.1.1.4.0.2).</summary>
internal static class SearchText
{
    /// <summary>The parts as they were sent, still with their backslashes.</summary>
    public static List<string> Split(string text, char separator)
    {
        var parts = new List<string>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == separator)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }
        parts.Add(text[start..]);
        return parts;
    }

    /// <summary>What a part means.</summary>
    public static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is (',' or '|' or '$' or '\\'))
                i++;
            plain.Append(text[i]);
        }
        return plain.ToString();
    }
}
