namespace MedAI.Models.Packages;

/// <summary>Reads the files of one package folder, each once and whole, and follows no links.</summary>
/// <remarks>
/// Path checks were bypassed again and again in model formats (CVE-2022-25882, CVE-2024-27318, CVE-2026-27489), so that the
/// hash of the very bytes that are run is what decides; refusing links only makes a mistake visible early. A hard link cannot be told
/// from a file here: its bytes are hashed as any other's.
/// </remarks>
internal sealed class PackageFolder(string folder)
{
    private readonly string _root = Path.GetFullPath(folder);

    /// <summary>Bytes of a file, or null with a problem.</summary>
    /// <param name="relative">A path that <see cref="PackagePath"/> found safe.</param>
    /// <param name="limit">Largest size in bytes.</param>
    public byte[]? Read(string relative, int limit, ProblemList problems)
    {
        if (!Path.IsPathRooted(relative) && Link(relative) is { } link)
        {
            problems.Add(relative, $"\"{link}\" is a symbolic link; a package holds its files itself.");
            return null;
        }
        string full = Path.GetFullPath(Path.Combine(_root, relative));
        if (!full.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            problems.Add(relative, "Lies outside the package folder.");
            return null;
        }
        try
        {
            var file = new FileInfo(full);
            // A pipe or device says length 0 and would block when opened.
            if (!file.Exists || file.Length == 0)
                problems.Add(relative, file.Exists ? "Is empty or not a regular file." : "Does not exist.");
            else if (file.Length > limit)
                problems.Add(relative, $"Has {file.Length} bytes; at most {limit} are allowed.");
            else
                return ReadBounded(full, limit, relative, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(relative, "Cannot be read.");
        }
        return null;
    }

    private static byte[]? ReadBounded(string full, int limit, string relative, ProblemList problems)
    {
        using var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        long length = stream.Length;
        if (length > limit)
        {
            problems.Add(relative, $"Has {length} bytes; at most {limit} are allowed.");
            return null;
        }
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>First link on the way from the package folder to the file, or null.</summary>
    private string? Link(string relative)
    {
        var root = new DirectoryInfo(_root);
        if (root.LinkTarget is not null)
            return root.Name;
        string at = _root;
        foreach (string segment in relative.Split('/'))
        {
            at = Path.Combine(at, segment);
            FileSystemInfo entry = Directory.Exists(at) ? new DirectoryInfo(at) : new FileInfo(at);
            if (entry.LinkTarget is not null || (entry.Exists && entry.Attributes.HasFlag(FileAttributes.ReparsePoint)))
                return segment;
        }
        return null;
    }
}
