namespace MedAI.Models.Packages;

/// <summary>Reads manifest.json and reports every problem at once.</summary>
/// <remarks>
/// Two passes. The first compares the document with the contract types: missing, unknown and repeated members, wrong types.
/// Only a document of the right shape goes to the second, which holds its parts against each other.
/// Comments and trailing commas are refused.
/// </remarks>
public static class ManifestReader
{
    /// <summary>Parses and checks a manifest.</summary>
    /// <param name="utf8Json">The file's bytes.</param>
    /// <returns>The manifest when there is no problem, else null with every problem found, each with its JSON path.</returns>
    public static (ModelManifest? Manifest, IReadOnlyList<ManifestProblem> Problems) Read(ReadOnlyMemory<byte> utf8Json)
    {
        var problems = new ProblemList();
        ModelManifest? manifest = Read(utf8Json, problems);
        return problems.Count == 0 ? (manifest, []) : (null, problems.ToList());
    }

    /// <summary>Gives the manifest even when its parts contradict each other, so that a package's files can be checked in the same pass; null when its shape is wrong.</summary>
    internal static ModelManifest? Read(ReadOnlyMemory<byte> utf8Json, ProblemList problems)
    {
        ModelManifest? manifest = JsonShape.Read(utf8Json, ManifestJsonContext.Default.ModelManifest, problems);
        if (manifest is not null)
            ManifestRules.Check(manifest, problems);
        return manifest;
    }
}
