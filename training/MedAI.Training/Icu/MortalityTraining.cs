using System.Diagnostics;
using System.Security.Cryptography;
using MedAI.Models.Packages;
using MedAI.Training.Icu2012;
using MedAI.Training.Libtorch;
using MedAI.Training.Evaluation.Metrics;
using MedAI.Training.Report;

namespace MedAI.Training.Icu;

/// <summary>The whole way from a folder of stays to a model package.</summary>
internal static class MortalityTraining
{
    private const double LargestDifference = 1e-5;
    private const double GoldenTolerance = 1e-4;
    private const int ExplanationRows = 40;

    /// <exception cref="InvalidDataException">The written model disagrees with the trained one, or the package has problems.</exception>
    public static TrainingSummary Run(string data, string output, TrainingOptions options, TextWriter log)
    {
        var clock = Stopwatch.StartNew();
        using var folder = IcuStayFolder.Open(data);
        var read = folder.ReadAll();
        var stays = read.Where(s => s.Outcome is not null && s.Stay.Events.Any(e => e.Parameter != "Weight")).ToList();
        log.WriteLine($"{clock.Elapsed:mm\\:ss} read {read.Count} stays, {stays.Count} with an outcome and at least one measurement");
        var folds = Folds.Split(stays, options.Seed);
        LibtorchLoader.Load(options.Threads);

        var draft = IcuManifest.Draft(options.Members);
        var manifest = InputStatistics.WithBaselines(draft, new SharedEncoder(draft).EncodeAt(folds.Fit, 48));
        var encoder = new SharedEncoder(manifest);
        var scaling = InputStatistics.Scaling(manifest, encoder.EncodeAt(folds.Fit, 48));
        var baselines = manifest.Variables.Where(v => v.Use == "series").Select(v => (float)v.Baseline).ToArray();

        var epochs = new List<EpochRecord>();
        var members = new List<MortalityNetwork>();
        var trainer = new MemberTrainer(options, encoder, scaling, baselines);
        for (var member = 0; member < options.Members; member++)
        {
            var (fit, check) = folds.ForMember(member);
            members.Add(trainer.Train(member, options.Seed + (1000 * (member + 1)), fit, Landmarks(encoder, check), epoch =>
            {
                epochs.Add(epoch);
                var left = epochs.Average(e => e.Seconds) * (((options.Members - member) * options.MaximumEpochs) - epoch.Epoch);
                log.WriteLine(
                    $"{clock.Elapsed:mm\\:ss} member {member + 1}/{options.Members} epoch {epoch.Epoch,2} loss {epoch.FitLoss:F4} check {epoch.CheckLoss:F4} "
                    + $"AUROC(48 h) {epoch.CheckAuroc48:F4}  at most {TimeSpan.FromSeconds(left):mm\\:ss} left");
            }));
        }

        var model = MortalityExport.Write(members, scaling, IcuManifest.Id, IcuManifest.Version);
        using var scorer = new MortalityScorer(model);
        var calibrationSamples = Landmarks(encoder, folds.Calibration);
        var testSamples = Landmarks(encoder, folds.Test);
        var (difference, compared) = Verify(members, scorer, [.. testSamples.SelectMany(s => s), .. Ragged(encoder, folds.Calibration, options.Seed)]);
        log.WriteLine($"{clock.Elapsed:mm\\:ss} ONNX Runtime against torch: largest difference {difference:E1} over {compared} inputs");

        var calibrationLogits = calibrationSamples.Select(scorer.Logits).ToArray();
        var marks = MemberTrainer.Landmarks.Select((hour, i) =>
        {
            var (slope, intercept) = LogisticCalibration.Fit(calibrationLogits[i], Died(calibrationSamples[i]));
            return new ManifestLandmark(hour, Math.Round(slope, 6), Math.Round(intercept, 6));
        }).ToArray();
        var calibration = new ManifestCalibration(marks);
        double[] Risks(double[] logits, int hour) => Array.ConvertAll(logits, x => MortalityScorer.Risk(calibration, x, hour));
        var landmarks = MemberTrainer.Landmarks
            .Select((hour, i) => LandmarkResult.Of(hour, Risks(scorer.Logits(testSamples[i]), hour), Died(testSamples[i]), options.Seed))
            .ToArray();
        var last = landmarks[^1];
        var thresholds = OperatingPoints.Choose(Risks(calibrationLogits[^1], 48), Died(calibrationSamples[^1]), last.Risks, last.Died);
        foreach (var l in landmarks)
            log.WriteLine($"{l.Hours,2} h  AUROC {l.Auroc.Value:F4} ({l.Auroc.Low:F3}-{l.Auroc.High:F3})  AUPRC {l.AveragePrecision.Value:F4}  Brier {l.Brier.Value:F4}  ECE {l.CalibrationError.Value:F4}");

        var summary = new TrainingSummary
        {
            Seed = options.Seed,
            Options = options,
            All = Count(stays),
            LeftOut = read.Count - stays.Count,
            Fit = Count(folds.Fit),
            Calibration = Count(folds.Calibration),
            Test = Count(folds.Test),
            Epochs = epochs,
            Landmarks = landmarks,
            Groups = Groups(folds.Test, last),
            MemberAuroc48 = members.Average(m => Discrimination.Auroc(MemberTrainer.Score(m, testSamples[^1]), last.Died)),
            LargestDifference = difference,
            ComparedRows = compared,
            BatchMilliseconds = TimeOf(scorer, [.. testSamples[^1].Take(ExplanationRows)]),
            BatchRows = ExplanationRows,
            Duration = clock.Elapsed,
        };

        var base48 = Count(stays);
        manifest = manifest with
        {
            Outcome = manifest.Outcome with
            {
                BaseRate = Math.Round(base48.Deaths / (double)base48.Stays, 4),
                BaseRateCohort = $"{base48.Stays:N0} adult ICU stays of the PhysioNet/CinC Challenge 2012, sets A and B",
            },
            Calibration = calibration,
            Thresholds = thresholds,
            Bands =
            [
                new ManifestBand(0, "low", "Low"),
                new ManifestBand(thresholds[0].Value, "moderate", "Moderate"),
                new ManifestBand(thresholds[^1].Value, "high", "High"),
            ],
        };
        var golden = Golden(manifest, scorer, options.Seed);
        var written = Write(output, manifest, model, golden, summary);
        log.WriteLine($"{clock.Elapsed:mm\\:ss} wrote {written} ({model.Length / 1024} KiB model; {summary.BatchRows} rows of 48 h in {summary.BatchMilliseconds:F1} ms on one core)");
        return summary;
    }

    private static GridSample[][] Landmarks(SharedEncoder encoder, IReadOnlyList<LabelledStay> stays) =>
        [.. MemberTrainer.Landmarks.Select(hour => encoder.EncodeAt(stays, hour))];

    private static GridSample[] Ragged(SharedEncoder encoder, IReadOnlyList<LabelledStay> stays, int seed)
    {
        var random = new Random(seed);
        var minutes = stays.Select(_ => random.Next(60, 2881)).ToArray();
        return encoder.EncodeAll(stays, i => minutes[i]);
    }

    private static bool[] Died(IReadOnlyList<GridSample> samples) => [.. samples.Select(s => s.Died)];

    private static (int Stays, int Deaths) Count(IReadOnlyList<LabelledStay> stays) => (stays.Count, stays.Count(s => s.Outcome!.DiedInHospital));

    private static (double Largest, int Rows) Verify(List<MortalityNetwork> members, MortalityScorer scorer, GridSample[] samples)
    {
        var torch = new double[samples.Length];
        foreach (var member in members)
        {
            var logits = MemberTrainer.Score(member, samples);
            for (var i = 0; i < torch.Length; i++)
                torch[i] += logits[i] / members.Count;
        }

        var onnx = scorer.Logits(samples);
        var largest = torch.Zip(onnx, (a, b) => Math.Abs(LogisticCalibration.Sigmoid(a) - LogisticCalibration.Sigmoid(b))).Max();
        return largest <= LargestDifference
            ? (largest, samples.Length)
            : throw new InvalidDataException($"The ONNX model differs from the trained one by {largest:E2}.");
    }

    private static double TimeOf(MortalityScorer scorer, GridSample[] batch)
    {
        var best = double.PositiveInfinity;
        for (var i = 0; i < 20; i++)
        {
            var start = Stopwatch.GetTimestamp();
            scorer.Run(batch);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return best;
    }

    private static List<GroupResult> Groups(IReadOnlyList<LabelledStay> stays, LandmarkResult result)
    {
        var groups = new List<GroupResult>();
        Add("women", s => s.Male == false);
        Add("men", s => s.Male == true);
        Add("age below 50", s => s.Age < 50);
        Add("age 50 to 64", s => s.Age is >= 50 and < 65);
        Add("age 65 to 79", s => s.Age is >= 65 and < 80);
        Add("age 80 and over", s => s.Age >= 80);
        Add("coronary unit", s => s.Unit == IcuUnit.Coronary);
        Add("cardiac surgery unit", s => s.Unit == IcuUnit.CardiacSurgery);
        Add("medical unit", s => s.Unit == IcuUnit.Medical);
        Add("surgical unit", s => s.Unit == IcuUnit.Surgical);
        return groups;

        void Add(string name, Func<IcuStay, bool> belongs)
        {
            var members = Enumerable.Range(0, stays.Count).Where(i => belongs(stays[i].Stay)).ToArray();
            var risks = Array.ConvertAll(members, i => result.Risks[i]);
            var died = Array.ConvertAll(members, i => result.Died[i]);
            groups.Add(new GroupResult(name, members.Length, died.Count(d => d), Discrimination.Auroc(risks, died), risks.DefaultIfEmpty().Average()));
        }
    }

    private static GoldenVectors Golden(ModelManifest manifest, MortalityScorer scorer, int seed)
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
                        Inputs = MortalityScorer.Inputs(rows),
                        Outputs = scorer.Run(rows),
                    };
                }),
            ],
        };
    }

    private static string Write(string output, ModelManifest manifest, byte[] model, GoldenVectors golden, TrainingSummary summary)
    {
        Directory.CreateDirectory(output);
        var goldenBytes = GoldenWriter.ToUtf8(golden);
        var card = ModelCard.Write(manifest, summary);
        manifest = manifest with
        {
            Files = new ManifestFiles
            {
                Model = new ManifestFile("model.onnx", Hash(model)),
                Golden = new ManifestFile("golden.json", Hash(goldenBytes)),
                ModelCard = new ManifestFile("model-card.json", Hash(card)),
            },
        };
        var manifestBytes = ManifestWriter.ToUtf8(manifest);
        var (checkedManifest, problems) = ManifestReader.Read(manifestBytes);
        if (checkedManifest is not null)
            problems = GoldenReader.Read(goldenBytes, checkedManifest).Problems;
        File.WriteAllBytes(Path.Combine(output, "model.onnx"), model);
        File.WriteAllBytes(Path.Combine(output, "golden.json"), goldenBytes);
        File.WriteAllBytes(Path.Combine(output, "model-card.json"), card);
        File.WriteAllBytes(Path.Combine(output, "manifest.json"), manifestBytes);
        TrainingReport.Write(output, manifest, summary);
        return problems.Count == 0
            ? output
            : throw new InvalidDataException($"The package has problems:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
