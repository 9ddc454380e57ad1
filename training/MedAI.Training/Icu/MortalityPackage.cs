using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MedAI.Models.Packages;
using MedAI.Training.Cli;
using MedAI.Training.Evaluation.Icu;
using MedAI.Training.Evaluation.Metrics;
using MedAI.Training.Libtorch;
using MedAI.Training.Trees;

namespace MedAI.Training.Icu;

/// <summary>Makes the model package out of the trained members: graph, calibration, thresholds, golden vectors, manifest.</summary>
internal static class MortalityPackage
{
    /// <summary>Of a logit: 1e-4 moves a risk by 0.000025 at most.</summary>
    private const double LargestDifference = 1e-4;
    private const double GoldenTolerance = 1e-4;

    /// <exception cref="InvalidDataException">A member is missing, the written graph disagrees with the trained members, or the manifest has problems.</exception>
    public static void Write(TrainContext context, TrainingOptions options)
    {
        var clock = Stopwatch.StartNew();
        var (log, output) = (context.Log, context.Output!);
        var checkpoints = context.OpenCheckpoints(options with { Threads = 0 });
        var cohort = IcuCohort.Load(context.Data);
        TorchDevice.Use(context.Device, options.Threads);
        LibtorchLoader.Load(options.Threads);
        var setup = EnsembleSetup.Of(cohort);
        var networks = Member.All.Where(m => m.Kind == MemberKind.Recurrent).Select(m => NetworkWeights.FromBytes(checkpoints.Read(m.FileName))).ToList();
        var trees = Member.All.Where(m => m.Kind != MemberKind.Recurrent).Select(m => LightGbmText.Parse(Encoding.ASCII.GetString(checkpoints.Read(m.FileName)))).ToList();
        var model = MortalityExport.Write(setup.Manifest, setup.Scaling, networks, trees);
        using var scorer = new GridScorer(model);
        var landmarks = IcuCohort.Landmarks.Select(hour => setup.Encoder.EncodeAt(cohort.Stays, hour)).ToArray();
        var (difference, compared) = Verify(setup, options, networks, trees, scorer, [.. landmarks.SelectMany(l => l.Where((_, i) => i % 10 == 0)), .. Ragged(setup.Encoder, cohort, options.Seed)]);
        log.WriteLine($"{clock.Elapsed:mm\\:ss} ONNX Runtime against torch and the trees: largest difference of a logit {difference:E1} over {compared} inputs");

        var died = cohort.Died();
        var held = landmarks.Select(scorer.HeldLogits).ToArray();
        var calibration = new ManifestCalibration([.. IcuCohort.Landmarks.Select((hour, i) =>
        {
            var (slope, intercept) = LogisticCalibration.Fit(held[i], died);
            return new ManifestLandmark(hour, Math.Round(slope, 6), Math.Round(intercept, 6));
        })]);
        foreach (var (mark, logits) in calibration.Landmarks.Zip(held))
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mark.Hours,2} h held folds: AUROC {Discrimination.Auroc(logits, died):F4} AUPRC {Discrimination.AveragePrecision(logits, died):F4}, slope {mark.Slope:F3} intercept {mark.Intercept:F3}"));
        var thresholds = OperatingPoints.Choose(RiskCalibration.Risks(calibration, held[^1], 48), cohort);
        var manifest = setup.Manifest with
        {
            Outcome = setup.Manifest.Outcome with
            {
                BaseRate = Math.Round(cohort.Deaths / (double)cohort.Stays.Count, 4),
                BaseRateCohort = $"{cohort.Stays.Count:N0} adult ICU stays of the PhysioNet/CinC Challenge 2012, sets A and B",
            },
            Calibration = calibration,
            Thresholds = thresholds,
            Bands =
            [
                new ManifestBand(0, "low", "Low"),
                new ManifestBand(Math.Round(cohort.Deaths / (double)cohort.Stays.Count, 4), "moderate", "Moderate"),
                new ManifestBand(thresholds[^1].Value, "high", "High"),
            ],
        };
        Save(output, manifest, model, Golden(manifest, scorer, options.Seed));
        log.WriteLine($"{clock.Elapsed:mm\\:ss} wrote {output} ({model.Length / 1024} KiB model)");
    }

    private static GridSample[] Ragged(SharedEncoder encoder, IcuCohort cohort, int seed)
    {
        var random = new Random(seed);
        var some = cohort.Stays.Where((_, i) => i % 10 == 0).ToList();
        var minutes = some.Select(_ => random.Next(60, Prefixes.LongestMinutes + 1)).ToArray();
        return encoder.EncodeAll(some, i => minutes[i]);
    }

    private static (double Largest, int Rows) Verify(
        EnsembleSetup setup, TrainingOptions options, List<NetworkWeights> networks, List<TreeEnsemble> trees, GridScorer scorer, GridSample[] samples)
    {
        var written = scorer.MemberLogits(samples);
        double largest = 0;
        for (var m = 0; m < networks.Count; m++)
        {
            using var network = new MortalityNetwork(NetworkOptions.Of(options, setup.Scaling), setup.Scaling);
            networks[m].CopyTo(network);
            var logits = RecurrentTrainer.Score(network, samples);
            for (var i = 0; i < samples.Length; i++)
                largest = Math.Max(largest, Math.Abs(logits[i] - written[i][m]));
        }

        using var aggregates = new AggregateReader(setup.Manifest);
        var features = aggregates.Of(samples);
        for (var m = 0; m < trees.Count; m++)
        {
            for (var i = 0; i < samples.Length; i++)
                largest = Math.Max(largest, Math.Abs(trees[m].Logit(features.AsSpan(i * aggregates.Columns, aggregates.Columns)) - written[i][networks.Count + m]));
        }

        return largest <= LargestDifference
            ? (largest, samples.Length)
            : throw new InvalidDataException($"The written graph differs from the trained members by {largest:E2}.");
    }

    private static GoldenVectors Golden(ModelManifest manifest, GridScorer scorer, int seed)
    {
        var made = new SyntheticGrids(manifest, seed);
        (int Rows, int Steps, double Share)[] shapes = [(1, 1, 0.9), (1, 6, 0.6), (2, 7, 0.1), (3, 12, 0.5), (1, 24, 0.3), (2, 48, 0.4), (1, 48, 0)];
        return new GoldenVectors
        {
            SchemaVersion = "1.0",
            Tolerance = GoldenTolerance,
            Cases =
            [
                .. shapes.Select(shape =>
                {
                    var rows = Enumerable.Range(0, shape.Rows).Select(_ => made.Next(shape.Steps, shape.Share)).ToArray();
                    return new GoldenCase
                    {
                        Name = FormattableString.Invariant($"synthetic-{shape.Rows}x{shape.Steps}-{shape.Share * 100:F0}-percent"),
                        Rows = shape.Rows,
                        Steps = shape.Steps,
                        Inputs = GridScorer.Inputs(rows),
                        Outputs = scorer.Run(rows),
                    };
                }),
            ],
        };
    }

    private static void Save(string output, ModelManifest manifest, byte[] model, GoldenVectors golden)
    {
        Directory.CreateDirectory(output);
        var goldenBytes = GoldenWriter.ToUtf8(golden);
        // The card repeats figures that are measured on this very file; the card command replaces this.
        var card = Encoding.UTF8.GetBytes($"{{ \"model\": \"{manifest.Id}\", \"version\": \"{manifest.Version}\" }}\n");
        manifest = manifest with
        {
            Files = manifest.Files with
            {
                Model = new ManifestFile("model.onnx", Hash(model)),
                Golden = new ManifestFile("golden.json", Hash(goldenBytes)),
                ModelCard = new ManifestFile("model-card.json", Hash(card)),
            },
        };
        var manifestBytes = ManifestWriter.ToUtf8(manifest);
        var (read, problems) = ManifestReader.Read(manifestBytes);
        if (read is not null)
            problems = GoldenReader.Read(goldenBytes, read).Problems;
        if (problems.Count > 0)
            throw new InvalidDataException($"The package has problems:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
        File.WriteAllBytes(Path.Combine(output, "model.onnx"), model);
        File.WriteAllBytes(Path.Combine(output, "golden.json"), goldenBytes);
        File.WriteAllBytes(Path.Combine(output, "model-card.json"), card);
        File.WriteAllBytes(Path.Combine(output, "manifest.json"), manifestBytes);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
