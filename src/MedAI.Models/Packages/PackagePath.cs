namespace MedAI.Models.Packages;

/// <summary>Which file names a manifest may give: plain relative paths below its own folder.</summary>
internal static class PackagePath
{
    private const int Longest = 200;

    /// <summary>Null when the path is safe, else why it is not.</summary>
    public static string? Fault(string path)
    {
        if (path.Length is 0 or > Longest)
            return $"Must be a path of 1 to {Longest} characters.";
        if (path[0] == '/' || path.Contains('\\') || path.Contains(':'))
            return "Must be a relative path with forward slashes.";
        foreach (string segment in path.Split('/'))
        {
            if (segment is "." or "..")
                return "Must not leave or repeat the package folder.";
            if (segment.Length == 0 || segment[0] == '.' || !segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
                return "Segments are letters, digits, dot, hyphen and underscore, and do not start with a dot.";
        }
        return null;
    }
}
