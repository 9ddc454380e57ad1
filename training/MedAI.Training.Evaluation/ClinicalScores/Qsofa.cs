using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.ClinicalScores;

/// <summary>Quick SOFA from the newest values of the last 24 hours.</summary>
/// <remarks>Points: Singer M, et al. The third international consensus definitions for sepsis and septic shock. JAMA 2016;315:801-810.</remarks>
public sealed class Qsofa : IClinicalScore
{
    public string Id => "qsofa";

    public string Title => "qSOFA";

    public string Definition =>
        "Newest value of each sign in the last 24 hours: one point each for respiration at 22 or more, systolic pressure at 100 mmHg or less, GCS below 15. "
        + "Singer et al., JAMA 2016;315:801-810.";

    public IReadOnlyList<string> Components { get; } = ["respiration", "systolic pressure", "consciousness"];

    public ScoreResult At(IcuStay stay, int hour)
    {
        var window = new StayWindow(stay, hour);
        return new ScoreResult(
        [
            window.Newest("RespRate") is { } rate ? rate >= 22 ? 1 : 0 : null,
            window.Newest("SysABP", "NISysABP") is { } pressure ? pressure <= 100 ? 1 : 0 : null,
            window.Newest("GCS") is { } gcs ? gcs < 15 ? 1 : 0 : null,
        ]);
    }
}
