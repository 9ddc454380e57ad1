using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Films with what the graph said about them.</summary>
internal sealed class ScoredFilms
{
    public ScoredFilms(IReadOnlyList<ChestFilm> films, IReadOnlyDictionary<string, float[][]> outputs, ManifestLandmark calibration)
    {
        (Films, Outputs) = (films, outputs);
        Truth = [.. films.Select(f => f.Pneumonia)];
        Plain = [.. outputs["logit"].Select(l => LogisticCalibration.Sigmoid(l[0]))];
        Calibrated = [.. outputs["logit"].Select(l => ChestXrayEvaluation.Probability(calibration, l[0]))];
        BySeed = [.. Enumerable.Range(0, outputs["members"][0].Length).Select(s => outputs["members"].Select(m => ChestXrayEvaluation.Probability(calibration, m[s])).ToArray())];
    }

    public IReadOnlyList<ChestFilm> Films { get; }

    public IReadOnlyDictionary<string, float[][]> Outputs { get; }

    public int Count => Films.Count;

    public bool[] Truth { get; }

    /// <summary>Probabilities before temperature.</summary>
    public double[] Plain { get; }

    /// <summary>Probabilities after temperature.</summary>
    public double[] Calibrated { get; }

    /// <summary>Of every seed alone, with the ensemble's temperature.</summary>
    public double[][] BySeed { get; }

    public double Accuracy(double threshold) => Accuracy(Calibrated, Truth, threshold);

    public double Sensitivity(double threshold) => Share(Calibrated, Truth, threshold, true);

    public double Specificity(double threshold) => Share(Calibrated, Truth, threshold, false);

    /// <summary>Bacterial against viral among films with pneumonia; null where the graph does not say.</summary>
    public double? KindAuroc()
    {
        if (!Outputs.TryGetValue("bacterial_logit", out var kinds))
            return null;
        var sick = Enumerable.Range(0, Count).Where(i => Truth[i]).ToArray();
        return Discrimination.Auroc(Array.ConvertAll(sick, i => (double)kinds[i][0]), Array.ConvertAll(sick, i => Films[i].Label == ChestLabel.BacterialPneumonia));
    }

    public static double Accuracy(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> truth, double threshold)
    {
        var right = 0;
        for (var i = 0; i < truth.Length; i++)
            right += probabilities[i] >= threshold == truth[i] ? 1 : 0;
        return right / (double)truth.Length;
    }

    /// <summary>Share of the films with (<paramref name="of"/> true) or without pneumonia that fall on their side of the threshold.</summary>
    public static double Share(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> truth, double threshold, bool of)
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
}
