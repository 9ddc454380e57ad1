using MedAI.Models.Packages;

namespace MedAI.Testing;

/// <summary>The manifests of the models that this repository ships; the mortality model where nothing else is said.</summary>
public static class ShippedManifest
{
    /// <summary>Folder of the newest version.</summary>
    public static string Folder => Directory.EnumerateDirectories(RepositoryRoot.Combine("models", "icu-mortality")).MaxBy(d => Version.Parse(Path.GetFileName(d)))
        ?? throw new InvalidOperationException("models/icu-mortality holds no version.");

    public static ModelManifest Read() => Read(Folder);

    /// <summary>The manifest of any shipped package.</summary>
    public static ModelManifest Read(string folder)
    {
        var (manifest, problems) = ManifestReader.Read(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        return manifest ?? throw new InvalidOperationException(string.Join("; ", problems));
    }
}
