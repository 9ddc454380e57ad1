namespace MedAI.Training.Evaluation.Chest;

/// <summary>Fit, validation and official test films; no child is in two of them.</summary>
/// <remarks>
/// The official test films are blocks of neighbouring numbers at the start of each series (IM 1-111, NORMAL2-IM 7-381, bacteria 78-175, virus 1-79 and a
/// few above 1,607), not a random draw, so a random validation set looks like the fitted films and not like the test. Validation is therefore cut the same
/// way: the numbers that follow the test blocks.
/// </remarks>
internal sealed record ChestFolds(IReadOnlyList<ChestFilm> Fit, IReadOnlyList<ChestFilm> Validation, IReadOnlyList<ChestFilm> Test)
{
    public static ChestFolds Split(IReadOnlyList<ChestFilm> films)
    {
        var train = films.Where(f => !f.OfficialTest).ToList();
        return new ChestFolds([.. train.Where(f => !InValidation(f.Number))], [.. train.Where(f => InValidation(f.Number))], [.. films.Where(f => f.OfficialTest)]);
    }

    /// <summary>By number alone, so that films of one number fall together whatever their series.</summary>
    private static bool InValidation(FilmNumber number) => number.Series is FilmNumber.Bacteria or FilmNumber.Virus
        ? number.Value is >= 78 and <= 380
        : number.Value is (>= 112 and <= 200) or (>= 382 and <= 460);
}
