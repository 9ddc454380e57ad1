using System.Security.Cryptography;
using System.Text.Json;

namespace MedAI.Models.Packages;

/// <summary>A model package whose bytes were verified against the hashes in its manifest.</summary>
/// <remarks>Immutable. Holds bytes, not file handles: what was hashed is what is run.</remarks>
public sealed class ModelPackage
{
    public const string ManifestName = "manifest.json";

    private ModelPackage(ModelManifest manifest, GoldenVectors golden, byte[] model, byte[] goldenBytes, byte[] modelCard)
    {
        Manifest = manifest;
        Golden = golden;
        ModelBytes = model;
        GoldenBytes = goldenBytes;
        ModelCardBytes = modelCard;
    }

    public ModelManifest Manifest { get; }

    /// <summary>Vectors that every session of this model must reproduce.</summary>
    public GoldenVectors Golden { get; }

    public ReadOnlyMemory<byte> ModelBytes { get; }

    public ReadOnlyMemory<byte> GoldenBytes { get; }

    public ReadOnlyMemory<byte> ModelCardBytes { get; }

    /// <summary>SHA-256 of model.onnx, lower-case hex: the identity that results, audit and idempotency carry.</summary>
    public string ModelHash => Manifest.Files.Model.Sha256;

    /// <summary>Loads and verifies a package folder.</summary>
    /// <returns>The package, or every problem found: wrong hash, missing file, path escape, link, external data, bad manifest.</returns>
    public static (ModelPackage? Package, IReadOnlyList<ManifestProblem> Problems) Load(string folder) => Load(folder, PackageLimits.Default);

    /// <summary>Loads and verifies a package folder whose files may have at most the given sizes.</summary>
    public static (ModelPackage? Package, IReadOnlyList<ManifestProblem> Problems) Load(string folder, PackageLimits limits)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(limits);
        var problems = new ProblemList();
        var files = new PackageFolder(folder);
        ModelManifest? manifest = files.Read(ManifestName, limits.ManifestBytes, problems) is { } json ? ManifestReader.Read(json, problems) : null;
        if (manifest is null)
            return (null, problems.ToList());

        int beforeFiles = problems.Count;
        byte[]? model = ReadVerified(files, manifest.Files.Model, limits.ModelBytes, problems);
        byte[]? golden = ReadVerified(files, manifest.Files.Golden, limits.GoldenBytes, problems);
        byte[]? card = ReadVerified(files, manifest.Files.ModelCard, limits.ModelCardBytes, problems);
        if (model is not null && OnnxExternalData.Fault(model) is { } fault)
            problems.Add(manifest.Files.Model.Path, fault);
        if (card is not null && !IsJsonObject(card))
            problems.Add(manifest.Files.ModelCard.Path, "Must be a JSON object.");
        GoldenVectors? vectors = null;
        // Vectors can only be held against tensors that make sense themselves.
        if (golden is not null && beforeFiles == 0)
        {
            (vectors, IReadOnlyList<ManifestProblem> faults) = GoldenReader.Read(golden, manifest);
            problems.AddRange(faults);
        }
        return problems.Count == 0
            ? (new ModelPackage(manifest, vectors!, model!, golden!, card!), [])
            : (null, problems.ToList());
    }

    private static byte[]? ReadVerified(PackageFolder files, ManifestFile file, int limit, ProblemList problems)
    {
        // The manifest's own rules already told what is wrong with the path.
        if (PackagePath.Fault(file.Path) is not null)
            return null;
        byte[]? bytes = files.Read(file.Path, limit, problems);
        if (bytes is null)
            return null;
        string actual = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (actual == file.Sha256)
            return bytes;
        problems.Add(file.Path, $"SHA-256 is {actual}; the manifest says otherwise.");
        return null;
    }

    private static bool IsJsonObject(byte[] json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
