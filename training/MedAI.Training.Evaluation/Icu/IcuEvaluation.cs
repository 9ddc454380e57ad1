using System.Globalization;
using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Cards;
using MedAI.Training.Evaluation.Metrics;
using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>Measures the shipped icu-mortality package on stays that the members it asks never saw.</summary>
/// <remarks>
/// Every stay belongs to one of five folds and the graph's metadata say which members never saw which fold. A stay of the training data is judged by
/// those members alone; the shipped score is the mean of all members, so it errs less than what is measured here. With <c>unseen</c> every stay is judged
/// by the whole ensemble, as the server does.
/// </remarks>
/// <param name="unseen">The data were not used in training.</param>
public sealed class IcuEvaluation(bool unseen = false) : IPackageEvaluation
{
    private const int Seed = 2012;
    private const int SmallestGroup = 50;
    private const string Validity = "Discrimination and calibration";
    private const string BedsideSection = "Beside the scores that clinicians have";
    private const string Groups = "Groups of patients";
    private const string Thresholds = "Operating thresholds";
    private const string Refusal = "When it does not answer";

    public string ModelId => IcuManifest.Id;

    public string DataFolder => "icu-stays";

    public EvaluationResult Evaluate(string data, string package, CancellationToken cancellation)
    {
        var cohort = IcuCohort.Load(data);
        using var model = ShippedIcuModel.Open(package);
        var manifest = model.Package.Manifest;
        var figures = new List<EvaluationFigure>();
        var tables = new List<EvaluationTable>();
        var curves = new List<EvaluationCurve>();
        var landmarks = new List<LandmarkScores>();
        foreach (var hour in IcuCohort.Landmarks)
        {
            cancellation.ThrowIfCancellationRequested();
            var scores = model.Score(cohort, hour, unseen);
            landmarks.Add(scores);
            Measure(figures, scores, cohort);
        }

        var last = landmarks[^1];
        foreach (var scores in landmarks)
        {
            cancellation.ThrowIfCancellationRequested();
            Compare(figures, scores);
        }

        tables.Add(ScoreTable(figures, landmarks));
        figures.AddRange(Points(manifest, landmarks));
        AddGroups(figures, tables, curves, last);
        cancellation.ThrowIfCancellationRequested();
        AddCoverage(curves, tables, landmarks);
        AddCurves(curves, landmarks);
        cancellation.ThrowIfCancellationRequested();
        var faithful = Faithfulness.Measure(model, last);
        figures.Add(EvaluationFigure.Of("explanation.faithful", "Stays in which neutralising the three largest contributions moves the logit more than 20 random triples on average",
            FigureTopic.Explanation, faithful.Share, faithful.Stays) with { Percent = true, Digits = 1, Section = "Explanation" });
        return new EvaluationResult
        {
            Model = manifest.Id,
            Version = manifest.Version,
            ModelSha256 = model.Package.ModelHash,
            Data = new EvaluationData(
                "PhysioNet/CinC Challenge 2012, sets A and B: adult ICU stays of one hospital in Boston, USA, 2001 to 2008, first 48 hours; ODC-BY 1.0.",
                new Dictionary<string, long>
                {
                    ["stays read"] = cohort.Read,
                    ["stays with an outcome and a measurement"] = cohort.Stays.Count,
                    ["deaths in hospital"] = cohort.Deaths,
                }),
            Command = $"dotnet run -c Release --project training/MedAI.Training -- evaluate {manifest.Id} --data FOLDER --model models/{manifest.Id}/{manifest.Version}{(unseen ? " --unseen yes" : "")}",
            Seed = Seed,
            Figures = figures,
            Tables = tables,
            Curves = curves,
            Notes = Notes(),
        };
    }

    private List<string> Notes() =>
    [
        unseen
            ? "None of these stays was used in training; every one is judged by the whole ensemble, as the server does."
            : "Five folds by RecordID. Every figure about the model comes from the shipped file, and every stay is judged only by the members that never saw its fold "
              + "(3 of 15): neither fitting nor stopping used it. The served score is the mean of all 15 members and errs less.",
        "Stays that the server refuses at an hour are left out of that hour's figures, for the bedside scores too.",
        "Calibration is fitted on the held-fold logits of all stays (two numbers per landmark); thresholds are stated cross-fitted.",
        "Event 1 and event 2 are the two scores of the 2012 challenge. Event 2 depends on the number of stays: it is stated for the first and the second half (4,000 stays each, sets A and B). "
            + "The best of 2012, on set C: event 1 0.5353, event 2 17.88. Set C is not here, so these are no head-to-head results.",
        "SAPS-I and SOFA as given by the challenge are of the first 24 hours; the rows computed here use what was known at the hour, with components that cannot be computed counted as normal.",
    ];

    private static void Measure(List<EvaluationFigure> figures, LandmarkScores scores, IcuCohort cohort)
    {
        var (risks, died, n) = (scores.Risks, scores.Died, scores.Risks.Length);
        var intervals = Bootstrap.Of([Discrimination.Auroc, Discrimination.AveragePrecision, Discrimination.Brier, Calibration.Error], risks, died, Seed);
        string[] ids = ["auroc", "auprc", "brier", "ece"];
        string[] titles = ["AUROC", "AUPRC", "Brier score", "expected calibration error"];
        for (var i = 0; i < ids.Length; i++)
            figures.Add(EvaluationFigure.Of($"{scores.Hour}h.{ids[i]}", $"{scores.Hour} h: {titles[i]}", FigureTopic.Validity, intervals[i], n) with { Section = Validity });
        var (slope, intercept) = Calibration.Line(risks, died);
        figures.Add(EvaluationFigure.Of($"{scores.Hour}h.slope", $"{scores.Hour} h: calibration slope", FigureTopic.Validity, slope, n) with { Section = Validity });
        figures.Add(EvaluationFigure.Of($"{scores.Hour}h.intercept", $"{scores.Hour} h: calibration intercept", FigureTopic.Validity, intercept, n) with { Section = Validity });
        figures.Add(EvaluationFigure.Of($"{scores.Hour}h.refused", $"{scores.Hour} h: refused for too little data", FigureTopic.Uncertainty, 1 - (n / (double)cohort.Stays.Count), cohort.Stays.Count)
            with { Percent = true, Digits = 1, Section = Refusal });
        if (scores.Hour != 48)
            return;
        var half = cohort.Stays.Count / 2;
        foreach (var (name, rows) in new[] { ("first", Enumerable.Range(0, n).Where(i => scores.Rows[i] < half)), ("second", Enumerable.Range(0, n).Where(i => scores.Rows[i] >= half)) })
        {
            var chosen = rows.ToArray();
            figures.Add(EvaluationFigure.Of($"48h.event2-{name}-half", $"48 h: event 2, {name} half", FigureTopic.Validity,
                ChallengeScores.Event2(Array.ConvertAll(chosen, i => risks[i]), Array.ConvertAll(chosen, i => died[i])), chosen.Length) with { Digits = 1, Section = Validity });
        }
    }

    private static void Compare(List<EvaluationFigure> figures, LandmarkScores scores)
    {
        foreach (var (id, title, points) in scores.Bedside)
        {
            // Where the challenge gives no score the stay is left out of that row, for model and score alike.
            var rows = Enumerable.Range(0, points.Length).Where(i => double.IsFinite(points[i])).ToArray();
            var (own, other, died) = (Array.ConvertAll(rows, i => scores.Risks[i]), Array.ConvertAll(rows, i => points[i]), Array.ConvertAll(rows, i => scores.Died[i]));
            var intervals = Bootstrap.Of([Discrimination.Auroc, Discrimination.AveragePrecision], other, died, Seed);
            figures.Add(EvaluationFigure.Of($"{scores.Hour}h.{id}.auroc", $"{scores.Hour} h: {title}, AUROC", FigureTopic.Comparison, intervals[0], rows.Length) with { Section = BedsideSection });
            figures.Add(EvaluationFigure.Of($"{scores.Hour}h.{id}.auprc", $"{scores.Hour} h: {title}, AUPRC", FigureTopic.Comparison, intervals[1], rows.Length) with { Section = BedsideSection });
            figures.Add(EvaluationFigure.Of($"{scores.Hour}h.{id}.difference", $"{scores.Hour} h: model's AUROC minus that of {title}", FigureTopic.Comparison,
                Bootstrap.Difference(Discrimination.Auroc, own, other, died, Seed, 300), rows.Length) with { Section = BedsideSection });
        }
    }

    private static EvaluationTable ScoreTable(List<EvaluationFigure> figures, List<LandmarkScores> landmarks)
    {
        var byId = figures.ToDictionary(f => f.Id);
        List<IReadOnlyList<string>> rows = [["**icu-mortality**", .. landmarks.Select(l => Cell($"{l.Hour}h"))]];
        rows.AddRange(landmarks[0].Bedside.Select(score => (IReadOnlyList<string>)[score.Title, .. landmarks.Select(l => Cell($"{l.Hour}h.{score.Id}"))]));
        return new EvaluationTable("bedside", "AUROC / AUPRC on the same stays at the same hours", ["", .. landmarks.Select(l => $"{l.Hour} h")], rows) { Section = BedsideSection };

        string Cell(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{byId[$"{prefix}.auroc"].Value:F3} / {byId[$"{prefix}.auprc"].Value:F3}");
    }

    private static IEnumerable<EvaluationFigure> Points(ModelManifest manifest, List<LandmarkScores> landmarks)
    {
        foreach (var stated in OperatingPoints.Choose(landmarks[^1].AllRisks, landmarks[^1].Cohort))
        {
            yield return Share($"threshold.{stated.Id}.alert-rate", $"{stated.Id}: alert rate at 48 h, cross-fitted", stated.AlertRate);
            yield return Share($"threshold.{stated.Id}.sensitivity", $"{stated.Id}: sensitivity at 48 h, cross-fitted", stated.Sensitivity);
            yield return Share($"threshold.{stated.Id}.ppv", $"{stated.Id}: PPV at 48 h, cross-fitted", stated.Ppv);
        }

        foreach (var threshold in manifest.Thresholds)
        {
            foreach (var scores in landmarks)
            {
                var at = Discrimination.At(threshold.Value, scores.Risks, scores.Died);
                yield return Share($"{scores.Hour}h.{threshold.Id}.alert-rate", $"{threshold.Id} ({threshold.Value.ToString("P1", CultureInfo.InvariantCulture)}): alert rate at {scores.Hour} h", at.AlertRate);
                yield return Share($"{scores.Hour}h.{threshold.Id}.sensitivity", $"{threshold.Id}: sensitivity at {scores.Hour} h", at.Sensitivity);
                yield return Share($"{scores.Hour}h.{threshold.Id}.ppv", $"{threshold.Id}: PPV at {scores.Hour} h", at.Ppv);
                if (threshold.Id == "balanced")
                    yield return EvaluationFigure.Of($"{scores.Hour}h.event1", $"{scores.Hour} h: event 1, the smaller of sensitivity and PPV at balanced", FigureTopic.Validity, at.Minimum, scores.Risks.Length) with { Section = Validity };
            }
        }

        static EvaluationFigure Share(string id, string title, double value) =>
            EvaluationFigure.Of(id, title, FigureTopic.Validity, value) with { Percent = true, Digits = 1, Section = Thresholds };
    }

    private static void AddGroups(List<EvaluationFigure> figures, List<EvaluationTable> tables, List<EvaluationCurve> curves, LandmarkScores scores)
    {
        (string Id, string Name, Func<IcuStay, bool> Belongs)[] groups =
        [
            ("women", "women", s => s.Male == false),
            ("men", "men", s => s.Male == true),
            ("age-below-50", "age below 50", s => s.Age < 50),
            ("age-50-64", "age 50 to 64", s => s.Age is >= 50 and < 65),
            ("age-65-79", "age 65 to 79", s => s.Age is >= 65 and < 80),
            ("age-80", "age 80 and over", s => s.Age >= 80),
            ("coronary", "coronary unit", s => s.Unit == IcuUnit.Coronary),
            ("cardiac-surgery", "cardiac surgery unit", s => s.Unit == IcuUnit.CardiacSurgery),
            ("medical", "medical unit", s => s.Unit == IcuUnit.Medical),
            ("surgical", "surgical unit", s => s.Unit == IcuUnit.Surgical),
        ];
        var rows = new List<IReadOnlyList<string>>();
        var forest = new List<(string Name, Interval Auroc, int Stays)>();
        foreach (var (id, name, belongs) in groups)
        {
            var chosen = Enumerable.Range(0, scores.Risks.Length).Where(i => belongs(scores.Stays[i].Stay)).ToArray();
            if (chosen.Length < SmallestGroup)
                continue;
            var (risks, died) = (Array.ConvertAll(chosen, i => scores.Risks[i]), Array.ConvertAll(chosen, i => scores.Died[i]));
            var auroc = Bootstrap.Of(Discrimination.Auroc, risks, died, Seed);
            figures.Add(EvaluationFigure.Of($"48h.{id}.auroc", $"48 h, {name}: AUROC", FigureTopic.Fairness, auroc, chosen.Length) with { Section = Groups });
            figures.Add(EvaluationFigure.Of($"48h.{id}.observed-minus-expected", $"48 h, {name}: observed minus expected deaths per stay", FigureTopic.Fairness, Calibration.InTheLarge(risks, died), chosen.Length) with { Section = Groups });
            forest.Add((name, auroc, chosen.Length));
            rows.Add([name, $"{chosen.Length}", $"{died.Count(d => d)}",
                string.Create(CultureInfo.InvariantCulture, $"{auroc.Value:F3} ({auroc.Low:F3} to {auroc.High:F3})"),
                string.Create(CultureInfo.InvariantCulture, $"{100 * risks.Average():F1} %"), string.Create(CultureInfo.InvariantCulture, $"{100.0 * died.Count(d => d) / died.Length:F1} %")]);
        }

        tables.Add(new EvaluationTable("groups", "48 h", ["group", "stays", "deaths", "AUROC (95 % interval)", "mean estimated risk", "observed"], rows) { Section = Groups });
        curves.Add(new EvaluationCurve("groups", "AUROC at 48 h by group", CurveKind.Forest, "AUROC", "",
        [
            new CurveSeries("AUROC", [.. forest.Select((f, i) => (double[])[f.Auroc.Value, i])])
            {
                Labels = [.. forest.Select(f => f.Name)],
                Low = [.. forest.Select(f => f.Auroc.Low)],
                High = [.. forest.Select(f => f.Auroc.High)],
                Counts = [.. forest.Select(f => (long)f.Stays)],
            },
        ]) { Reference = figures.First(f => f.Id == "48h.auroc").Value, Section = Groups });
    }

    /// <summary>What the answers would be worth if more or fewer stays were refused for too few different measurements.</summary>
    private static void AddCoverage(List<EvaluationCurve> curves, List<EvaluationTable> tables, List<LandmarkScores> landmarks)
    {
        CurveSeries Series(LandmarkScores l) => CurveSeries.Of(
            $"{l.Hour} h",
            RiskCoverage.Of(Discrimination.Brier, l.AllRisks, l.AllDied, Array.ConvertAll(l.DistinctVariables, d => -(double)d), RiskCoverage.Shares).Select(p => (p.Coverage, p.Value)));
        curves.Add(new EvaluationCurve("risk-coverage", "Brier score of the stays that keep an answer, fewest different measurements refused first", CurveKind.RiskCoverage,
            "share of stays answered", "Brier score", [.. landmarks.Select(Series)]) { Section = Refusal });
        int[] rules = [1, 5, 8, 10, 12, 14, 16];
        tables.Add(new EvaluationTable("minimum-data", "Share refused / AUROC of the rest by smallest number of different measurements", ["at least", .. landmarks.Select(l => $"{l.Hour} h")],
        [
            .. rules.Select(rule => (IReadOnlyList<string>)
            [
                $"{rule}",
                .. landmarks.Select(l =>
                {
                    var kept = Enumerable.Range(0, l.AllRisks.Length).Where(i => l.DistinctVariables[i] >= rule).ToArray();
                    return string.Create(CultureInfo.InvariantCulture,
                        $"{100 * (1 - (kept.Length / (double)l.AllRisks.Length)):F1} % / {Discrimination.Auroc(Array.ConvertAll(kept, i => l.AllRisks[i]), Array.ConvertAll(kept, i => l.AllDied[i])):F3}");
                }),
            ]),
        ]) { Section = Refusal });
    }

    private static void AddCurves(List<EvaluationCurve> curves, List<LandmarkScores> landmarks)
    {
        var last = landmarks[^1];
        curves.Add(new EvaluationCurve("roc", "ROC, held folds", CurveKind.Roc, "1 - specificity", "sensitivity",
            [.. landmarks.Select(l => CurveSeries.Of($"{l.Hour} h", Curves.Roc(l.Risks, l.Died)))]) { Section = Validity });
        curves.Add(new EvaluationCurve("precision-recall", "Precision-recall, held folds", CurveKind.PrecisionRecall, "sensitivity", "positive predictive value",
            [.. landmarks.Select(l => CurveSeries.Of($"{l.Hour} h", Curves.PrecisionRecall(l.Risks, l.Died)))]) { Section = Validity });
        curves.Add(new EvaluationCurve("reliability", "Reliability at 48 h in tenths, held folds", CurveKind.Reliability, "mean estimated risk", "observed share of deaths",
            [Bins("before calibration", last.RawRisks, last.Died), Bins("after calibration", last.Risks, last.Died)]) { Section = Validity });
        var thresholds = DecisionCurve.Thresholds(0.6);
        var benefit = DecisionCurve.Of(last.Risks, last.Died, thresholds);
        curves.Add(new EvaluationCurve("decision", "Net benefit at 48 h, held folds", CurveKind.Decision, "threshold probability", "net benefit",
        [
            CurveSeries.Of("icu-mortality", benefit.Select(p => (p.Threshold, p.Model))),
            .. last.Bedside.Where(s => s.Id is "news2" or "sofa").Select(score => CurveSeries.Of(
                score.Title, DecisionCurve.Of(Recalibrated(score.Points, last.Died), last.Died, thresholds).Select(p => (p.Threshold, p.Model)))),
            CurveSeries.Of("treat all", benefit.Where(p => p.TreatAll > -0.05).Select(p => (p.Threshold, p.TreatAll))) with { Dashed = true },
        ]) { YMin = -0.02, Section = Validity });

        static CurveSeries Bins(string name, double[] risks, bool[] died)
        {
            var bins = Discrimination.CalibrationBins(risks, died, 10);
            return CurveSeries.Of(name, bins.Select(b => (b.MeanPredicted, b.ObservedRate))) with { Counts = [.. bins.Select(b => (long)b.Count)] };
        }

        // A score has no probability of its own: the logistic line through these very stays is the best that it could have.
        static double[] Recalibrated(double[] points, bool[] died)
        {
            var (slope, intercept) = LogisticCalibration.Fit(points, died);
            return Array.ConvertAll(points, p => LogisticCalibration.Sigmoid((slope * p) + intercept));
        }
    }
}
