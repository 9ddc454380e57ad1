using MedAI.Training.Evaluation.Icu;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Every model of this repository that can be measured again from its shipped files.</summary>
public static class PackageEvaluations
{
    public static IReadOnlyList<IPackageEvaluation> All { get; } = [new IcuEvaluation()];

    public static IPackageEvaluation? Find(string modelId) => All.FirstOrDefault(e => e.ModelId == modelId);
}
