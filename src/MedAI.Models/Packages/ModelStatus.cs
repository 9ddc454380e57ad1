using MedAI.Models.Inference;
using MedAI.Models.Predictions;

namespace MedAI.Models.Packages;

/// <summary>What health shows about a ready model.</summary>
/// <param name="GoldenDifference">Largest absolute difference of any golden output on this machine.</param>
public sealed record ModelStatus(ModelIdentity Identity, ExecutionProviderState Provider, double GoldenDifference);
