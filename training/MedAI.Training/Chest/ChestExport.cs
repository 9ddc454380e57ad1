using System.Security.Cryptography;
using System.Text;
using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Chest;
using MedAI.Training.Evaluation.Metrics;
using MedAI.Training.Libtorch;

namespace MedAI.Training.Chest;

/// <summary>Makes the package from trained networks: one graph, what is decided on validation, golden vectors.</summary>
/// <remarks>Temperature, threshold and refusal are decided on validation films alone; the official test films are scored once all is decided.</remarks>
internal static class ChestExport
{
    /// <summary>Probabilities of ONNX Runtime and torch may differ by this much.</summary>
    private const double LargestDifference = 1e-5;

    private const double GoldenTolerance = 1e-3;

    /// <summary>Changed views of every validation film from which the threshold is chosen.</summary>
    private const int ViewsPerFilm = 4;

    /// <summary>Share of validation films that the refusal lets through.</summary>
    private const double AcceptedShare = 0.99;

    private const int Seed = 2018;

    /// <exception cref="InvalidDataException">Training is not finished, the graph differs from torch, or the package has problems.</exception>
    public static ChestDecisions Run(string data, string work, string output, int threads, TextWriter log)
    {
        var folds = ChestFolds.Split(KermanyArchive.Read(data));
        LibtorchLoader.Load(threads);
        var networks = ChestTraining.Load(work, ChestTraining.Kermany, ChestTraining.KermanyName);
        var recipe = networks[0].Recipe;

        log.WriteLine("Fitting the out-of-distribution score on the fitted films");
        var validation = Inputs(folds.Validation, recipe.Side);
        var stranger = FitStranger(networks, [.. Inputs(folds.Fit, recipe.Side), .. Views(folds.Fit, recipe, 1)]);
        var model = ChestGraph.Write(networks, stranger, described: false, withKind: ChestManifest.WithKind, ChestManifest.Id, ChestManifest.Version);
        using var scorer = new ChestScorer(model);
        var outputs = scorer.Run(validation);
        var difference = Verify(networks, validation, outputs);
        log.WriteLine($"ONNX Runtime against torch: largest difference {difference:E1} over {validation.Length} films");

        var truth = folds.Validation.Select(f => f.Pneumonia).ToArray();
        var logits = outputs["logit"].Select(l => (double)l[0]).ToArray();
        var slope = Math.Round(TemperatureScaling.Slope(logits, truth), 6);
        var calibration = new ManifestLandmark(0, slope, 0);
        var views = scorer.Run(Views(folds.Validation, Strong(recipe), ViewsPerFilm))["logit"].Select(l => ChestXrayEvaluation.Probability(calibration, l[0])).ToArray();
        var viewTruth = Enumerable.Range(0, ViewsPerFilm).SelectMany(_ => truth).ToArray();
        var threshold = Math.Round(OperatingPoint.Balanced(views, viewTruth), 4);
        var ood = outputs["ood"].Select(s => (double)s[0]).Order().ToArray();
        var refusal = Math.Round(ood[(int)Math.Ceiling(AcceptedShare * ood.Length) - 1], 4);
        // Everything is decided; what the manifest says about the threshold is measured on the test films, as the report does.
        var test = scorer.Run(Inputs(folds.Test, recipe.Side))["logit"].Select(l => ChestXrayEvaluation.Probability(calibration, l[0])).ToArray();
        var decisions = new ChestDecisions
        {
            Calibration = calibration,
            Threshold = Discrimination.At(threshold, test, [.. folds.Test.Select(f => f.Pneumonia)]),
            KindAuroc = KindAuroc(networks, folds.Validation, validation),
            Refusal = refusal,
            Fit = folds.Fit.Count,
            FitPneumonia = folds.Fit.Count(f => f.Pneumonia),
            Validation = folds.Validation.Count,
            LargestDifference = difference,
            Synthetic = SyntheticRefusal(scorer, validation, refusal),
        };
        log.WriteLine(FormattableString.Invariant($"bacterial against viral on validation films with pneumonia: AUROC {decisions.KindAuroc:F4}"));
        log.WriteLine(FormattableString.Invariant($"temperature {1 / slope:F3}, threshold {threshold:F4}, refusal above {refusal:F4}"));
        foreach (var (kind, share) in decisions.Synthetic)
            log.WriteLine(FormattableString.Invariant($"refused of {kind}: {share:P1}"));

        var mnist = ChestTraining.Load(work, ChestTraining.PneumoniaMnist, ChestTraining.MnistName);
        var mnistModel = ChestGraph.Write(mnist, null, described: false, withKind: false, "pneumoniamnist-comparison", ChestManifest.Version);
        var manifest = ChestManifest.Create(recipe, networks.Count, MapSide(scorer), decisions);
        Write(output, manifest, model, mnistModel, Golden(scorer), log);
        return decisions;
    }

    /// <summary>Changes as large as the networks were fitted with and larger.</summary>
    internal static ChestRecipe Strong(ChestRecipe recipe) =>
        recipe with { Zoom = 0.2, Aspect = 0.25, Shift = 0.1, Degrees = 12, Gamma = 0.5, Noise = 0.05, Blur = 1.5, Slope = 0.4, Erase = 0.3 };

    private static float[][] Inputs(IReadOnlyList<ChestFilm> films, int side) => [.. films.Select(f => ChestInput.Of(f, side))];

    private static float[][] Views(IReadOnlyList<ChestFilm> films, ChestRecipe recipe, int each)
    {
        var sources = ChestFilms.Of(films);
        var augmenter = new FilmAugmenter(recipe);
        var random = new Random(Seed);
        var views = new float[each * films.Count][];
        for (var i = 0; i < views.Length; i++)
        {
            views[i] = new float[recipe.Side * recipe.Side];
            augmenter.Draw(sources.Sources[i % films.Count], sources.SourceSide, random, views[i]);
        }

        return views;
    }

    private static StrangerScore FitStranger(IReadOnlyList<ChestNetwork> networks, float[][] pictures)
    {
        using var describing = new ChestScorer(ChestGraph.Write(networks, null, described: true, withKind: false, ChestManifest.Id, ChestManifest.Version));
        var values = describing.Run(pictures);
        return StrangerScore.Fit(new[] { ChestGraph.Deep, ChestGraph.Layout, ChestGraph.Texture }.ToDictionary(n => n, n => values[n]));
    }

    private static double Verify(List<ChestNetwork> networks, float[][] images, IReadOnlyDictionary<string, float[][]> outputs)
    {
        double largest = 0;
        for (var s = 0; s < networks.Count; s++)
        {
            var torch = SeedTrainer.Score(networks[s], images).Pneumonia;
            for (var i = 0; i < images.Length; i++)
                largest = Math.Max(largest, Math.Abs(LogisticCalibration.Sigmoid(torch[i]) - LogisticCalibration.Sigmoid(outputs["members"][i][s])));
        }

        return largest <= LargestDifference ? largest : throw new InvalidDataException($"The ONNX model differs from the trained one by {largest:E2}.");
    }

    private static double KindAuroc(List<ChestNetwork> networks, IReadOnlyList<ChestFilm> films, float[][] images)
    {
        var scores = networks.Select(n => SeedTrainer.Score(n, images).Bacterial).ToArray();
        var sick = Enumerable.Range(0, films.Count).Where(i => films[i].Pneumonia).ToArray();
        return Discrimination.Auroc(Array.ConvertAll(sick, i => scores.Average(s => s[i])), Array.ConvertAll(sick, i => films[i].Label == ChestLabel.BacterialPneumonia));
    }

    /// <summary>What became of made-up strangers: the score was designed with these, not with MedNIST.</summary>
    private static List<(string Kind, double Refused)> SyntheticRefusal(ChestScorer scorer, float[][] films, double threshold)
    {
        var random = new Random(Seed);
        var side = scorer.Side;
        return
        [
            ("blobs", Share(i => SyntheticPictures.Blobs(side, random))),
            ("noise", Share(i => SyntheticPictures.Noise(side, random))),
            ("flat grey", Share(i => SyntheticPictures.Flat(side, random))),
            ("validation films laid on their side", Share(i => SyntheticPictures.Turned(films[i], side))),
            ("validation films with black and white exchanged", Share(i => SyntheticPictures.Inverted(films[i]))),
            ("validation films cut into tiles in another order", Share(i => SyntheticPictures.Shuffled(films[i], side, random))),
        ];

        double Share(Func<int, float[]> picture) =>
            scorer.Run([.. Enumerable.Range(0, 200).Select(i => picture(i * films.Length / 200))])["ood"].Count(s => s[0] > threshold) / 200.0;
    }

    private static int MapSide(ChestScorer scorer) =>
        (int)Math.Round(Math.Sqrt(scorer.Run([new float[scorer.Side * scorer.Side]])["cam"][0].Length));

    private static GoldenVectors Golden(ChestScorer scorer)
    {
        var random = new Random(Seed);
        (string Name, Func<float[]> Make, int Rows)[] cases =
        [
            ("made-up-chest", () => SyntheticPictures.Chest(scorer.Side, random), 1),
            ("three-made-up-chests", () => SyntheticPictures.Chest(scorer.Side, random), 3),
            ("blobs", () => SyntheticPictures.Blobs(scorer.Side, random), 2),
            ("noise", () => SyntheticPictures.Noise(scorer.Side, random), 1),
            ("flat-grey", () => SyntheticPictures.Flat(scorer.Side, random), 1),
        ];
        return new GoldenVectors
        {
            SchemaVersion = "1.0",
            Tolerance = GoldenTolerance,
            Cases =
            [
                .. cases.Select(c =>
                {
                    // Eight bits are what a film has, and they keep the file small.
                    var pictures = Enumerable.Range(0, c.Rows).Select(_ => Array.ConvertAll(c.Make(), v => MathF.Round(v * 255) / 255)).ToArray();
                    var outputs = scorer.Run(pictures);
                    return new GoldenCase
                    {
                        Name = c.Name,
                        Rows = c.Rows,
                        Inputs = new Dictionary<string, float[]> { ["image"] = [.. pictures.SelectMany(p => p)] },
                        Outputs = outputs.ToDictionary(o => o.Key, o => o.Value.SelectMany(v => v).ToArray()),
                    };
                }),
            ],
        };
    }

    private static void Write(string output, ModelManifest manifest, byte[] model, byte[] mnist, GoldenVectors golden, TextWriter log)
    {
        Directory.CreateDirectory(output);
        var goldenBytes = GoldenWriter.ToUtf8(golden);
        File.WriteAllBytes(Path.Combine(output, "model.onnx"), model);
        File.WriteAllBytes(Path.Combine(output, ChestXrayEvaluation.MnistFileName), mnist);
        File.WriteAllBytes(Path.Combine(output, "golden.json"), goldenBytes);
        var cardPath = Path.Combine(output, "model-card.json");
        if (!File.Exists(cardPath))
            File.WriteAllBytes(cardPath, Encoding.UTF8.GetBytes("{}\n"));
        manifest = manifest with
        {
            Files = new ManifestFiles
            {
                Model = new ManifestFile("model.onnx", Hash(model)),
                Golden = new ManifestFile("golden.json", Hash(goldenBytes)),
                ModelCard = new ManifestFile("model-card.json", Hash(File.ReadAllBytes(cardPath))),
            },
        };
        WriteManifest(output, manifest);
        var (read, problems) = ManifestReader.Read(File.ReadAllBytes(Path.Combine(output, "manifest.json")));
        if (read is not null)
            problems = GoldenReader.Read(goldenBytes, read).Problems;
        if (problems.Count > 0)
            throw new InvalidDataException($"The package has problems: {string.Join("; ", problems.Select(p => $"{p.Path} {p.Message}"))}");
        log.WriteLine($"Wrote {output}: {model.Length / 1024} KiB model");
    }

    internal static void WriteManifest(string output, ModelManifest manifest) => File.WriteAllBytes(Path.Combine(output, "manifest.json"), ManifestWriter.ToUtf8(manifest));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
