namespace MedAI.Models.Packages;

/// <summary>A model package whose bytes were verified against the hashes in its manifest.</summary>
/// <remarks>Immutable. Holds bytes, not file handles: what was hashed is what is run.</remarks>
public sealed class ModelPackage
{
    private ModelPackage(ModelManifest manifest, ReadOnlyMemory<byte> model, ReadOnlyMemory<byte> golden, ReadOnlyMemory<byte> modelCard)
    {
        Manifest = manifest;
        ModelBytes = model;
        GoldenBytes = golden;
        ModelCardBytes = modelCard;
    }

    public ModelManifest Manifest { get; }

    public ReadOnlyMemory<byte> ModelBytes { get; }

    public ReadOnlyMemory<byte> GoldenBytes { get; }

    public ReadOnlyMemory<byte> ModelCardBytes { get; }

    /// <summary>SHA-256 of model.onnx, lower-case hex: the identity that results, audit and idempotency carry.</summary>
    public string ModelHash => Manifest.Files.Model.Sha256;

    /// <summary>Loads and verifies a package folder.</summary>
    /// <returns>The package, or every problem found: wrong hash, missing file, path escape, link, external data, bad manifest.</returns>
    public static (ModelPackage? Package, IReadOnlyList<ManifestProblem> Problems) Load(string folder) => throw new NotImplementedException();
}
