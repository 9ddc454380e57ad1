using MedAI.Models.Packages;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Writes what is said in words about one model, from its manifest and what was measured.</summary>
public interface ICardTextSource
{
    string ModelId { get; }

    CardTexts For(ModelManifest manifest, EvaluationResult evaluation);
}
