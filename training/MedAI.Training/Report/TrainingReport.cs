using MedAI.Training.Evaluation.Report;
using System.Globalization;
using System.Text;
using MedAI.Models.Packages;
using MedAI.Training.Icu;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Report;

/// <summary>Writes report.md and its plots.</summary>
internal static class TrainingReport
{
    public static void Write(string folder, ModelManifest manifest, TrainingSummary summary)
    {
        File.WriteAllText(Path.Combine(folder, "roc.svg"), LinePlot.Draw("ROC, test fold", "1 - specificity", "sensitivity", Curves(summary, Roc), diagonal: true));
        File.WriteAllText(Path.Combine(folder, "precision-recall.svg"), LinePlot.Draw("Precision-recall, test fold", "sensitivity", "positive predictive value", Curves(summary, PrecisionRecall), diagonal: false));
        var bins = summary.Landmarks.Select(l => new PlotSeries(
            $"{l.Hours} h", [.. Discrimination.CalibrationBins(l.Risks, l.Died).Select(b => (b.MeanPredicted, b.ObservedRate))], Dots: true)).ToArray();
        var extent = Math.Min(1, Math.Ceiling(bins.SelectMany(b => b.Points).Max(p => Math.Max(p.X, p.Y)) * 5) / 5);
        File.WriteAllText(Path.Combine(folder, "calibration.svg"), LinePlot.Draw("Calibration in tenths, test fold", "mean estimated risk", "observed share of deaths", bins, diagonal: true, extent));
        File.WriteAllText(Path.Combine(folder, "report.md"), Markdown(manifest, summary));
    }

    private static string Markdown(ModelManifest manifest, TrainingSummary s)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        static string Range(Interval i, string format) =>
            $"{i.Value.ToString(format, CultureInfo.InvariantCulture)} ({i.Low.ToString(format, CultureInfo.InvariantCulture)} to {i.High.ToString(format, CultureInfo.InvariantCulture)})";

        Line($"# {manifest.Title} {manifest.Version}: evaluation");
        Line($"");
        Line($"Research software, not for patient care. Written by the training command; every number comes from that run.");
        Line($"");
        Line($"## Stays");
        Line($"");
        Line($"PhysioNet/CinC Challenge 2012, sets A and B, one hospital: {s.All.Stays} stays with an outcome and at least one measurement, {s.All.Deaths} deaths ({100.0 * s.All.Deaths / s.All.Stays:F1} %); {s.LeftOut} stays left out because nothing was measured.");
        Line($"Split by stay with seed {s.Seed}, within deaths and survivors:");
        Line($"");
        Line($"| fold | used for | stays | deaths |");
        Line($"| --- | --- | --- | --- |");
        Line($"| fit | weights; each member keeps another tenth back to decide when to stop | {s.Fit.Stays} | {s.Fit.Deaths} |");
        Line($"| calibration | slope and intercept, thresholds | {s.Calibration.Stays} | {s.Calibration.Deaths} |");
        Line($"| test | only the numbers below | {s.Test.Stays} | {s.Test.Deaths} |");
        Line($"");
        Line($"## Discrimination and calibration, test fold");
        Line($"");
        Line($"Data up to the hour given, calibrated risk. In brackets the middle 95 % of 500 bootstrap samples of stays. ECE: ten groups of equal size.");
        Line($"");
        Line($"| hours of data | AUROC | AUPRC | Brier | ECE |");
        Line($"| --- | --- | --- | --- | --- |");
        foreach (var l in s.Landmarks)
            Line($"| {l.Hours} | {Range(l.Auroc, "F3")} | {Range(l.AveragePrecision, "F3")} | {Range(l.Brier, "F4")} | {Range(l.CalibrationError, "F3")} |");
        Line($"");
        Line($"A single member has a mean AUROC of {s.MemberAuroc48:F3} at 48 h; the shipped model averages the logits of {s.Options.Members}.");
        Line($"One fold is one draw: an AUROC on {s.Test.Stays} stays moves by more than a hundredth between splits.");
        Line($"");
        Line($"![ROC](roc.svg)");
        Line($"![Precision and recall](precision-recall.svg)");
        Line($"![Calibration](calibration.svg)");
        Line($"");
        Line($"## Thresholds");
        Line($"");
        Line($"Chosen at 48 h on the calibration fold, measured at 48 h on the test fold.");
        Line($"");
        Line($"| threshold | risk at or above | alert rate | sensitivity | PPV |");
        Line($"| --- | --- | --- | --- | --- |");
        foreach (var t in manifest.Thresholds)
            Line($"| {t.Id} ({t.Indicator}) | {t.Value:F4} | {100 * t.AlertRate:F1} % | {100 * t.Sensitivity:F1} % | {100 * t.Ppv:F1} % |");
        Line($"");
        Line($"Calibration: risk = sigmoid(slope x logit + intercept), linear between the hours.");
        Line($"");
        Line($"| hours | slope | intercept |");
        Line($"| --- | --- | --- |");
        foreach (var l in manifest.Calibration.Landmarks)
            Line($"| {l.Hours} | {l.Slope:F4} | {l.Intercept:F4} |");
        Line($"");
        Line($"## Groups at 48 h, test fold");
        Line($"");
        Line($"| group | stays | deaths | mean estimated risk | observed | AUROC |");
        Line($"| --- | --- | --- | --- | --- | --- |");
        foreach (var g in s.Groups)
            Line($"| {g.Group} | {g.Stays} | {g.Deaths} | {100 * g.MeanRisk:F1} % | {(g.Stays == 0 ? 0 : 100.0 * g.Deaths / g.Stays):F1} % | {g.Auroc:F3} |");
        Line($"");
        Line($"Small groups have wide intervals; no difference here is corrected for that.");
        Line($"");
        Line($"## Model and training");
        Line($"");
        Line($"{s.Options.Members} members, each a gated recurrent unit with {s.Options.Hidden} cells over the hourly grid (value, observed, hours since last), started from the fixed features, beside a summary of the window (mean, highest, lowest, last, count per variable) that enters through {s.Options.Summary} rectified units and a linear part; mean of the logits. Scaling is inside the graph.");
        Line($"Cross-entropy, AdamW with rate {s.Options.LearningRate} falling as a cosine and L2 coefficient {s.Options.WeightDecay}, batches of {s.Options.BatchSize}, dropout {s.Options.Dropout} and {s.Options.SummaryDropout} (summary), whole variables hidden with chance {s.Options.VariableDropout}, running mean of weights ({s.Options.AverageDecay}).");
        Line($"Every epoch draws a new prefix of every fitted stay ({100 * s.Options.FullWindowShare:F0} % the full 48 h, else a random minute from 6 to 48 h) and encodes it anew as of that minute. A member stops after {s.Options.Patience} epochs without a lower cross-entropy on its check stays and keeps its best epoch.");
        Line($"");
        Line($"| member | epochs | kept epoch | check cross-entropy | check AUROC at 48 h |");
        Line($"| --- | --- | --- | --- | --- |");
        foreach (var member in s.Epochs.GroupBy(e => e.Member))
        {
            var best = member.MinBy(e => e.CheckLoss)!;
            Line($"| {member.Key + 1} | {member.Count()} | {best.Epoch} | {best.CheckLoss:F4} | {best.CheckAuroc48:F4} |");
        }

        Line($"");
        Line($"ONNX Runtime against TorchSharp: largest difference of the uncalibrated risk {s.LargestDifference:E1} over {s.ComparedRows} inputs of 1 to 48 h. One batch of {s.BatchRows} rows of 48 h takes {s.BatchMilliseconds:F1} ms on one core of the training machine. Training took {s.Duration.TotalMinutes:F0} minutes on two cores.");
        Line($"");
        Line($"## Reproduce");
        Line($"");
        Line($"```");
        Line($"dotnet run -c Release --project training/MedAI.Training -- icu-mortality --data <folder with the challenge files> --out models/icu-mortality/1.0.0 --seed {s.Seed}");
        Line($"```");
        Line($"");
        Line($"The same seed gives the same splits and starting weights; the last digits may differ between processors.");
        Line($"");
        Line($"## Sources");
        Line($"");
        foreach (var source in ModelCard.Citations)
            Line($"- {source}");
        return text.ToString();
    }

    private static PlotSeries[] Curves(TrainingSummary summary, Func<LandmarkResult, List<(double, double)>> curve) =>
        [.. summary.Landmarks.Select(l => new PlotSeries($"{l.Hours} h", curve(l)))];

    private static List<(double X, double Y)> Roc(LandmarkResult result)
    {
        var points = new List<(double, double)> { (0, 0) };
        double events = result.Died.Count(d => d), others = result.Died.Length - events;
        int hits = 0, alarms = 0;
        foreach (var tied in result.Risks.Zip(result.Died).GroupBy(p => p.First).OrderByDescending(g => g.Key))
        {
            hits += tied.Count(p => p.Second);
            alarms += tied.Count(p => !p.Second);
            points.Add((alarms / others, hits / events));
        }

        return Thin(points);
    }

    private static List<(double X, double Y)> PrecisionRecall(LandmarkResult result)
    {
        var points = new List<(double, double)>();
        double events = result.Died.Count(d => d);
        int hits = 0, taken = 0;
        foreach (var tied in result.Risks.Zip(result.Died).GroupBy(p => p.First).OrderByDescending(g => g.Key))
        {
            hits += tied.Count(p => p.Second);
            taken += tied.Count();
            if (hits > 0)
                points.Add((hits / events, hits / (double)taken));
        }

        return Thin(points);
    }

    /// <summary>Keeps a plot file small: at most some 200 points.</summary>
    private static List<(double X, double Y)> Thin(List<(double X, double Y)> points) =>
        [.. points.Where((_, i) => i % Math.Max(1, points.Count / 200) == 0 || i == points.Count - 1)];
}
