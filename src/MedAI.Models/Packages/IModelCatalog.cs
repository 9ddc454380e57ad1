using MedAI.Models.Images;
using MedAI.Models.Predictions;

namespace MedAI.Models.Packages;

/// <summary>The models that are loaded, verified and warm.</summary>
public interface IModelCatalog
{
    /// <summary>All ready models of every kind; an immutable snapshot, as are the next two.</summary>
    IReadOnlyList<IServedModel> Models { get; }

    IReadOnlyList<ISequenceModel> SequenceModels { get; }

    IReadOnlyList<IImagingModel> ImagingModels { get; }

    /// <summary>Newest ready version of a model of any kind, or null.</summary>
    IServedModel? Find(string id);

    /// <summary>True when every configured package is loaded, its golden vectors were reproduced and it is warm.</summary>
    bool Ready { get; }

    /// <summary>Packages that were refused, with their problems, by folder name.</summary>
    IReadOnlyDictionary<string, IReadOnlyList<ManifestProblem>> Refused { get; }
}
