using System.Security.Cryptography;
using System.Text;
using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Report;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Everything of a package that follows from manifest, <c>evaluation.json</c> and words: model card, report, plots and the card's hash in the manifest.</summary>
public static class PackageDocuments
{
    public const string ManifestName = "manifest.json";

    /// <summary>Reads manifest.json of a package.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The manifest is missing or has problems; the first is named.</exception>
    public static ModelManifest ReadManifest(string package)
    {
        if (!Directory.Exists(package))
            throw new DirectoryNotFoundException($"No folder '{package}'.");
        var path = Path.Combine(package, ManifestName);
        if (!File.Exists(path))
            throw new InvalidDataException($"'{package}' is no model package: it holds no {ManifestName}.");
        var (manifest, problems) = ManifestReader.Read(File.ReadAllBytes(path));
        return manifest ?? throw new InvalidDataException($"{ManifestName} has {problems.Count} problems, the first: {problems[0]}");
    }

    /// <summary>Lower-case hex SHA-256 of the package's model file.</summary>
    /// <exception cref="InvalidDataException">The file is not the one that the manifest names.</exception>
    public static string ModelHash(string package, ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var path = Path.Combine(package, manifest.Files.Model.Path);
        if (!File.Exists(path))
            throw new InvalidDataException($"'{package}' holds no {manifest.Files.Model.Path}.");
        var hash = Hash(File.ReadAllBytes(path));
        return hash == manifest.Files.Model.Sha256
            ? hash
            : throw new InvalidDataException($"{manifest.Files.Model.Path} is not the file that the manifest names: its SHA-256 differs.");
    }

    /// <summary>File names and contents of everything that follows; the same inputs give the same bytes.</summary>
    /// <exception cref="InvalidDataException">The evaluation is of another model, or an attribute has no answer.</exception>
    public static IReadOnlyDictionary<string, byte[]> Render(ModelManifest manifest, EvaluationResult evaluation, ICardTextSource words)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(evaluation);
        ArgumentNullException.ThrowIfNull(words);
        if ((evaluation.Model, evaluation.Version, evaluation.ModelSha256) != (manifest.Id, manifest.Version, manifest.Files.Model.Sha256))
            throw new InvalidDataException($"{EvaluationFile.Name} is of another model file than {manifest.Id} {manifest.Version}; evaluate first.");
        var texts = words.For(manifest, evaluation);
        var card = ModelCardFile.Build(manifest, evaluation, texts);
        var cardBytes = ModelCardFile.ToUtf8(card);
        var named = manifest with { Files = manifest.Files with { ModelCard = new ManifestFile(ModelCardFile.Name, Hash(cardBytes)) } };
        var files = ReportWriter.Render(named, evaluation, texts).ToDictionary(f => f.Key, f => Encoding.UTF8.GetBytes(f.Value));
        files[ModelCardFile.Name] = cardBytes;
        files[ModelCardFile.MarkdownName] = Encoding.UTF8.GetBytes(ModelCardFile.ToMarkdown(card));
        files[ManifestName] = ManifestWriter.ToUtf8(named);
        return files;
    }

    /// <summary>Writes everything that follows into the package; the manifest last, because its hash makes the rest valid. Plots of an earlier report go.</summary>
    public static void Write(string package, ModelManifest manifest, EvaluationResult evaluation, ICardTextSource words)
    {
        var files = Render(manifest, evaluation, words);
        foreach (var plot in Directory.EnumerateFiles(package, "*.svg").Where(f => !files.ContainsKey(Path.GetFileName(f))))
            File.Delete(plot);
        foreach (var (name, bytes) in files.OrderBy(f => f.Key == ManifestName))
            File.WriteAllBytes(Path.Combine(package, name), bytes);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
