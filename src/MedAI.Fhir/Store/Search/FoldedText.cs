using System.Text;

namespace MedAI.Fhir.Store.Search;

/// <summary>Text as string parameters compare it: without regard to case and accents (FHIR R4, search.html 3.1.1.4.8).</summary>
/// <remarks>By a table of its own for Latin letters: the server runs without culture data, so that all installations compare alike.</remarks>
internal static class FoldedText
{
    private const char FirstLatin = '\u00C0';

    // U+00C0 to U+017F: the letter without its marks; a dot stays what it is.
    private const string Latin =
        "aaaaaa.ceeeeiiii" + ".nooooo.ouuuuy.." + "aaaaaa.ceeeeiiii" + ".nooooo.ouuuuy.y"
        + "aaaaaaccccccccdd" + "ddeeeeeeeeeegggg" + "gggghhhhiiiiiiii" + "ii..jjkk.lllllll"
        + "lllnnnnnnn..oooo" + "oo..rrrrrrssssss" + "ssttttttuuuuuuuu" + "uuuuwwyyyzzzzzzs";

    public static string Of(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            // Combining marks stand after the letter that they change.
            if (c is >= '\u0300' and <= '\u036F')
                continue;
            int latin = c - FirstLatin;
            folded.Append(latin >= 0 && latin < Latin.Length && Latin[latin] != '.' ? Latin[latin] : char.ToLowerInvariant(c));
        }
        return folded.ToString();
    }
}
