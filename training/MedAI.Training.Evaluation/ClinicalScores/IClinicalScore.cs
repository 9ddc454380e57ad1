using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.ClinicalScores;

/// <summary>A bedside score that a model has to beat.</summary>
public interface IClinicalScore
{
    /// <summary>Short lower-case id, for instance <c>news2</c>.</summary>
    string Id { get; }

    string Title { get; }

    /// <summary>What is taken from which hours, where the score departs from its publication, and the publication.</summary>
    string Definition { get; }

    IReadOnlyList<string> Components { get; }

    /// <summary>The score with everything recorded up to <paramref name="hour"/> hours after admission; nothing later is seen.</summary>
    ScoreResult At(IcuStay stay, int hour);
}
