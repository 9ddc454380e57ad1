using MedAI.Models.Images;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Interpretations;

/// <summary>The ready imaging models that read studies.</summary>
public sealed class InterpretingModels(IModelCatalog catalog)
{
    /// <summary>Name of the operation, as a manifest declares it.</summary>
    public const string Operation = "interpret-imaging";

    /// <summary>An immutable snapshot of the catalogue's imaging models; the same instance until the catalogue changes.</summary>
    public IReadOnlyList<IImagingModel> All => catalog.ImagingModels;

    /// <summary>Those that offer the operation.</summary>
    public IImagingModel[] Offered => [.. catalog.ImagingModels.Where(m => m.Package.Manifest.Service.Operations.Contains(Operation, StringComparer.Ordinal))];

    /// <summary>A model by id, or by id|version; the newest where several fit.</summary>
    public IImagingModel? Find(string reference)
    {
        var (id, version) = reference.Split('|') is [var i, var v] ? (i, v) : (reference, (string?)null);
        return Array.FindLast(Offered, m => m.Identity.Id == id && (version is null || m.Identity.Version == version));
    }
}
