using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Icu;

/// <summary>Chooses the three thresholds on the calibration fold at 48 hours and measures them on the test fold.</summary>
internal static class OperatingPoints
{
    private const double WatchSensitivity = 0.80;
    private const double AlertShare = 0.10;

    public static IReadOnlyList<ManifestThreshold> Choose(double[] risks, bool[] died, double[] testRisks, bool[] testDied)
    {
        var candidates = risks.Distinct().Order().Select(t => Discrimination.At(t, risks, died)).ToArray();
        // Highest threshold that still finds four of five deaths.
        var watch = candidates.Last(c => c.Sensitivity >= WatchSensitivity).Threshold;
        var balanced = candidates.MaxBy(c => Math.Min(c.Sensitivity, c.Ppv))!.Threshold;
        // Lowest threshold that alerts for no more than a tenth of the stays.
        var alert = candidates.First(c => c.AlertRate <= AlertShare).Threshold;
        (string Id, string Title, string Indicator, double Value)[] points =
        [
            ("watch", "Watch: finds four of five deaths", "info", watch),
            ("balanced", "Balanced: sensitivity and positive predictive value alike", "warning", balanced),
            ("alert", "Alert: the tenth with the highest risk", "critical", alert),
        ];
        var ascending = points.Select(p => Math.Round(p.Value, 4)).Order().ToArray();
        return
        [
            .. points.Select((p, i) =>
            {
                var value = i > 0 && ascending[i] <= ascending[i - 1] ? ascending[i - 1] + 0.0001 : ascending[i];
                var at = Discrimination.At(value, testRisks, testDied);
                return new ManifestThreshold
                {
                    Id = p.Id,
                    Title = p.Title,
                    Indicator = p.Indicator,
                    Value = value,
                    AlertRate = Math.Round(at.AlertRate, 4),
                    Sensitivity = Math.Round(at.Sensitivity, 4),
                    Ppv = Math.Round(at.Ppv, 4),
                };
            }),
        ];
    }
}
