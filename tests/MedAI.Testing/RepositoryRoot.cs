namespace MedAI.Testing;

/// <summary>Finds files of the checkout from wherever the tests run.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find();

    /// <summary>Folder with the public data sets that some tests need, or null where it is absent: <c>MEDAI_DATA</c>, else a folder beside the checkout.</summary>
    public static string? Data { get; } = FindData();

    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "MedAI.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("The tests run from a checkout that holds MedAI.sln.");
    }

    private static string? FindData()
    {
        string folder = Environment.GetEnvironmentVariable("MEDAI_DATA") ?? System.IO.Path.Combine(Path, "..", "shared", "data");
        return Directory.Exists(folder) ? System.IO.Path.GetFullPath(folder) : null;
    }
}
