namespace MedAI.Models.Packages;

/// <summary>Largest sizes that a package's files may have; a larger file is refused before it is read.</summary>
public sealed record PackageLimits
{
    public static PackageLimits Default { get; } = new();

    /// <summary>Bytes of manifest.json; default 4 MiB.</summary>
    public int ManifestBytes { get; init; } = 4 << 20;

    /// <summary>Bytes of the ONNX file; default 512 MiB.</summary>
    public int ModelBytes { get; init; } = 512 << 20;

    /// <summary>Bytes of the golden vectors; default 64 MiB.</summary>
    public int GoldenBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of the model card; default 4 MiB.</summary>
    public int ModelCardBytes { get; init; } = 4 << 20;
}
