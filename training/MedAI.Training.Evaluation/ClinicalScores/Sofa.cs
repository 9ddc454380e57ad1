using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.ClinicalScores;

/// <summary>Sequential Organ Failure Assessment from the worst values of the last 24 hours, without vasopressors.</summary>
/// <remarks>Points: Vincent JL, et al. The SOFA (sepsis-related organ failure assessment) score. Intensive Care Medicine 1996;22:707-710.</remarks>
public sealed class Sofa : IClinicalScore
{
    public string Id => "sofa";

    public string Title => "SOFA";

    public string Definition =>
        "Worst value of each organ in the last 24 hours, or since admission before that. PaO2 over the inspired share charted last at or before the sample; "
        + "3 and 4 points of respiration need charted ventilation. The files hold no vasopressors: circulation has at most 1 point (mean pressure below 70 mmHg). "
        + "Urine counts from the 24th hour on. Vincent et al., Intensive Care Medicine 1996;22:707-710.";

    public IReadOnlyList<string> Components { get; } = ["respiration", "coagulation", "liver", "circulation", "nervous system", "kidney"];

    public ScoreResult At(IcuStay stay, int hour)
    {
        var window = new StayWindow(stay, hour);
        int? respiration = null;
        foreach (var ratio in window.OxygenRatios())
            respiration = Math.Max(respiration ?? 0, Respiration(ratio, window.Ventilated));
        var creatinine = window.Worst(Creatinine, "Creatinine");
        int? urine = window.UrineOfDay is { } millilitres ? Urine(millilitres) : null;
        return new ScoreResult(
        [
            respiration,
            window.Worst(Platelets, "Platelets"),
            window.Worst(Bilirubin, "Bilirubin"),
            window.Worst(pressure => pressure < 70 ? 1 : 0, "MAP", "NIMAP"),
            window.Worst(Gcs, "GCS"),
            creatinine is null && urine is null ? null : Math.Max(creatinine ?? 0, urine ?? 0),
        ]);
    }

    internal static int Respiration(double ratio, bool ventilated) => ratio switch
    {
        < 100 when ventilated => 4,
        < 200 when ventilated => 3,
        < 300 => 2,
        < 400 => 1,
        _ => 0,
    };

    internal static int Platelets(double thousands) => thousands switch
    {
        < 20 => 4,
        < 50 => 3,
        < 100 => 2,
        < 150 => 1,
        _ => 0,
    };

    internal static int Bilirubin(double milligrams) => milligrams switch
    {
        >= 12 => 4,
        >= 6 => 3,
        >= 2 => 2,
        >= 1.2 => 1,
        _ => 0,
    };

    internal static int Gcs(double gcs) => gcs switch
    {
        < 6 => 4,
        < 10 => 3,
        < 13 => 2,
        < 15 => 1,
        _ => 0,
    };

    internal static int Creatinine(double milligrams) => milligrams switch
    {
        >= 5 => 4,
        >= 3.5 => 3,
        >= 2 => 2,
        >= 1.2 => 1,
        _ => 0,
    };

    internal static int Urine(double millilitresADay) => millilitresADay switch
    {
        < 200 => 4,
        < 500 => 3,
        _ => 0,
    };
}
