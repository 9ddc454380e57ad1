namespace MedAI.Models.Packages;

/// <summary>Reads manifest.json and reports every problem at once.</summary>
public static class ManifestReader
{
    /// <summary>Parses and checks a manifest.</summary>
    /// <param name="utf8Json">The file's bytes.</param>
    /// <returns>The manifest when there is no problem, else null with every problem found, each with its JSON path.</returns>
    public static (ModelManifest? Manifest, IReadOnlyList<ManifestProblem> Problems) Read(ReadOnlyMemory<byte> utf8Json) =>
        throw new NotImplementedException();
}
