namespace MedAI.Samples.Stays;

/// <summary>Runs a course: every quantity drifts towards what the illness asks for, with autocorrelated noise, and the quantities pull on one another.</summary>
/// <remarks>
/// Not a clinical model: it only has to look right together. Shock lowers pressure, raises heart rate and produces lactate; lactate and a
/// failing kidney use up bicarbonate; a failing kidney collects creatinine, urea and potassium and makes little urine; the lung's ratio of
/// arterial to inspired oxygen sets the oxygen that is given and the saturation that is seen.
/// </remarks>
internal sealed class Physiology
{
    public const int StepMinutes = 15;

    private const double Step = StepMinutes / 60.0;

    private readonly List<BodyState> _states = [];

    public Physiology(Course course, SplitMix random)
    {
        int steps = (int)Math.Ceiling(course.Hours / Step) + 1;
        var heartRate = new Drift(random, 2, 4);
        var pressure = new Drift(random, 2.5, 4.5);
        var pulse = new Drift(random, 3, 3);
        var breathing = new Drift(random, 1.5, 1.6);
        var temperature = new Drift(random, 5, 0.18);
        var oxygenRatio = new Drift(random, 4, 22);
        var carbonDioxide = new Drift(random, 3, 2.2);
        var potassium = new Drift(random, 6, 0.2);
        var sodium = new Drift(random, 12, 1.2);
        var glucose = new Drift(random, 4, 14);
        var whiteCells = new Drift(random, 12, 0.7);
        var platelets = new Drift(random, 18, 9);
        var hematocrit = new Drift(random, 12, 1.0);
        var magnesium = new Drift(random, 12, 0.13);
        var bicarbonate = new Drift(random, 6, 0.7);
        double lactate = 1 + 4 * course.Shock.At(0);
        double creatinine = course.Creatinine * (1 + 0.8 * course.Kidney.At(0));
        double urea = 16 * (1 + 0.8 * course.Kidney.At(0)) * course.Creatinine / 0.9;
        double troponin = 0.01 + 1.5 * course.Heart.At(0);
        double enzymes = course.Liver.At(0);

        for (int i = 0; i < steps; i++)
        {
            double hour = i * Step;
            double shock = course.Shock.At(hour);
            double lung = course.Lung.At(hour);
            double kidney = course.Kidney.At(hour);
            double inflammation = course.Inflammation.At(hour);
            bool ventilated = course.VentilatedAt(hour);
            double filtration = Math.Max(0.06, 1 - 0.95 * kidney);

            // Lactate is made in shock and cleared with a half-life of about two hours, slower when the liver fails.
            double clearance = 0.35 * (1 - 0.5 * course.Liver.At(hour));
            lactate += Step * (0.35 + 3.6 * shock * shock - clearance * lactate) + 0.05 * random.Normal() * Math.Sqrt(Step);
            lactate = Math.Clamp(lactate, 0.6, 18);
            // Creatinine and urea fill a pool that the kidney empties, so they lag the injury by hours.
            creatinine += Step * 0.07 * (course.Creatinine - creatinine * filtration);
            urea += Step * 0.035 * (16 * course.Creatinine / 0.9 - urea * filtration);
            troponin += Step * (0.55 * course.Heart.At(hour) - 0.035 * troponin);
            enzymes += Step * 0.08 * (course.Liver.At(hour) - enzymes);

            double warmth = 36.8 + 1.9 * inflammation + course.Cooling.At(hour) + temperature.Next();
            double bicarbonateNow = Math.Clamp(course.Bicarbonate - 1.05 * (lactate - 1) - 4 * kidney + bicarbonate.Next(), 6, 42);
            double acid = Math.Max(0, course.Bicarbonate - bicarbonateNow);
            double ratio = Math.Clamp(430 - 320 * lung + oxygenRatio.Next(), 70, 480);
            double inspired = InspiredOxygen(ratio, ventilated);
            double ownBreathing = course.BreathingRate + 11 * lung + 0.55 * acid + 4 * inflammation;
            double mean = course.RestingMeanPressure - 32 * shock + pressure.Next();

            _states.Add(new BodyState
            {
                HeartRate = Math.Clamp(course.RestingHeartRate + 44 * shock + 7 * (warmth - 37) + 6 * lung + heartRate.Next(), 38, 175),
                MeanPressure = Math.Clamp(mean, 38, 130),
                PulsePressure = Math.Clamp(course.PulsePressure - 14 * shock + pulse.Next(), 18, 90),
                BreathingRate = Math.Clamp((ventilated ? 16 + 0.25 * (ownBreathing - 16) : ownBreathing) + breathing.Next() * (ventilated ? 0.6 : 1), 8, 45),
                Temperature = Math.Clamp(warmth, 33.5, 40.8),
                InspiredOxygen = inspired,
                ArterialOxygen = Math.Clamp(ratio * inspired, 48, 320),
                // Whoever breathes alone blows off carbon dioxide against the acid; a tired lung keeps it.
                ArterialCarbonDioxide = Math.Clamp(course.CarbonDioxide - (ventilated ? 0.3 : 0.75) * acid + 6 * lung * lung + carbonDioxide.Next(), 20, 85),
                Bicarbonate = bicarbonateNow,
                Lactate = lactate,
                Creatinine = creatinine,
                UreaNitrogen = urea,
                UrinePerHour = Math.Max(0, course.WeightKg * 1.0 * filtration * Math.Clamp((mean - 45) / 35, 0.05, 1.2) * (1 + 0.22 * random.Normal())),
                Potassium = Math.Clamp(course.Potassium + 1.0 * kidney + 0.03 * acid + potassium.Next(), 2.8, 7.2),
                Sodium = Math.Clamp(course.Sodium + sodium.Next(), 120, 160),
                Magnesium = Math.Clamp(2.0 + 0.3 * kidney + magnesium.Next(), 1.2, 3.6),
                Glucose = Math.Clamp(course.Glucose + 55 * shock + 25 * inflammation + glucose.Next(), 62, 380),
                WhiteCells = Math.Clamp(7.5 + 13 * inflammation + whiteCells.Next(), 1.2, 42),
                Platelets = Math.Clamp(course.Platelets - 110 * inflammation * Math.Min(1, 0.4 + hour / 30) - 40 * shock + platelets.Next(), 18, 520),
                Hematocrit = Math.Clamp(course.Hematocrit - 2.5 * shock + hematocrit.Next(), 19, 52),
                Bilirubin = 0.6 + 4.5 * enzymes,
                Alt = 24 + 620 * enzymes * enzymes + 60 * enzymes,
                Ast = 28 + 900 * enzymes * enzymes + 80 * enzymes,
                AlkalinePhosphatase = 74 + 90 * enzymes,
                Albumin = Math.Clamp(course.Albumin - 0.9 * inflammation, 1.4, 4.6),
                TroponinT = troponin,
                ComaScore = ComaScore(course.Brain.At(hour), ventilated, random),
            });
        }
    }

    public BodyState At(int minute) => _states[Math.Min(_states.Count - 1, (int)Math.Round(minute / (double)StepMinutes))];

    /// <summary>What a nurse would set: as little as keeps the arterial oxygen near 80 mm Hg, in the usual steps.</summary>
    private static double InspiredOxygen(double ratio, bool ventilated)
    {
        double wanted = 80 / ratio;
        if (!ventilated && wanted <= 0.22)
            return 0.21;
        return Math.Clamp(Math.Ceiling(wanted * 20) / 20, ventilated ? 0.4 : 0.25, 1.0);
    }

    private static int ComaScore(double brain, bool ventilated, SplitMix random)
    {
        double score = 15.2 - 11 * brain - (ventilated ? 4.5 : 0) + 0.5 * random.Normal();
        // An intubated patient has no verbal response: at most 4 + 6 + 1.
        return Math.Clamp((int)Math.Round(score), 3, ventilated ? 11 : 15);
    }

    /// <summary>Autocorrelated noise around zero (an Ornstein-Uhlenbeck process sampled every step).</summary>
    private sealed class Drift(SplitMix random, double memoryHours, double deviation)
    {
        private double _value = deviation * random.Normal();

        public double Next()
        {
            double keep = 1 - Step / memoryHours;
            _value = keep * _value + deviation * Math.Sqrt(1 - keep * keep) * random.Normal();
            return _value;
        }
    }
}
