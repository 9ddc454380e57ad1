namespace MedAI.Models.Packages;

/// <summary>The characters a case-sensitive UCUM code may have: visible ASCII, brackets and annotation braces balanced.</summary>
internal static class UcumText
{
    private const int Longest = 60;

    public static bool IsValid(string code)
    {
        if (code.Length is 0 or > Longest)
            return false;
        bool annotation = false;
        bool bracket = false;
        int depth = 0;
        foreach (char c in code)
        {
            if (c is < '!' or > '~')
                return false;
            if (annotation)
            {
                if (c == '{')
                    return false;
                annotation = c != '}';
                continue;
            }
            switch (c)
            {
                case '{':
                    annotation = true;
                    break;
                case '[' when !bracket:
                    bracket = true;
                    break;
                case ']' when bracket:
                    bracket = false;
                    break;
                case '(':
                    depth++;
                    break;
                case ')' when depth > 0:
                    depth--;
                    break;
                case '}' or '[' or ']' or ')' or '"' or '=' or '<' or '>':
                    return false;
                default:
                    break;
            }
        }
        return !annotation && !bracket && depth == 0;
    }
}
