namespace MedAI.Samples.Stays;

/// <summary>Everything measurable about a simulated patient at one instant, in the units of the model.</summary>
internal sealed record BodyState
{
    public required double HeartRate { get; init; }

    public required double MeanPressure { get; init; }

    public required double PulsePressure { get; init; }

    public required double BreathingRate { get; init; }

    public required double Temperature { get; init; }

    public required double InspiredOxygen { get; init; }

    public required double ArterialOxygen { get; init; }

    public required double ArterialCarbonDioxide { get; init; }

    public required double Bicarbonate { get; init; }

    public required double Lactate { get; init; }

    public required double Creatinine { get; init; }

    public required double UreaNitrogen { get; init; }

    public required double UrinePerHour { get; init; }

    public required double Potassium { get; init; }

    public required double Sodium { get; init; }

    public required double Magnesium { get; init; }

    public required double Glucose { get; init; }

    public required double WhiteCells { get; init; }

    public required double Platelets { get; init; }

    public required double Hematocrit { get; init; }

    public required double Bilirubin { get; init; }

    public required double Alt { get; init; }

    public required double Ast { get; init; }

    public required double AlkalinePhosphatase { get; init; }

    public required double Albumin { get; init; }

    public required double TroponinT { get; init; }

    public required int ComaScore { get; init; }

    public double Systolic => MeanPressure + PulsePressure * 2 / 3;

    public double Diastolic => MeanPressure - PulsePressure / 3;

    /// <summary>Henderson-Hasselbalch with pK 6.1 and a solubility of 0.0307 mmol/L per mm Hg.</summary>
    public double Acidity => 6.1 + Math.Log10(Bicarbonate / (0.0307 * ArterialCarbonDioxide));

    /// <summary>Haemoglobin saturation in percent by Severinghaus' fit of the dissociation curve (1979).</summary>
    public double Saturation => 100 / (1 + 23400 / (ArterialOxygen * ArterialOxygen * ArterialOxygen + 150 * ArterialOxygen));
}
