namespace MedAI.Training.Evaluation.Cards;

/// <summary>The words of every model of this repository.</summary>
public static class CardTextSources
{
    public static IReadOnlyList<ICardTextSource> All { get; } = [new IcuMortalityTexts(), new ChestXrayTexts()];

    public static ICardTextSource? Find(string modelId) => All.FirstOrDefault(t => t.ModelId == modelId);
}
