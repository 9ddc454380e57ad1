namespace MedAI.Samples.Stays;

/// <summary>How often a unit writes down or draws what.</summary>
internal sealed record ChartingPlan
{
    public double VitalsEveryHours { get; init; } = 1;

    public double TemperatureEveryHours { get; init; } = 4;

    public double SaturationEveryHours { get; init; } = 4;

    public double ComaEveryHours { get; init; } = 4;

    public double UrineEveryHours { get; init; } = 1;

    public double CuffEveryHours { get; init; } = 1;

    /// <summary>Chemistry and blood count; 0: never.</summary>
    public double LabsEveryHours { get; init; } = 8;

    /// <summary>Arterial blood gas with lactate; 0: never.</summary>
    public double GasEveryHours { get; init; } = 6;

    public bool LiverTests { get; init; }

    public bool Troponin { get; init; }

    public double FirstLabHour { get; init; } = 0.7;
}

/// <summary>Reads values off a simulated patient at the times and with the digits of a real chart.</summary>
internal static class Charting
{
    public static IReadOnlyList<SampleValue> Chart(Course course, ChartingPlan plan, SplitMix random)
    {
        var body = new Physiology(course, random);
        var values = new List<SampleValue>();
        int last = (int)(course.Hours * 60);

        Every(plan.VitalsEveryHours, 0.15, 4, minute =>
        {
            var s = body.At(minute);
            Add(minute, "HR", s.HeartRate, 0);
            Add(minute, "RespRate", s.BreathingRate, 0);
            if (minute < course.ArterialLineUntil * 60)
            {
                Add(minute, "SysABP", s.Systolic, 0);
                Add(minute, "DiasABP", s.Diastolic, 0);
                Add(minute, "MAP", s.MeanPressure, 0);
            }
        });
        Every(plan.CuffEveryHours, 0.25, 5, minute =>
        {
            // With a line in, the cuff is only used now and then to check it.
            if (minute < course.ArterialLineUntil * 60 && minute % 480 >= 60)
                return;
            var s = body.At(minute);
            double off = 2.5 * random.Normal();
            Add(minute, "NISysABP", s.Systolic + off, 0);
            Add(minute, "NIDiasABP", s.Diastolic + off, 0);
            Add(minute, "NIMAP", s.MeanPressure + off, 0);
        });
        Every(plan.TemperatureEveryHours, 0.2, 6, minute => Add(minute, "Temp", body.At(minute).Temperature, 1));
        Every(plan.SaturationEveryHours, 0.1, 3, minute =>
        {
            double seen = Math.Clamp(body.At(minute).Saturation + 0.6 * random.Normal(), 70, 100);
            values.Add(new SampleValue(minute, "SaO2", Math.Round(seen, MidpointRounding.AwayFromZero), PulseOximetry: true));
        });
        Every(plan.ComaEveryHours, 0.3, 6, minute => Add(minute, "GCS", body.At(minute).ComaScore, 0));
        Every(plan.UrineEveryHours, 1, 3, minute => Add(minute, "Urine", Math.Round(body.At(minute).UrinePerHour * plan.UrineEveryHours / 5) * 5, 0));
        Every(plan.GasEveryHours, plan.FirstLabHour + 0.2, 20, minute =>
        {
            var s = body.At(minute);
            Add(minute, "pH", s.Acidity, 2);
            Add(minute, "PaCO2", s.ArterialCarbonDioxide, 0);
            Add(minute, "PaO2", s.ArterialOxygen, 0);
            Add(minute, "SaO2", s.Saturation, 0);
            Add(minute, "Lactate", s.Lactate, 1);
            Add(minute, "FiO2", s.InspiredOxygen, 2);
        });
        int draw = 0;
        Every(plan.LabsEveryHours, plan.FirstLabHour, 25, minute =>
        {
            var s = body.At(minute);
            Add(minute, "BUN", s.UreaNitrogen, 0);
            Add(minute, "Creatinine", s.Creatinine, 1);
            Add(minute, "Glucose", s.Glucose, 0);
            Add(minute, "HCO3", s.Bicarbonate, 0);
            Add(minute, "HCT", s.Hematocrit, 1);
            Add(minute, "K", s.Potassium, 1);
            Add(minute, "Mg", s.Magnesium, 1);
            Add(minute, "Na", s.Sodium, 0);
            Add(minute, "Platelets", s.Platelets, 0);
            Add(minute, "WBC", s.WhiteCells, 1);
            if (plan.LiverTests && draw % 2 == 0)
            {
                Add(minute, "Albumin", s.Albumin, 1);
                Add(minute, "ALP", s.AlkalinePhosphatase, 0);
                Add(minute, "ALT", s.Alt, 0);
                Add(minute, "AST", s.Ast, 0);
                Add(minute, "Bilirubin", s.Bilirubin, 1);
            }
            if (plan.Troponin)
                Add(minute, "TroponinT", s.TroponinT, 2);
            draw++;
        });
        Add(10, "Weight", course.WeightKg, 1);
        return [.. values.OrderBy(v => v.Minute).ThenBy(v => v.Variable, StringComparer.Ordinal)];

        void Every(double hours, double firstHour, int jitterMinutes, Action<int> chart)
        {
            if (hours <= 0)
                return;
            for (double hour = firstHour; hour * 60 + jitterMinutes < last; hour += hours)
                chart((int)(hour * 60) + random.Between(0, jitterMinutes));
        }

        void Add(int minute, string variable, double value, int decimals) =>
            values.Add(new SampleValue(minute, variable, Math.Round(value, decimals, MidpointRounding.AwayFromZero)));
    }
}
