using System.Globalization;
using MedAI.Models.Packages;
using MedAI.Training.Icu2012;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Icu;

/// <summary>Scores stays with a finished package, without torch: shared encoder, shipped graph, calibration of the manifest.</summary>
internal static class MortalityScoring
{
    /// <summary>Risk of every stay with data up to <paramref name="hour"/>, in order of RecordID; null when a stay holds too little data.</summary>
    public static IReadOnlyList<(LabelledStay Stay, double? Risk)> Score(IReadOnlyList<LabelledStay> stays, string package, int hour)
    {
        var (manifest, problems) = ManifestReader.Read(File.ReadAllBytes(Path.Combine(package, "manifest.json")));
        if (manifest is null)
            throw new InvalidDataException($"The manifest has problems:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
        using var scorer = new MortalityScorer(File.ReadAllBytes(Path.Combine(package, manifest.Files.Model.Path)));
        var samples = new SharedEncoder(manifest).EncodeAt(stays, hour);
        var logits = scorer.Logits(samples);
        return
        [
            .. stays.Select((stay, i) =>
            {
                var enough = DistinctVariables(samples[i]) >= manifest.AsSequence().MinimumData.DistinctVariables;
                return (stay, enough ? MortalityScorer.Risk(manifest.Calibration, logits[i], hour) : (double?)null);
            }),
        ];
    }

    /// <summary>Writes <c>RecordID,risk</c>; the risk of a stay with too little data is empty.</summary>
    public static void WriteCsv(string path, IReadOnlyList<(LabelledStay Stay, double? Risk)> scored)
    {
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        writer.WriteLine("RecordID,risk");
        foreach (var (stay, risk) in scored)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stay.Stay.RecordId},{risk:R}"));
    }

    /// <summary>Prints discrimination over the stays that have an outcome.</summary>
    public static void Evaluate(IReadOnlyList<(LabelledStay Stay, double? Risk)> scored, int hour, TextWriter log)
    {
        var known = scored.Where(s => s.Stay.Outcome is not null && s.Risk is not null).ToArray();
        var risks = known.Select(s => s.Risk!.Value).ToArray();
        var died = known.Select(s => s.Stay.Outcome!.DiedInHospital).ToArray();
        log.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{hour,2} h: {known.Length} stays, {died.Count(d => d)} deaths, AUROC {Discrimination.Auroc(risks, died):F4}, AUPRC {Discrimination.AveragePrecision(risks, died):F4}, "
            + $"Brier {Discrimination.Brier(risks, died):F4}, ECE {Discrimination.ExpectedCalibrationError(risks, died):F4}, without a score {scored.Count - known.Length}"));
    }

    private static int DistinctVariables(GridSample sample)
    {
        var series = sample.Observed.Length / sample.Steps;
        return Enumerable.Range(0, series).Count(v => Enumerable.Range(0, sample.Steps).Any(t => sample.Observed[(t * series) + v] > 0));
    }
}
