using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Measures a finished chest-xray-pneumonia package: the shipped file, its own calibration, threshold and refusal.</summary>
internal static class ChestEvaluation
{
    /// <summary>File of the figures, in the package's folder.</summary>
    public const string FileName = "evaluation.json";

    /// <summary>Graph of the networks that were fitted to PneumoniaMNIST; measured for comparison, not served.</summary>
    public const string MnistFileName = "pneumoniamnist.onnx";

    private const int BootstrapSeed = 31;

    /// <summary>Indented, camel-case, figures rounded by nobody.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <param name="package">Folder of the package.</param>
    /// <param name="data">Folder with the archives.</param>
    /// <param name="log">Told what is being measured.</param>
    /// <exception cref="InvalidDataException">Package or data are damaged or missing.</exception>
    public static ChestFigures Run(string package, string data, TextWriter log)
    {
        var (loaded, problems) = ModelPackage.Load(package);
        if (loaded is null)
            throw new InvalidDataException($"'{package}' is no sound model package: {problems.Select(p => $"{p.Path} {p.Message}").FirstOrDefault()}");
        var bytes = loaded.ModelBytes.ToArray();
        log.WriteLine("Reading films");
        var films = KermanyArchive.Read(data);
        return Measure(loaded.Manifest, bytes, MnistModel(package), films, data, log);
    }

    /// <summary>Writes the figures beside the package's other files.</summary>
    public static void Save(ChestFigures figures, string package) =>
        File.WriteAllText(Path.Combine(package, FileName), JsonSerializer.Serialize(figures, Json) + "\n");

    /// <exception cref="InvalidDataException">There is no such file or it is not readable.</exception>
    public static ChestFigures Load(string package)
    {
        var path = Path.Combine(package, FileName);
        try
        {
            return JsonSerializer.Deserialize<ChestFigures>(File.ReadAllText(path), Json) ?? throw new InvalidDataException($"{path} is empty.");
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"{path} is missing or damaged; run evaluate first.", e);
        }
    }

    public static ChestFigures Measure(ModelManifest manifest, byte[] model, byte[] mnist, IReadOnlyList<ChestFilm> films, string data, TextWriter log)
    {
        var folds = ChestFolds.Split(films);
        using var scorer = new ChestScorer(model);
        var calibration = manifest.Calibration.Landmarks[0];
        var threshold = manifest.Thresholds[^1].Value;
        log.WriteLine("Scoring validation and test films");
        var validation = scorer.Run([.. folds.Validation.Select(f => ChestInput.Of(f, scorer.Side))]);
        var testInputs = folds.Test.Select(f => ChestInput.Of(f, scorer.Side)).ToArray();
        var test = scorer.Run(testInputs);
        log.WriteLine("Scoring strangers");
        var refusal = Refusal(manifest.AsImaging().OutOfDistribution, scorer, validation, test, data);
        log.WriteLine("Scoring PneumoniaMNIST");
        var mnistFigures = Mnist(mnist, data);
        var testFigures = Fold(folds.Test, test, calibration, threshold);
        return new ChestFigures
        {
            SchemaVersion = "1.0",
            Model = manifest.Id,
            Version = manifest.Version,
            ModelSha256 = Hash(model),
            Data = new ChestDataFigures(KermanyArchive.Sha256(data), [Count("fit", folds.Fit), Count("validation", folds.Validation), Count("official test", folds.Test)], FilmNumberChecks.Of(films)),
            Validation = Fold(folds.Validation, validation, calibration, threshold),
            Test = testFigures,
            Refusal = refusal,
            PneumoniaMnist = mnistFigures,
            Cost = new CostFigures(Time(scorer, testInputs[0]), model.Length),
            Bars =
            [
                Bar("test AUROC, mean of seeds", 0.950, testFigures.SeedAuroc.Mean),
                Bar("test accuracy at the shipped threshold, mean of seeds", 0.85, testFigures.SeedAccuracy.Mean),
                Bar("PneumoniaMNIST test AUROC, mean of seeds", 0.970, mnistFigures.SeedAuroc.Mean),
                Bar("smallest share refused of a MedNIST class but CXR", 0.95, refusal.MedNist.Where(r => r.Kind != "CXR").Min(r => r.Refused)),
                Bar("share of test films not refused", 0.95, 1 - refusal.Test),
            ],
        };
    }

    /// <summary>Calibrated probability of a logit.</summary>
    public static double Probability(ManifestLandmark calibration, double logit) => LogisticCalibration.Sigmoid((calibration.Slope * logit) + calibration.Intercept);

    private static ChestFoldFigures Fold(IReadOnlyList<ChestFilm> films, IReadOnlyDictionary<string, float[][]> outputs, ManifestLandmark calibration, double threshold)
    {
        var truth = films.Select(f => f.Pneumonia).ToArray();
        var logits = outputs["logit"].Select(l => (double)l[0]).ToArray();
        var plain = Array.ConvertAll(logits, LogisticCalibration.Sigmoid);
        var calibrated = Array.ConvertAll(logits, l => Probability(calibration, l));
        var seeds = outputs["members"][0].Length;
        var bySeed = Enumerable.Range(0, seeds).Select(s => outputs["members"].Select(m => Probability(calibration, m[s])).ToArray()).ToArray();
        var at = Discrimination.At(threshold, calibrated, truth);
        var negatives = calibrated.Count(p => p < threshold);
        double? kind = null;
        if (outputs.TryGetValue("bacterial_logit", out var kinds))
        {
            var sick = Enumerable.Range(0, films.Count).Where(i => truth[i]).ToArray();
            kind = Discrimination.Auroc(Array.ConvertAll(sick, i => (double)kinds[i][0]), Array.ConvertAll(sick, i => films[i].Label == ChestLabel.BacterialPneumonia));
        }

        return new ChestFoldFigures
        {
            Films = films.Count,
            Prevalence = truth.Count(t => t) / (double)truth.Length,
            Auroc = Bootstrap.Of(Discrimination.Auroc, calibrated, truth, BootstrapSeed),
            AveragePrecision = Bootstrap.Of(Discrimination.AveragePrecision, calibrated, truth, BootstrapSeed),
            AtThreshold = new OperatingFigures(
                threshold,
                Bootstrap.Of((p, t) => Accuracy(p, t, threshold), calibrated, truth, BootstrapSeed),
                Bootstrap.Of((p, t) => Sensitivity(p, t, threshold), calibrated, truth, BootstrapSeed),
                Bootstrap.Of((p, t) => Specificity(p, t, threshold), calibrated, truth, BootstrapSeed),
                at.Ppv,
                negatives == 0 ? double.NaN : Enumerable.Range(0, truth.Length).Count(i => calibrated[i] < threshold && !truth[i]) / (double)negatives),
            SeedAuroc = Spread(p => Discrimination.Auroc(p, truth)),
            SeedAccuracy = Spread(p => Accuracy(p, truth, threshold)),
            SeedSensitivity = Spread(p => Sensitivity(p, truth, threshold)),
            SeedSpecificity = Spread(p => Specificity(p, truth, threshold)),
            Before = Reliability(plain, truth),
            After = Reliability(calibrated, truth),
            KindAuroc = kind,
            Series =
            [
                .. Enumerable.Range(0, films.Count).GroupBy(i => films[i].Number.Series).OrderBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => new SeriesFigure(g.Key, g.Count(), g.Count(i => calibrated[i] >= threshold) / (double)g.Count(), g.Average(i => calibrated[i]))),
            ],
            Roc = [.. Curves.Roc(calibrated, truth).Select(p => new CurvePoint(p.X, p.Y))],
        };

        SpreadFigures Spread(Func<double[], double> measure) => SpreadFigures.Of([.. bySeed.Select(measure)]);
    }

    public static double Accuracy(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> truth, double threshold)
    {
        var right = 0;
        for (var i = 0; i < truth.Length; i++)
            right += probabilities[i] >= threshold == truth[i] ? 1 : 0;
        return right / (double)truth.Length;
    }

    public static double Sensitivity(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> truth, double threshold) => Share(probabilities, truth, threshold, true);

    public static double Specificity(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> truth, double threshold) => Share(probabilities, truth, threshold, false);

    private static double Share(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> truth, double threshold, bool of)
    {
        int right = 0, all = 0;
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] != of)
                continue;
            all++;
            right += probabilities[i] >= threshold == of ? 1 : 0;
        }

        return right / (double)all;
    }

    private static ReliabilityFigures Reliability(double[] probabilities, bool[] truth) => new(
        Calibration.EqualCountError(probabilities, truth),
        Calibration.EqualWidthError(probabilities, truth),
        Discrimination.Brier(probabilities, truth),
        Calibration.EqualWidthBins(probabilities, truth));

    private static RefusalFigures Refusal(
        ManifestOutOfDistribution rule, ChestScorer scorer, IReadOnlyDictionary<string, float[][]> validation, IReadOnlyDictionary<string, float[][]> test, string data)
    {
        var byKind = MedNistPicture.Read(data).GroupBy(p => p.Kind).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
        {
            var scores = scorer.Run([.. g.Select(p => ChestInput.Of(p, scorer.Side))])[rule.Output].Select(s => s[0]).Order().ToArray();
            return new RefusalFigure(g.Key, scores.Length, scores.Count(s => s > rule.Threshold) / (double)scores.Length, scores[scores.Length / 2]);
        });
        return new RefusalFigures(rule.Threshold, Refused(validation), Refused(test), [.. byKind]);

        double Refused(IReadOnlyDictionary<string, float[][]> outputs) => outputs[rule.Output].Count(s => s[0] > rule.Threshold) / (double)outputs[rule.Output].Length;
    }

    private static MnistFigures Mnist(byte[] model, string data)
    {
        using var scorer = new ChestScorer(model);
        var validation = PneumoniaMnist.Read(data, "val");
        var test = PneumoniaMnist.Read(data, "test");
        // The row's threshold is the best balanced accuracy on the official validation part.
        var validationScores = scorer.Run(validation.Inputs())["probability"].Select(p => (double)p[0]).ToArray();
        var threshold = OperatingPoint.Balanced(validationScores, validation.Pneumonia);
        var outputs = scorer.Run(test.Inputs());
        var ensemble = outputs["probability"].Select(p => (double)p[0]).ToArray();
        var seeds = Enumerable.Range(0, outputs["members"][0].Length).Select(s => outputs["members"].Select(m => LogisticCalibration.Sigmoid(m[s])).ToArray()).ToArray();
        return new MnistFigures(
            validation.Pneumonia.Length,
            test.Pneumonia.Length,
            SpreadFigures.Of([.. seeds.Select(s => Discrimination.Auroc(s, test.Pneumonia))]),
            SpreadFigures.Of([.. seeds.Select(s => Accuracy(s, test.Pneumonia, threshold))]),
            Discrimination.Auroc(ensemble, test.Pneumonia),
            Accuracy(ensemble, test.Pneumonia, threshold),
            threshold,
            Hash(model));
    }

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

    private static FoldCount Count(string fold, IReadOnlyList<ChestFilm> films) => new(
        fold,
        films.Count,
        films.Count(f => f.Label == ChestLabel.Normal),
        films.Count(f => f.Label == ChestLabel.BacterialPneumonia),
        films.Count(f => f.Label == ChestLabel.ViralPneumonia),
        films.Select(f => f.Number.Group).Distinct().Count());

    private static BarFigure Bar(string bar, double asked, double reached) => new(bar, asked, reached, reached >= asked);

    private static byte[] MnistModel(string package)
    {
        var path = Path.Combine(package, MnistFileName);
        return File.Exists(path) ? File.ReadAllBytes(path) : throw new InvalidDataException($"'{package}' holds no {MnistFileName}.");
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
