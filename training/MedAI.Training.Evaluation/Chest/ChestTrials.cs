using MedAI.Training.Evaluation.Cards;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>What was tried before the shipped recipe, and what of it saw the official test films.</summary>
internal static class ChestTrials
{
    private const string Section = "What was tried";

    public static EvaluationTable Table { get; } = new("trials", "Recipes.", ["recipe"], []) { Section = Section };

    public static EvaluationTable TestTable { get; } = new("trials-test", "Seen on the test.", ["recipe"], []) { Section = Section };

    public static IReadOnlyList<string> Notes { get; } = [];
}
