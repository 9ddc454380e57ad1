using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MedAI.Models.Packages;

namespace MedAI.Testing;

/// <summary>A complete model package in a temporary models folder, to be broken by tests.</summary>
public sealed class TinyPackage : IDisposable
{
    /// <param name="manifest">Null for <see cref="TestManifest"/>; the hashes are filled in.</param>
    /// <param name="model">Null for an affine model.</param>
    /// <param name="root">Null for a folder of its own, which is deleted in the end.</param>
    public TinyPackage(ModelManifest? manifest = null, byte[]? model = null, GoldenVectors? golden = null, string? root = null)
    {
        manifest ??= TestManifest.Create();
        Affine = manifest.Kind == ModelKind.Sequence ? new AffineModel(manifest) : null;
        OwnsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("medai-models-").FullName;
        Folder = Path.Combine(Root, manifest.Id, manifest.Version);
        Directory.CreateDirectory(Folder);
        Manifest = manifest with
        {
            Files = new ManifestFiles
            {
                Model = Write("model.onnx", model ?? Affine.ToOnnx()),
                Golden = Write("golden.json", GoldenWriter.ToUtf8(golden ?? Affine.Golden())),
                ModelCard = Write("model-card.json", "{\"name\":\"tiny\"}\n"u8.ToArray()),
            },
        };
        WriteManifest(Manifest);
    }

    /// <summary>Models folder.</summary>
    public string Root { get; }

    /// <summary>Package folder.</summary>
    public string Folder { get; }

    public ModelManifest Manifest { get; private set; }

    /// <summary>The sequence model of the package.</summary>
    [AllowNull]
    public AffineModel Affine { get => field ?? throw new InvalidOperationException("An imaging package has no affine model."); }

    private bool OwnsRoot { get; }

    public string File(string name) => Path.Combine(Folder, name);

    public void WriteManifest(ModelManifest manifest)
    {
        Manifest = manifest;
        System.IO.File.WriteAllBytes(File("manifest.json"), ManifestWriter.ToUtf8(manifest));
    }

    /// <summary>Writes a file and gives its manifest entry.</summary>
    public ManifestFile Write(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        return new ManifestFile(name, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    public void Dispose()
    {
        if (OwnsRoot)
            Directory.Delete(Root, recursive: true);
    }
}
