using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>Chooses the two operating thresholds from the risks of held folds at 48 hours.</summary>
/// <remarks>
/// The values come from all held risks. What is stated at each (alert rate, sensitivity, PPV) is cross-fitted: a threshold chosen in the same way on four
/// folds is measured on the fifth, so that no stay judges a threshold that it helped to choose.
/// </remarks>
internal static class OperatingPoints
{
    /// <summary>The alert threshold is chosen for a little less than a tenth, so that another draw of stays stays at or below it more often than not.</summary>
    public const double AlertShare = 0.09;

    private static readonly (string Id, string Title, string Indicator, Func<double[], bool[], ThresholdPerformance> Choose)[] Points =
    [
        ("balanced", "Balanced: sensitivity and positive predictive value alike", "warning", (risks, died) => ThresholdSearch.BestMinimum(risks, died)),
        ("alert", "Alert: the tenth with the highest risk", "critical", (risks, died) => ThresholdSearch.LargestAlertRate(AlertShare, risks, died)!),
    ];

    public static IReadOnlyList<ManifestThreshold> Choose(double[] risks, IcuCohort cohort)
    {
        var died = cohort.Died();
        return
        [
            .. Points.Select(point =>
            {
                var measured = CrossFitted(point.Choose, risks, cohort, died);
                return new ManifestThreshold
                {
                    Id = point.Id,
                    Title = point.Title,
                    Indicator = point.Indicator,
                    Value = Math.Round(point.Choose(risks, died).Threshold, 4),
                    AlertRate = Math.Round(measured.AlertRate, 4),
                    Sensitivity = Math.Round(measured.Sensitivity, 4),
                    Ppv = Math.Round(measured.Ppv, 4),
                };
            }).OrderBy(t => t.Value),
        ];
    }

    private static ThresholdPerformance CrossFitted(Func<double[], bool[], ThresholdPerformance> choose, double[] risks, IcuCohort cohort, bool[] died)
    {
        int alerts = 0, hits = 0;
        for (var fold = 0; fold < IcuFolds.Count; fold++)
        {
            var inFold = cohort.Stays.Select(s => IcuFolds.Of(s.Stay.RecordId) == fold).ToArray();
            var others = Enumerable.Range(0, risks.Length).Where(i => !inFold[i]).ToArray();
            var threshold = choose(Array.ConvertAll(others, i => risks[i]), Array.ConvertAll(others, i => died[i])).Threshold;
            for (var i = 0; i < risks.Length; i++)
            {
                if (!inFold[i] || risks[i] < threshold)
                    continue;
                alerts++;
                hits += died[i] ? 1 : 0;
            }
        }

        return new ThresholdPerformance(double.NaN, alerts / (double)risks.Length, hits / (double)died.Count(d => d), hits / (double)alerts);
    }
}
