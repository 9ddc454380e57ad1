using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.ClinicalScores;

/// <summary>National Early Warning Score 2, saturation scale 1, from the newest values of the last 24 hours.</summary>
/// <remarks>Points: chart 1 of Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017.</remarks>
public sealed class News2 : IClinicalScore
{
    public string Id => "news2";

    public string Title => "NEWS2";

    public string Definition =>
        "Newest value of each sign in the last 24 hours; saturation scale 1 for everybody, from arterial saturation. The files have no flag for supplemental oxygen: "
        + "it counts as given when the newest inspired share is above 0.21 or ventilation was charted. GCS below 15 counts as not alert. "
        + "Royal College of Physicians, NEWS 2, 2017.";

    public IReadOnlyList<string> Components { get; } = ["respiration", "saturation", "oxygen", "systolic pressure", "pulse", "consciousness", "temperature"];

    public ScoreResult At(IcuStay stay, int hour)
    {
        var window = new StayWindow(stay, hour);
        return new ScoreResult(
        [
            Points(window.Newest("RespRate"), Respiration),
            Points(window.Newest("SaO2"), Saturation),
            Oxygen(window),
            Points(window.Newest("SysABP", "NISysABP"), Systolic),
            Points(window.Newest("HR"), Pulse),
            Points(window.Newest("GCS"), gcs => gcs < 15 ? 3 : 0),
            Points(window.Newest("Temp"), Temperature),
        ]);
    }

    internal static int Respiration(double perMinute) => Math.Round(perMinute) switch
    {
        <= 8 => 3,
        <= 11 => 1,
        <= 20 => 0,
        <= 24 => 2,
        _ => 3,
    };

    internal static int Saturation(double percent) => Math.Round(percent) switch
    {
        <= 91 => 3,
        <= 93 => 2,
        <= 95 => 1,
        _ => 0,
    };

    internal static int Systolic(double mmHg) => Math.Round(mmHg) switch
    {
        <= 90 => 3,
        <= 100 => 2,
        <= 110 => 1,
        <= 219 => 0,
        _ => 3,
    };

    internal static int Pulse(double perMinute) => Math.Round(perMinute) switch
    {
        <= 40 => 3,
        <= 50 => 1,
        <= 90 => 0,
        <= 110 => 1,
        <= 130 => 2,
        _ => 3,
    };

    internal static int Temperature(double celsius) => Math.Round(celsius, 1) switch
    {
        <= 35.0 => 3,
        <= 36.0 => 1,
        <= 38.0 => 0,
        <= 39.0 => 1,
        _ => 2,
    };

    private static int? Oxygen(StayWindow window)
    {
        var share = window.Newest("FiO2");
        return window.Ventilated || share > 0.21 ? 2 : share is null ? null : 0;
    }

    private static int? Points(double? value, Func<double, int> points) => value is { } known ? points(known) : null;
}
