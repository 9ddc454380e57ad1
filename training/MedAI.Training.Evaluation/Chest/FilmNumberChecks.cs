namespace MedAI.Training.Evaluation.Chest;

/// <summary>What the numbers in the films' names say about whether train and test show the same children.</summary>
internal static class FilmNumberChecks
{
    /// <summary>Rows and columns at which films are compared with each other.</summary>
    private const int Side = 32;

    public static IReadOnlyList<NumberCheck> Of(IReadOnlyList<ChestFilm> films)
    {
        var persons = films.Where(f => f.Pneumonia).GroupBy(f => f.Number.Value).ToList();
        var both = persons.Where(g => g.Any(f => f.OfficialTest) && g.Any(f => !f.OfficialTest)).ToList();
        var sameSeries = films.GroupBy(f => (f.Number.Series, f.Number.Value)).ToList();
        var train = films.Where(f => !f.OfficialTest).ToList();
        var checks = new List<NumberCheck>
        {
            new("personN numbers in both train and test", both.Count),
            new("of these, numbers whose train and test films share a label (bacteria or virus)", both.Count(g => g.Where(f => f.OfficialTest).Select(f => f.Label).Intersect(g.Where(f => !f.OfficialTest).Select(f => f.Label)).Any())),
            new("pairs of series and number in both train and test", sameSeries.Count(g => g.Any(f => f.OfficialTest) && g.Any(f => !f.OfficialTest))),
            new("personN numbers within train that carry both labels", train.Where(f => f.Pneumonia).GroupBy(f => f.Number.Value).Count(g => g.Select(f => f.Label).Distinct().Count() > 1)),
        };

        // A child's own films resemble each other more than films of different children do: the mean correlation tells which kind a pair is.
        var views = films.ToDictionary(f => f, f => Standard(ChestInput.Of(f, Side)));
        checks.Add(new("mean correlation of two films of one series and number in train", Mean(sameSeries.Select(g => g.Where(f => !f.OfficialTest && f.Pneumonia).ToList()).Where(g => g.Count > 1).Select(g => (g[0], g[1])))));
        checks.Add(new("mean correlation of a bacteria film and a virus film of one number in train", Mean(persons.Select(g => (g.FirstOrDefault(f => !f.OfficialTest && f.Label == ChestLabel.BacterialPneumonia), g.FirstOrDefault(f => !f.OfficialTest && f.Label == ChestLabel.ViralPneumonia))).Where(p => p.Item1 is not null && p.Item2 is not null)!)));
        checks.Add(new("mean correlation of a train film and a test film of one personN number", Mean(both.Select(g => (g.First(f => !f.OfficialTest), g.First(f => f.OfficialTest))))));
        checks.Add(new("the same with the test film of another personN number (control)", Mean(both.Select((g, i) => (g.First(f => !f.OfficialTest), both[(i + (both.Count / 3)) % both.Count].First(f => f.OfficialTest))))));
        var bacteria = train.Where(f => f.Label == ChestLabel.BacterialPneumonia).ToList();
        var virus = films.Where(f => f.Label == ChestLabel.ViralPneumonia).ToList();
        checks.Add(new("mean correlation of films of different numbers, bacteria against virus", Mean(Enumerable.Range(0, 1000).Select(i => (bacteria[i * 7 % bacteria.Count], virus[i * 11 % virus.Count])).Where(p => p.Item1.Number.Value != p.Item2.Number.Value))));
        return checks;

        double Mean(IEnumerable<(ChestFilm A, ChestFilm B)> pairs) => Math.Round(pairs.Average(p => Product(views[p.A], views[p.B])), 4);
    }

    private static float[] Standard(float[] view)
    {
        var mean = view.Average();
        var norm = MathF.Sqrt(view.Sum(v => (v - mean) * (v - mean)));
        return Array.ConvertAll(view, v => (v - mean) / norm);
    }

    private static double Product(float[] a, float[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}

/// <summary>One fact about the numbers in the names of the films.</summary>
internal sealed record NumberCheck(string Fact, double Value);
