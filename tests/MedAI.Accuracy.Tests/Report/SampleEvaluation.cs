using MedAI.Training.Evaluation.Cards;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Accuracy.Tests.Report;

/// <summary>An evaluation with every kind of figure, table and curve, over drawn numbers.</summary>
internal static class SampleEvaluation
{
    public static EvaluationResult Make(string model = "icu-mortality", string version = "2.0.0")
    {
        var random = new Random(1);
        var risks = Enumerable.Range(0, 2000).Select(_ => Math.Pow(random.NextDouble(), 3)).ToArray();
        var died = Array.ConvertAll(risks, r => random.NextDouble() < r);
        var raw = Array.ConvertAll(risks, r => LogisticCalibration.Sigmoid(1.6 * Calibration.Logit(r)));
        var auroc = Bootstrap.Of(Discrimination.Auroc, risks, died, seed: 1, rounds: 50);
        var decision = DecisionCurve.Of(risks, died, DecisionCurve.Thresholds(0.6));
        return new EvaluationResult
        {
            Model = model,
            Version = version,
            ModelSha256 = new string('a', 64),
            Data = new EvaluationData("Drawn numbers, no patients.", new Dictionary<string, long> { ["held stays"] = 2000, ["deaths"] = died.Count(d => d) }),
            Command = $"dotnet run -c Release --project training/MedAI.Training -- evaluate {model} --data FOLDER --model models/{model}/{version}",
            Seed = 1,
            Figures =
            [
                EvaluationFigure.Of("48h.auroc", "AUROC at 48 h", FigureTopic.Validity, auroc, 2000),
                EvaluationFigure.Of("48h.women.auroc", "AUROC at 48 h, women", FigureTopic.Fairness, 0.81, 900),
                EvaluationFigure.Of("48h.abstained", "Stays without an answer at 48 h", FigureTopic.Uncertainty, 0.0, 2000) with { Percent = true },
                EvaluationFigure.Of("cost.ratio", "Time of one prediction over that of one GRU", FigureTopic.Cost, 4.2) with { Digits = 1 },
            ],
            Tables = [new EvaluationTable("thresholds", "Operating thresholds.", ["threshold", "alerts | share"], [["alert", "9.8 %"]]) { Section = "Thresholds" }],
            Curves =
            [
                new EvaluationCurve("roc", "ROC, held stays", CurveKind.Roc, "1 - specificity", "sensitivity", [CurveSeries.Of("48 h, AUROC 0.885", Curves.Roc(risks, died)), CurveSeries.Of("6 h", [(0, 0), (0.3, 0.6), (1, 1)])]) { Section = "Performance" },
                new EvaluationCurve("precision-recall", "Precision and recall, held stays", CurveKind.PrecisionRecall, "sensitivity", "positive predictive value", [CurveSeries.Of("48 h", Curves.PrecisionRecall(risks, died))]) { Section = "Performance" },
                new EvaluationCurve("calibration", "Reliability before & after calibration", CurveKind.Reliability, "mean predicted risk", "observed share", [Bins("raw", raw, died) with { Dashed = true }, Bins("calibrated", risks, died)]) { Section = "Performance" },
                new EvaluationCurve("decision", "Decision curve at 48 h", CurveKind.Decision, "threshold probability", "net benefit",
                    [CurveSeries.Of("model", decision.Select(p => (p.Threshold, p.Model))), CurveSeries.Of("treat all", decision.Select(p => (p.Threshold, p.TreatAll))), CurveSeries.Of("treat none", [(0.01, 0), (0.6, 0)]) with { Dashed = true }])
                { YMin = -0.05, YMax = 0.25, Section = "Usefulness" },
                new EvaluationCurve("risk-coverage", "Error of the answers that remain", CurveKind.RiskCoverage, "share of stays answered", "Brier score",
                    [CurveSeries.Of("fewest variables first", RiskCoverage.Of(Discrimination.Brier, risks, died, risks, RiskCoverage.Shares).Select(p => (p.Coverage, p.Value)))]) { Section = "Usefulness" },
                new EvaluationCurve("groups", "AUROC at 48 h by group", CurveKind.Forest, "AUROC", "AUROC (95 %)",
                    [new CurveSeries("groups", [[0.81, 0], [0.84, 1], [0.79, 2]]) { Labels = ["women", "men", "age 80 and over"], Low = [0.78, 0.81, 0.72], High = [0.84, 0.87, 0.85], Counts = [900, 1100, 320] }])
                { Reference = 0.83, Section = "Groups of patients" },
                new EvaluationCurve("learning", "Loss by epoch", CurveKind.Learning, "epoch", "cross-entropy on the check stays",
                    [CurveSeries.Of("member 1", Enumerable.Range(1, 20).Select(i => ((double)i, 0.4 + (0.1 / i)))), CurveSeries.Of("member 2", Enumerable.Range(1, 14).Select(i => ((double)i, 0.41 + (0.12 / i))))]),
            ],
            Notes = ["One draw of folds."],
            Training = new TrainingRecord($"dotnet run -- train {model} --data FOLDER --work WORK", 1830, "two cores", ["member 1: 20 epochs", "member 2: 14 epochs"]),
        };
    }

    private static CurveSeries Bins(string name, double[] risks, bool[] died)
    {
        var bins = Calibration.EqualWidthBins(risks, died);
        return CurveSeries.Of(name, bins.Select(b => (b.MeanPredicted, b.ObservedRate))) with { Counts = [.. bins.Select(b => (long)b.Count)] };
    }
}
