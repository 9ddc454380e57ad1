using MedAI.Models.Packages;

namespace MedAI.Models.Predictions;

/// <summary>A loaded model of any kind: what it is, and the package that it came from.</summary>
public interface IServedModel
{
    ModelPackage Package { get; }

    ModelIdentity Identity { get; }
}
