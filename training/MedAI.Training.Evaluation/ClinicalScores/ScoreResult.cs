namespace MedAI.Training.Evaluation.ClinicalScores;

/// <summary>A clinical score of one stay at one hour.</summary>
/// <param name="Components">Points per component in the order of <see cref="IClinicalScore.Components"/>; null where it could not be computed and counts as normal.</param>
public sealed record ScoreResult(IReadOnlyList<int?> Components)
{
    public int Points => Components.Sum(c => c ?? 0);
}
