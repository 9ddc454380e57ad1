using MedAI.Models.Packages;
using MedAI.Testing;
using MedAI.Training.Evaluation.Cards;

namespace MedAI.Accuracy.Tests.Packages;

/// <summary>The newest version of a model in this repository.</summary>
internal sealed record ShippedPackage(string Id, string Version, string Folder)
{
    public static IReadOnlyList<ShippedPackage> All { get; } =
    [
        .. Directory.EnumerateDirectories(RepositoryRoot.Combine("models"))
            .Select(model => Directory.EnumerateDirectories(model).Where(v => File.Exists(Path.Combine(v, PackageDocuments.ManifestName))).MaxBy(v => System.Version.Parse(Path.GetFileName(v))))
            .OfType<string>()
            .Select(folder => new ShippedPackage(Path.GetFileName(Path.GetDirectoryName(folder)!), Path.GetFileName(folder), folder))
            .OrderBy(p => p.Id, StringComparer.Ordinal),
    ];

    public ModelManifest Manifest => PackageDocuments.ReadManifest(Folder);

    /// <summary>What was published about the package; a package without it is not done.</summary>
    public EvaluationResult Published => EvaluationFile.Read(Folder) ?? throw new InvalidDataException($"{Id} {Version} has no {EvaluationFile.Name}.");

    public static ShippedPackage Of(string id) => All.Single(p => p.Id == id);
}
