using MedAI.Training.Evaluation.Report;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Puts the figures of one topic into a sentence.</summary>
internal static class FigureWords
{
    /// <summary>All figures of a topic, or the words for having none.</summary>
    public static string Of(EvaluationResult evaluation, FigureTopic topic, string none)
    {
        var figures = evaluation.Figures.Where(f => f.Topic == topic).ToArray();
        return figures.Length == 0 ? none : string.Join("; ", figures.Select(f => $"{f.Title} {NumberText.WithRange(f)}")) + ".";
    }

    /// <summary>What was measured on: 4,000 held stays, 568 deaths.</summary>
    public static string Counts(EvaluationResult evaluation) => string.Join(", ", evaluation.Data.Counts.Select(c => $"{c.Key} {NumberText.Count(c.Value)}"));
}
