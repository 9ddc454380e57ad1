using MedAI.Models.Packages;

namespace MedAI.Testing;

/// <summary>The manifest of the mortality model that this repository ships.</summary>
public static class ShippedManifest
{
    /// <summary>Folder of the newest version.</summary>
    public static string Folder => Directory.EnumerateDirectories(RepositoryRoot.Combine("models", "icu-mortality")).MaxBy(d => Version.Parse(Path.GetFileName(d)))
        ?? throw new InvalidOperationException("models/icu-mortality holds no version.");

    public static ModelManifest Read()
    {
        var (manifest, problems) = ManifestReader.Read(File.ReadAllBytes(Path.Combine(Folder, "manifest.json")));
        return manifest ?? throw new InvalidOperationException(string.Join("; ", problems));
    }
}
