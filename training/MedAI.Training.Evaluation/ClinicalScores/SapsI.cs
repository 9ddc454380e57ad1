using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.ClinicalScores;

/// <summary>Simplified Acute Physiology Score of 1984 from the worst values of the last 24 hours.</summary>
/// <remarks>
/// Points: Le Gall JR, et al. A simplified acute physiology score for ICU patients. Critical Care Medicine 1984;12:975-977. Urea and glucose are
/// published in mmol/L; the files have mg/dL, converted with 2.8 and 18 as the challenge did. The challenge's own programme departs from the
/// publication in three places (temperature 38.5-38.9, potassium 5.5-5.9, bicarbonate at its ends); the publication is followed here.
/// </remarks>
public sealed class SapsI : IClinicalScore
{
    private const double UreaFactor = 2.8;
    private const double GlucoseFactor = 18;

    public string Id => "saps-i";

    public string Title => "SAPS-I";

    public string Definition =>
        "Worst value of each variable in the last 24 hours, or since admission before that; at the 24th hour this is the score's own window. Charted ventilation earns 3 points "
        + "instead of the respiratory rate. Urine counts from the 24th hour on. Le Gall et al., Critical Care Medicine 1984;12:975-977.";

    public IReadOnlyList<string> Components { get; } =
    [
        "age", "heart rate", "systolic pressure", "temperature", "respiration or ventilation", "urine", "urea", "haematocrit", "white cells", "glucose", "potassium", "sodium",
        "bicarbonate", "consciousness",
    ];

    public ScoreResult At(IcuStay stay, int hour)
    {
        ArgumentNullException.ThrowIfNull(stay);
        var window = new StayWindow(stay, hour);
        return new ScoreResult(
        [
            stay.Age is { } age ? Age(age) : null,
            window.Worst(HeartRate, "HR"),
            window.Worst(Systolic, "SysABP", "NISysABP"),
            window.Worst(Temperature, "Temp"),
            window.Ventilated ? 3 : window.Worst(Respiration, "RespRate"),
            window.UrineOfDay is { } millilitres ? Urine(millilitres / 1000) : null,
            window.Worst(milligrams => Urea(milligrams / UreaFactor), "BUN"),
            window.Worst(Haematocrit, "HCT"),
            window.Worst(WhiteCells, "WBC"),
            window.Worst(milligrams => Glucose(milligrams / GlucoseFactor), "Glucose"),
            window.Worst(Potassium, "K"),
            window.Worst(Sodium, "Na"),
            window.Worst(Bicarbonate, "HCO3"),
            window.Worst(Gcs, "GCS"),
        ]);
    }

    internal static int Age(double years) => years switch
    {
        <= 45 => 0,
        <= 55 => 1,
        <= 65 => 2,
        <= 75 => 3,
        _ => 4,
    };

    internal static int HeartRate(double perMinute) => perMinute switch
    {
        >= 180 => 4,
        >= 140 => 3,
        >= 110 => 2,
        >= 70 => 0,
        >= 55 => 2,
        >= 40 => 3,
        _ => 4,
    };

    internal static int Systolic(double mmHg) => mmHg switch
    {
        >= 190 => 4,
        >= 150 => 2,
        >= 80 => 0,
        >= 55 => 2,
        _ => 4,
    };

    internal static int Temperature(double celsius) => celsius switch
    {
        >= 41 => 4,
        >= 39 => 3,
        >= 38.5 => 1,
        >= 36 => 0,
        >= 34 => 1,
        >= 32 => 2,
        >= 30 => 3,
        _ => 4,
    };

    internal static int Respiration(double perMinute) => perMinute switch
    {
        >= 50 => 4,
        >= 35 => 3,
        >= 25 => 1,
        >= 12 => 0,
        >= 10 => 1,
        >= 6 => 2,
        _ => 4,
    };

    internal static int Urine(double litresADay) => litresADay switch
    {
        >= 5 => 2,
        >= 3.5 => 1,
        >= 0.7 => 0,
        >= 0.5 => 2,
        >= 0.2 => 3,
        _ => 4,
    };

    internal static int Urea(double millimoles) => millimoles switch
    {
        >= 55 => 4,
        >= 36 => 3,
        >= 29 => 2,
        >= 7.5 => 1,
        >= 3.5 => 0,
        _ => 1,
    };

    internal static int Haematocrit(double percent) => percent switch
    {
        >= 60 => 4,
        >= 50 => 2,
        >= 46 => 1,
        >= 30 => 0,
        >= 20 => 2,
        _ => 4,
    };

    internal static int WhiteCells(double thousands) => thousands switch
    {
        >= 40 => 4,
        >= 20 => 2,
        >= 15 => 1,
        >= 3 => 0,
        >= 1 => 2,
        _ => 4,
    };

    internal static int Glucose(double millimoles) => millimoles switch
    {
        >= 44.5 => 4,
        >= 27.8 => 3,
        >= 14 => 1,
        >= 3.9 => 0,
        >= 2.8 => 2,
        >= 1.6 => 3,
        _ => 4,
    };

    internal static int Potassium(double millimoles) => millimoles switch
    {
        >= 7 => 4,
        >= 6 => 3,
        >= 5.5 => 1,
        >= 3.5 => 0,
        >= 3 => 1,
        >= 2.5 => 2,
        _ => 4,
    };

    internal static int Sodium(double millimoles) => millimoles switch
    {
        >= 180 => 4,
        >= 161 => 3,
        >= 156 => 2,
        >= 151 => 1,
        >= 130 => 0,
        >= 120 => 2,
        >= 110 => 3,
        _ => 4,
    };

    internal static int Bicarbonate(double millimoles) => millimoles switch
    {
        >= 40 => 3,
        >= 30 => 1,
        >= 20 => 0,
        >= 10 => 1,
        >= 5 => 3,
        _ => 4,
    };

    internal static int Gcs(double gcs) => gcs switch
    {
        >= 13 => 0,
        >= 10 => 1,
        >= 7 => 2,
        >= 4 => 3,
        _ => 4,
    };
}
