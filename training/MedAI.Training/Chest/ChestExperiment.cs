using System.Globalization;
using MedAI.Training.Evaluation.Chest;
using MedAI.Training.Evaluation.Metrics;
using MedAI.Training.Libtorch;

namespace MedAI.Training.Chest;

/// <summary>Temporary: compares recipes on validation.</summary>
internal static class ChestExperiment
{
    public static void Run(string data, string settings, int seed, TextWriter log)
    {
        var recipe = new ChestRecipe();
        var test = false;
        var leave = "";
        foreach (var pair in settings.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = (pair.Split('=')[0], pair.Split('=')[1]);
            if (key == "leave") { leave = value; continue; }
            if (key == "test") { test = value == "1"; continue; }
            var property = typeof(ChestRecipe).GetProperty(key) ?? throw new FormatException(key);
            property.SetValue(recipe, property.PropertyType == typeof(int[])
                ? value.Split('-').Select(v => int.Parse(v, CultureInfo.InvariantCulture)).ToArray()
                : Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture));
        }

        LibtorchLoader.Load(1);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var folds = ChestFolds.Split(KermanyArchive.Read(data));
        log.WriteLine($"{clock.Elapsed.TotalSeconds:F1}s read {folds.Fit.Count} {folds.Validation.Count} {folds.Test.Count}: {settings}");
        if (leave != "")
        {
            var all = folds.Fit.Concat(folds.Validation).ToList();
            folds = folds with { Fit = [.. folds.Fit.Where(f => f.Number.Series != leave)], Validation = [.. all.Where(f => f.Number.Series == leave), .. folds.Validation.Where(f => f.Pneumonia && f.Number.Series != leave)] };
            log.WriteLine($"left out {leave}: {folds.Fit.Count} {folds.Validation.Count}");
        }

        var fit = ChestFilms.Of(folds.Fit);
        var validation = ChestFilms.Of(folds.Validation);
        log.WriteLine($"{clock.Elapsed.TotalSeconds:F1}s prepared");
        var plain = Plain(folds.Validation, recipe.Side);
        var strong = recipe with { Zoom = 0.2, Aspect = 0.25, Shift = 0.1, Degrees = 12, Gamma = 0.5, Noise = 0.05, Blur = 1.5, Slope = 0.4, Erase = 0.3 };
        var augmenter = new FilmAugmenter(strong);
        var random = new Random(5);
        var hard = validation.Sources.Select(s => { var t = new float[recipe.Side * recipe.Side]; augmenter.Draw(s, validation.SourceSide, random, t); return t; }).ToArray();
        var network = new SeedTrainer(recipe, fit).Train(seed, null, (e, averaged) =>
        {
            if (e.Epoch % 4 != 0 && e.Epoch != 1)
                return;
            var line = $"epoch {e.Epoch} loss {e.Loss:F4} {e.Seconds:F1}s";
            line += Row("val", plain, folds.Validation, averaged) + Row("hard", hard, folds.Validation, averaged);
            log.WriteLine(line);
        });
        if (test)
            log.WriteLine("TEST " + settings + Row("test", Plain(folds.Test, recipe.Side), folds.Test, network));
    }

    private static float[][] Plain(IReadOnlyList<ChestFilm> films, int side) =>
        [.. films.Select(f => ChestInput.Of(f, side))];

    private static string Row(string name, float[][] images, IReadOnlyList<ChestFilm> films, ChestNetwork network)
    {
        var (p, b) = SeedTrainer.Score(network, images);
        var truth = films.Select(f => f.Pneumonia).ToArray();
        var normal = p.Where((_, i) => !truth[i]).Order().ToArray();
        var sick = p.Where((_, i) => truth[i]).Order().ToArray();
        var spec = normal.Count(v => v < 0) / (double)normal.Length;
        var sens = sick.Count(v => v >= 0) / (double)sick.Length;
        var at = normal[(int)(normal.Length * 0.95)];
        var which = Enumerable.Range(0, p.Length).Where(i => truth[i]).ToArray();
        var kind = Discrimination.Auroc(Array.ConvertAll(which, i => b[i]), Array.ConvertAll(which, i => films[i].Label == ChestLabel.BacterialPneumonia));
        return $" | {name} AUC {Discrimination.Auroc(p, truth):F4} sens {sens:F3} spec {spec:F3} acc {((sens * sick.Length) + (spec * normal.Length)) / p.Length:F3} sens@95 {sick.Count(v => v > at) / (double)sick.Length:F3} kind {kind:F3} medians {normal[normal.Length / 2]:F2} {sick[sick.Length / 2]:F2} q10s {sick[sick.Length / 10]:F2} q90n {normal[normal.Length * 9 / 10]:F2}";
    }
}
