using MedAI.Training.Evaluation.Chest;

namespace MedAI.Training.Chest;

/// <summary>Films ready for fitting: 8-bit sources for augmentation, labels.</summary>
internal sealed record ChestFilms(int SourceSide, byte[][] Sources, bool[] Pneumonia, bool[] Bacterial)
{
    public int Count => Sources.Length;

    public static ChestFilms Of(IReadOnlyList<ChestFilm> films) => new(
        FilmAugmenter.SourceSide,
        [.. films.Select(f => Array.ConvertAll(ChestInput.Of(f, FilmAugmenter.SourceSide), v => (byte)MathF.Round(v * 255)))],
        [.. films.Select(f => f.Pneumonia)],
        [.. films.Select(f => f.Label == ChestLabel.BacterialPneumonia)]);
}
