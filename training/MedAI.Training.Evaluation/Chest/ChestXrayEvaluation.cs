using System.Diagnostics;
using System.Globalization;
using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Cards;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Measures a finished chest-xray-pneumonia package with its own calibration, threshold and refusal.</summary>
/// <remarks>The official test films decide nothing here or in training; they are only measured.</remarks>
internal sealed class ChestXrayEvaluation : IPackageEvaluation
{
    public const string Id = "chest-xray-pneumonia";

    /// <summary>Graph of the networks that were fitted to PneumoniaMNIST: measured for comparison, never served.</summary>
    public const string MnistFileName = "pneumoniamnist.onnx";

    private const int BootstrapSeed = 31;

    private const string Command = "dotnet run -c Release --project training/MedAI.Training -- evaluate chest-xray-pneumonia --data FOLDER --model PACKAGE";

    private const string Seeds = "Seeds";
    private const string Numbers = "Are train and test the same children?";

    public string ModelId => Id;

    public string DataFolder => "chest-xray";

    public EvaluationResult Evaluate(string data, string package, CancellationToken cancellation)
    {
        var manifest = PackageDocuments.ReadManifest(package);
        var hash = PackageDocuments.ModelHash(package, manifest);
        var model = File.ReadAllBytes(Path.Combine(package, manifest.Files.Model.Path));
        var mnistPath = Path.Combine(package, MnistFileName);
        if (!File.Exists(mnistPath))
            throw new InvalidDataException($"'{package}' holds no {MnistFileName}.");
        var films = KermanyArchive.Read(data);
        var folds = ChestFolds.Split(films);
        cancellation.ThrowIfCancellationRequested();

        using var scorer = new ChestScorer(model);
        var calibration = manifest.Calibration.Landmarks[0];
        var threshold = manifest.Thresholds[^1];
        var testInputs = folds.Test.Select(f => ChestInput.Of(f, scorer.Side)).ToArray();
        var test = new ScoredFilms(folds.Test, scorer.Run(testInputs), calibration);
        var validation = new ScoredFilms(folds.Validation, scorer.Run([.. folds.Validation.Select(f => ChestInput.Of(f, scorer.Side))]), calibration);
        cancellation.ThrowIfCancellationRequested();

        var figures = new List<EvaluationFigure>();
        Performance(figures, test, threshold);
        SeedFigures(figures, test, "test", "official test films", threshold.Value, Seeds);
        Groups(figures, test, threshold.Value);
        figures.Add(EvaluationFigure.Of("validation.auroc", "AUROC on validation films", FigureTopic.Validity, Bootstrap.Of(Discrimination.Auroc, validation.Calibrated, validation.Truth, BootstrapSeed), validation.Count) with { Section = "Validation films" });
        figures.Add(Share("validation.accuracy", "accuracy at the threshold on validation films", FigureTopic.Validity, validation.Accuracy(threshold.Value), validation.Count) with { Section = "Validation films" });
        figures.Add(Share("validation.sensitivity", "sensitivity at the threshold on validation films", FigureTopic.Validity, validation.Sensitivity(threshold.Value), validation.Truth.Count(t => t)) with { Section = "Validation films" });
        figures.Add(Share("validation.specificity", "specificity at the threshold on validation films", FigureTopic.Validity, validation.Specificity(threshold.Value), validation.Truth.Count(t => !t)) with { Section = "Validation films" });
        Kind(figures, test, validation);
        Refusal(figures, manifest.AsImaging().OutOfDistribution, scorer, test, validation, data);
        cancellation.ThrowIfCancellationRequested();
        Mnist(figures, File.ReadAllBytes(mnistPath), data);
        figures.Add(EvaluationFigure.Of("cost.one-image", "milliseconds for one image with map, members and refusal score, one thread", FigureTopic.Cost, Time(scorer, testInputs[0])) with { Digits = 1 });
        figures.Add(EvaluationFigure.Of("cost.model-kib", "model file, KiB", FigureTopic.Cost, model.Length / 1024.0) with { Digits = 0 });

        return new EvaluationResult
        {
            Model = manifest.Id,
            Version = manifest.Version,
            ModelSha256 = hash,
            Data = new EvaluationData(
                "Chest radiographs of children of 1 to 5 years, Guangzhou Women and Children's Medical Center (Kermany et al. 2018, doi:10.17632/rscbjbr9sj, CC BY 4.0), as published at 224 by 224 pixels; "
                + $"archive SHA-256 {KermanyArchive.Sha256(data)}. The 624 official test films were not used in fitting or in choosing epochs, temperature, threshold or refusal. "
                + "Validation was cut from the official training films by the number that the file name gives a child, as blocks of neighbouring numbers like the official test, and no number is in two folds. "
                + "PneumoniaMNIST (the same films without ids, CC BY 4.0) has networks of its own and was never mixed with them; the MedNIST sample (CC BY-SA 4.0, Dr. B. Erickson, Mayo Clinic) was only measured.",
                Counts(folds)),
            Command = Command,
            Seed = BootstrapSeed,
            Figures = figures,
            Tables = [Folds(folds), SeedTable(test, threshold.Value), NumberTable(films), ChestTrials.Table, ChestTrials.TestTable],
            Curves = Curves(test),
            Notes = ChestTrials.Notes,
        };
    }

    /// <summary>Calibrated probability of a logit.</summary>
    public static double Probability(ManifestLandmark calibration, double logit) => LogisticCalibration.Sigmoid((calibration.Slope * logit) + calibration.Intercept);

    private static void Performance(List<EvaluationFigure> figures, ScoredFilms test, ManifestThreshold threshold)
    {
        var value = threshold.Value;
        var at = Discrimination.At(value, test.Calibrated, test.Truth);
        var cleared = test.Calibrated.Count(p => p < value);
        figures.Add(EvaluationFigure.Of("auroc", "AUROC of the shipped ensemble", FigureTopic.Validity, Bootstrap.Of(Discrimination.Auroc, test.Calibrated, test.Truth, BootstrapSeed), test.Count));
        figures.Add(EvaluationFigure.Of("auprc", "average precision", FigureTopic.Validity, Bootstrap.Of(Discrimination.AveragePrecision, test.Calibrated, test.Truth, BootstrapSeed), test.Count));
        figures.Add(EvaluationFigure.Of("accuracy", Words($"accuracy at the threshold {value:0.####}"), FigureTopic.Validity, Bootstrap.Of((p, t) => ScoredFilms.Accuracy(p, t, value), test.Calibrated, test.Truth, BootstrapSeed), test.Count));
        figures.Add(EvaluationFigure.Of($"threshold.{threshold.Id}.sensitivity", "sensitivity at the threshold", FigureTopic.Validity, Bootstrap.Of((p, t) => ScoredFilms.Share(p, t, value, true), test.Calibrated, test.Truth, BootstrapSeed), test.Truth.Count(t => t)));
        figures.Add(EvaluationFigure.Of("specificity", "specificity at the threshold", FigureTopic.Validity, Bootstrap.Of((p, t) => ScoredFilms.Share(p, t, value, false), test.Calibrated, test.Truth, BootstrapSeed), test.Truth.Count(t => !t)));
        figures.Add(EvaluationFigure.Of($"threshold.{threshold.Id}.ppv", "positive predictive value at the threshold, at the test's share of pneumonia", FigureTopic.Validity, at.Ppv, test.Calibrated.Count(p => p >= value)));
        figures.Add(EvaluationFigure.Of("npv", "negative predictive value at the threshold, at the test's share of pneumonia", FigureTopic.Validity, cleared == 0 ? 0 : Enumerable.Range(0, test.Count).Count(i => test.Calibrated[i] < value && !test.Truth[i]) / (double)cleared, cleared));
        figures.Add(EvaluationFigure.Of($"threshold.{threshold.Id}.alert-rate", "share of films at or above the threshold", FigureTopic.Validity, at.AlertRate, test.Count));
        figures.Add(EvaluationFigure.Of("ece", "calibration error, after temperature", FigureTopic.Validity, Calibration.Error(test.Calibrated, test.Truth), test.Count));
        figures.Add(EvaluationFigure.Of("ece.before", "calibration error, before temperature", FigureTopic.Validity, Calibration.Error(test.Plain, test.Truth), test.Count));
        figures.Add(EvaluationFigure.Of("brier", "Brier score, after temperature", FigureTopic.Validity, Discrimination.Brier(test.Calibrated, test.Truth), test.Count));
        figures.Add(EvaluationFigure.Of("brier.before", "Brier score, before temperature", FigureTopic.Validity, Discrimination.Brier(test.Plain, test.Truth), test.Count));
    }

    /// <summary>Mean over seeds with the smallest and the largest as ends.</summary>
    private static void SeedFigures(List<EvaluationFigure> figures, ScoredFilms films, string id, string words, double threshold, string section)
    {
        Add("auroc", "AUROC", p => Discrimination.Auroc(p, films.Truth));
        Add("accuracy", "accuracy at the shipped threshold", p => ScoredFilms.Accuracy(p, films.Truth, threshold));
        Add("sensitivity", "sensitivity at the shipped threshold", p => ScoredFilms.Share(p, films.Truth, threshold, true));
        Add("specificity", "specificity at the shipped threshold", p => ScoredFilms.Share(p, films.Truth, threshold, false));

        void Add(string measure, string title, Func<double[], double> of)
        {
            var values = films.BySeed.Select(of).ToArray();
            figures.Add(EvaluationFigure.Of(
                $"seeds.{id}.{measure}",
                Words($"{title} of a single seed on the {words}, mean and range of {values.Length}"),
                FigureTopic.Validity,
                new Interval(values.Average(), values.Min(), values.Max()),
                films.Count) with
            { Section = section });
        }
    }

    private static void Groups(List<EvaluationFigure> figures, ScoredFilms test, double threshold)
    {
        const string Section = "By series of the films";
        foreach (var (series, words) in new[]
        {
            (FilmNumber.Bacteria, "bacterial pneumonia at or above the threshold"),
            (FilmNumber.Virus, "viral pneumonia at or above the threshold"),
            (FilmNumber.Normal1, "normal films of the series IM at or above the threshold"),
            (FilmNumber.Normal2, "normal films of the series NORMAL2-IM at or above the threshold"),
        })
        {
            var which = Enumerable.Range(0, test.Count).Where(i => test.Films[i].Number.Series == series).ToArray();
            figures.Add(Share($"series.{series.ToLowerInvariant()}", words, FigureTopic.Validity, which.Count(i => test.Calibrated[i] >= threshold) / (double)which.Length, which.Length) with { Section = Section });
        }
    }

    private static void Kind(List<EvaluationFigure> figures, ScoredFilms test, ScoredFilms validation)
    {
        if (test.KindAuroc() is { } onTest && validation.KindAuroc() is { } onValidation)
        {
            figures.Add(EvaluationFigure.Of("bacterial.auroc", "AUROC of bacterial against viral among test films with pneumonia", FigureTopic.Validity, onTest, test.Truth.Count(t => t)));
            figures.Add(EvaluationFigure.Of("validation.bacterial.auroc", "AUROC of bacterial against viral among validation films with pneumonia", FigureTopic.Validity, onValidation, validation.Truth.Count(t => t)) with { Section = "Validation films" });
        }
    }

    private static void Refusal(List<EvaluationFigure> figures, ManifestOutOfDistribution rule, ChestScorer scorer, ScoredFilms test, ScoredFilms validation, string data)
    {
        figures.Add(Share("refused.test", "official test films refused by the score", FigureTopic.Uncertainty, Refused(test.Outputs[rule.Output]), test.Count));
        figures.Add(Share("refused.validation", "validation films refused by the score", FigureTopic.Uncertainty, Refused(validation.Outputs[rule.Output]), validation.Count));
        foreach (var kind in MedNistPicture.Read(data).GroupBy(p => p.Kind).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var scores = scorer.Run([.. kind.Select(p => ChestInput.Of(p, scorer.Side))])[rule.Output];
            var words = kind.Key == "CXR" ? "MedNIST CXR (adult chest films) refused by the score" : $"MedNIST {kind.Key} refused by the score";
            figures.Add(Share($"refused.mednist.{kind.Key.ToLowerInvariant()}", words, FigureTopic.Uncertainty, Refused(scores), scores.Length));
        }

        double Refused(float[][] scores) => scores.Count(s => s[0] > rule.Threshold) / (double)scores.Length;
    }

    private static void Mnist(List<EvaluationFigure> figures, byte[] model, string data)
    {
        const string Section = "PneumoniaMNIST, official split, networks of its own";
        using var scorer = new ChestScorer(model);
        var validation = PneumoniaMnist.Read(data, "val");
        var test = PneumoniaMnist.Read(data, "test");
        var threshold = OperatingPoint.Balanced([.. scorer.Run(validation.Inputs())["probability"].Select(p => (double)p[0])], validation.Pneumonia);
        var outputs = scorer.Run(test.Inputs());
        double[] ensemble = [.. outputs["probability"].Select(p => (double)p[0])];
        var seeds = Enumerable.Range(0, outputs["members"][0].Length).Select(s => outputs["members"].Select(m => LogisticCalibration.Sigmoid(m[s])).ToArray()).ToArray();
        double[] areas = [.. seeds.Select(s => Discrimination.Auroc(s, test.Pneumonia))];
        double[] rights = [.. seeds.Select(s => ScoredFilms.Accuracy(s, test.Pneumonia, threshold))];
        figures.Add(EvaluationFigure.Of("pneumoniamnist.seeds.auroc", Words($"AUC of a single seed at 28 px, mean and range of {seeds.Length}"), FigureTopic.Comparison, new Interval(areas.Average(), areas.Min(), areas.Max()), test.Pneumonia.Length) with { Section = Section });
        figures.Add(EvaluationFigure.Of("pneumoniamnist.seeds.accuracy", Words($"accuracy of a single seed at the threshold with the best balanced accuracy on its validation part, mean and range of {seeds.Length}"), FigureTopic.Comparison, new Interval(rights.Average(), rights.Min(), rights.Max()), test.Pneumonia.Length) with { Section = Section });
        figures.Add(EvaluationFigure.Of("pneumoniamnist.auroc", "AUC of the ensemble at 28 px", FigureTopic.Comparison, Bootstrap.Of(Discrimination.Auroc, ensemble, test.Pneumonia, BootstrapSeed), test.Pneumonia.Length) with { Section = Section });
        figures.Add(EvaluationFigure.Of("pneumoniamnist.accuracy", "accuracy of the ensemble", FigureTopic.Comparison, ScoredFilms.Accuracy(ensemble, test.Pneumonia, threshold), test.Pneumonia.Length) with { Section = Section });
    }

    private static Dictionary<string, long> Counts(ChestFolds folds)
    {
        var counts = new Dictionary<string, long>();
        foreach (var (name, films) in new[] { ("fitted films", folds.Fit), ("validation films", folds.Validation), ("official test films", folds.Test) })
        {
            counts[name] = films.Count;
            counts[$"{name} with pneumonia"] = films.Count(f => f.Pneumonia);
        }

        return counts;
    }

    private static EvaluationTable Folds(ChestFolds folds) => new(
        "folds",
        "Films by fold and label; a number is what a file name gives a child.",
        ["fold", "films", "normal", "bacterial", "viral", "numbers"],
        [
            .. new[] { ("fit", folds.Fit), ("validation", folds.Validation), ("official test", folds.Test) }.Select(f => (IReadOnlyList<string>)
            [
                f.Item1, Whole(f.Item2.Count), Whole(f.Item2.Count(x => x.Label == ChestLabel.Normal)), Whole(f.Item2.Count(x => x.Label == ChestLabel.BacterialPneumonia)),
                Whole(f.Item2.Count(x => x.Label == ChestLabel.ViralPneumonia)), Whole(f.Item2.Select(x => (x.Number.Series, x.Number.Value)).Distinct().Count()),
            ]),
        ])
    { Section = "Folds" };

    private static EvaluationTable SeedTable(ScoredFilms test, double threshold) => new(
        "seeds",
        "Every seed alone on the official test films, with the ensemble's temperature and threshold.",
        ["seed", "AUROC", "accuracy", "sensitivity", "specificity"],
        [
            .. test.BySeed.Select((p, i) => (IReadOnlyList<string>)
            [
                Whole(i + 1), Three(Discrimination.Auroc(p, test.Truth)), Three(ScoredFilms.Accuracy(p, test.Truth, threshold)),
                Three(ScoredFilms.Share(p, test.Truth, threshold, true)), Three(ScoredFilms.Share(p, test.Truth, threshold, false)),
            ]),
        ])
    { Section = Seeds };

    private static EvaluationTable NumberTable(IReadOnlyList<ChestFilm> films) => new(
        "numbers",
        "What names and pictures say. Correlations are of pictures of 32 by 32, mean and deviation removed.",
        ["fact", "value"],
        [.. FilmNumberChecks.Of(films).Select(c => (IReadOnlyList<string>)[c.Fact, c.Value.ToString("0.###", CultureInfo.InvariantCulture)])])
    { Section = Numbers };

    private static EvaluationCurve[] Curves(ScoredFilms test) =>
    [
        new("roc", "ROC on the official test films", CurveKind.Roc, "1 - specificity", "sensitivity",
            [CurveSeries.Of("ensemble", Metrics.Curves.Roc(test.Calibrated, test.Truth)), .. test.BySeed.Take(2).Select((p, i) => CurveSeries.Of(Words($"seed {i + 1}"), Metrics.Curves.Roc(p, test.Truth)))])
        { Section = "Performance" },
        new("reliability", "Reliability on the official test films", CurveKind.Reliability, "predicted", "observed", [Bins("before temperature", test.Plain, test.Truth), Bins("after temperature", test.Calibrated, test.Truth)]) { Section = "Performance" },
    ];

    private static CurveSeries Bins(string name, double[] probabilities, bool[] truth)
    {
        var bins = Calibration.EqualWidthBins(probabilities, truth);
        return CurveSeries.Of(name, bins.Select(b => (b.MeanPredicted, b.ObservedRate))) with { Counts = [.. bins.Select(b => (long)b.Count)] };
    }

    private static EvaluationFigure Share(string id, string title, FigureTopic topic, double share, long n) => EvaluationFigure.Of(id, title, topic, share, n);

    private static double Time(ChestScorer scorer, float[] image)
    {
        var best = double.PositiveInfinity;
        for (var i = 0; i < 40; i++)
        {
            var start = Stopwatch.GetTimestamp();
            scorer.Run([image]);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return best;
    }

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Whole(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Three(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
