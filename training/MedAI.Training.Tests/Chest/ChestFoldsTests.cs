using MedAI.Training.Evaluation.Chest;

namespace MedAI.Training.Tests.Chest;

public sealed class ChestFoldsTests
{
    [Theory]
    [InlineData("person78_bacteria_378.jpeg", "bacteria", 78, "person78")]
    [InlineData("person1_virus_11.jpeg", "virus", 1, "person1")]
    [InlineData("person1120_virus_1_2.jpeg", "virus", 1120, "person1120")]
    [InlineData("IM-0115-0001.jpeg", "IM", 115, "normal115")]
    [InlineData("NORMAL2-IM-0382-0001-0002.jpeg", "NORMAL2-IM", 382, "normal382")]
    public void Number_is_read_from_the_name(string name, string series, int value, string group)
    {
        var number = FilmNumber.Of(name);

        Assert.Equal(new FilmNumber(series, value), number);
        Assert.Equal(group, number.Group);
    }

    [Theory]
    [InlineData("person_bacteria_1.jpeg")]
    [InlineData("person1_fungus_1.jpeg")]
    [InlineData("IM-0115.jpeg")]
    [InlineData("person1_virus_1.png")]
    public void Name_of_another_pattern_is_refused(string name) =>
        Assert.Contains(name, Assert.Throws<FormatException>(() => FilmNumber.Of(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void No_number_is_divided_between_fit_and_validation_whatever_its_series()
    {
        string[] series = [FilmNumber.Bacteria, FilmNumber.Virus, FilmNumber.Normal1, FilmNumber.Normal2];
        var films = series.SelectMany(s => Enumerable.Range(1, 2000).SelectMany(n => new[] { Film(s, n, false), Film(s, n, false) })).ToList();

        var folds = ChestFolds.Split(films);

        Assert.Empty(folds.Fit.Select(f => f.Number.Group).Intersect(folds.Validation.Select(f => f.Number.Group)));
        Assert.Equal(films.Count, folds.Fit.Count + folds.Validation.Count);
        Assert.NotEmpty(folds.Validation);
        Assert.Empty(folds.Test);
    }

    [Fact]
    public void Official_test_films_stay_out_of_fit_and_validation()
    {
        var films = Enumerable.Range(1, 500).Select(n => Film(FilmNumber.Virus, n, n % 3 == 0)).ToList();

        var folds = ChestFolds.Split(films);

        Assert.All(folds.Test, f => Assert.True(f.OfficialTest));
        Assert.DoesNotContain(folds.Fit.Concat(folds.Validation), f => f.OfficialTest);
        Assert.Equal(films.Count(f => f.OfficialTest), folds.Test.Count);
    }

    private static ChestFilm Film(string series, int number, bool test) =>
        new($"{series}{number}", test, series switch { FilmNumber.Bacteria => ChestLabel.BacterialPneumonia, FilmNumber.Virus => ChestLabel.ViralPneumonia, _ => ChestLabel.Normal }, new FilmNumber(series, number), []);
}
