namespace MedAI.Samples.Stays;

/// <summary>What a made-up patient is like when well, and how ill each organ is over the stay.</summary>
/// <remarks>Illness levels run from 0 (healthy) to 1 (failing); the simulation turns them into coupled measurements.</remarks>
internal sealed record Course
{
    public required double Hours { get; init; }

    public Trajectory Shock { get; init; } = Trajectory.Constant(0.05);

    public Trajectory Lung { get; init; } = Trajectory.Constant(0.1);

    public Trajectory Kidney { get; init; } = Trajectory.Constant(0.05);

    public Trajectory Brain { get; init; } = Trajectory.Constant(0);

    public Trajectory Inflammation { get; init; } = Trajectory.Constant(0.15);

    public Trajectory Liver { get; init; } = Trajectory.Constant(0.05);

    /// <summary>Troponin release; 0 and no troponin is drawn.</summary>
    public Trajectory Heart { get; init; } = Trajectory.Constant(0);

    /// <summary>Difference from 37 degrees that inflammation does not explain, for instance after bypass.</summary>
    public Trajectory Cooling { get; init; } = Trajectory.Constant(0);

    /// <summary>Hours on the ventilator, from and to (null: still on it).</summary>
    public IReadOnlyList<(double From, double? To)> Ventilated { get; init; } = [];

    /// <summary>An arterial line is in from the start until this hour; 0: never.</summary>
    public double ArterialLineUntil { get; init; }

    public double RestingHeartRate { get; init; } = 76;

    public double RestingMeanPressure { get; init; } = 86;

    public double PulsePressure { get; init; } = 52;

    public double BreathingRate { get; init; } = 15;

    public double WeightKg { get; init; } = 78;

    public double Creatinine { get; init; } = 0.9;

    public double Hematocrit { get; init; } = 35;

    public double Platelets { get; init; } = 235;

    public double Sodium { get; init; } = 139;

    public double Bicarbonate { get; init; } = 25;

    public double CarbonDioxide { get; init; } = 40;

    public double Albumin { get; init; } = 3.6;

    public double Glucose { get; init; } = 112;

    public double Potassium { get; init; } = 4.0;

    public bool VentilatedAt(double hour)
    {
        foreach (var (from, to) in Ventilated)
        {
            if (hour >= from && (to is not { } end || hour < end))
                return true;
        }
        return false;
    }
}
