namespace MedAI.Samples.Stays;

/// <summary>The twelve made-up stays, simulated afresh from a seed.</summary>
/// <remarks>One seed always gives the same stays, on every platform.</remarks>
public static class SampleStays
{
    /// <summary>Seed of the files in samples/.</summary>
    public const long DefaultSeed = 20260302;

    /// <summary>The instant at which the samples are looked at; the demo's clock stands here.</summary>
    public static DateTimeOffset AsOf { get; } = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<SampleStay> All(long seed = DefaultSeed) =>
    [
        Stable(seed), Deteriorating(seed), Recovering(seed), Sparse(seed), OddUnits(seed), Child(seed),
        Ended(seed), Outpatient(seed), Empty(), CardiacSurgery(seed), HeartFailure(seed), Dirty(seed),
    ];

    private static SampleStay Stable(long seed) => Simulated(seed, 1, new SampleStay
    {
        Id = "demo-stable",
        Title = "Stable: bleeding ulcer, treated, watched for a day",
        Given = "Stella",
        Family = "Samplewell",
        Male = false,
        BirthDate = new DateOnly(1979, 5, 14),
        Unit = SampleUnit.Medical,
        Start = Ago(hours: 30.5),
        HeightCm = 166,
        Expectation = SampleExpectation.Prediction,
    }, new Course
    {
        Hours = 30.5,
        Shock = new((0, 0.12), (8, 0)),
        Lung = Trajectory.Constant(0.04),
        Kidney = new((0, 0.2), (12, 0.02)),
        Inflammation = new((0, 0.15), (20, 0.05)),
        Hematocrit = 29,
        WeightKg = 71,
        RestingHeartRate = 78,
    }, new ChartingPlan { LabsEveryHours = 8, GasEveryHours = 0, LiverTests = false });

    private static SampleStay Deteriorating(long seed) => Simulated(seed, 2, new SampleStay
    {
        Id = "demo-deteriorating",
        Title = "Deteriorating: septic shock from pneumonia, failing kidney, ventilated",
        Given = "Desmond",
        Family = "Madeupson",
        Male = true,
        BirthDate = new DateOnly(1949, 11, 2),
        Unit = SampleUnit.Medical,
        Start = Ago(hours: 34),
        HeightCm = 174,
        Expectation = SampleExpectation.Prediction,
    }, new Course
    {
        Hours = 34,
        Shock = new((0, 0.35), (8, 0.45), (20, 0.75), (34, 0.95)),
        Lung = new((0, 0.45), (6, 0.6), (34, 0.85)),
        Kidney = new((0, 0.3), (10, 0.5), (34, 0.9)),
        Brain = new((0, 0.15), (6, 0.35), (34, 0.75)),
        Inflammation = new((0, 0.8), (34, 1)),
        Liver = new((0, 0.15), (34, 0.6)),
        Ventilated = [(5, null)],
        ArterialLineUntil = 34,
        RestingHeartRate = 84,
        Creatinine = 1.2,
        WeightKg = 83,
        Albumin = 3.0,
        Hematocrit = 32,
        Platelets = 190,
    }, new ChartingPlan { LabsEveryHours = 6, GasEveryHours = 4, LiverTests = true });

    private static SampleStay Recovering(long seed) => Simulated(seed, 3, new SampleStay
    {
        Id = "demo-recovering",
        Title = "Recovering: sepsis after bowel perforation, operated, extubated, lactate cleared",
        Given = "Rosa",
        Family = "Fictiva",
        Male = false,
        BirthDate = new DateOnly(1962, 8, 23),
        Unit = SampleUnit.Surgical,
        Start = Ago(hours: 40),
        HeightCm = 161,
        Expectation = SampleExpectation.Prediction,
    }, new Course
    {
        Hours = 40,
        Shock = new((0, 0.6), (10, 0.4), (24, 0.1), (40, 0.02)),
        Lung = new((0, 0.5), (14, 0.3), (40, 0.1)),
        Kidney = new((0, 0.4), (20, 0.15), (40, 0.05)),
        Inflammation = new((0, 0.75), (40, 0.3)),
        Liver = new((0, 0.2), (40, 0.08)),
        Ventilated = [(0, 15.5)],
        ArterialLineUntil = 26,
        WeightKg = 67,
        Hematocrit = 31,
        Albumin = 3.1,
    }, new ChartingPlan { LabsEveryHours = 8, GasEveryHours = 6, LiverTests = true });

    /// <summary>Eligible, but two sets of vital signs from ten hours ago are not enough for any model.</summary>
    private static SampleStay Sparse(long seed) => Simulated(seed, 4, new SampleStay
    {
        Id = "demo-sparse",
        Title = "Sparse: eligible, but hardly anything charted",
        Given = "Spencer",
        Family = "Fewdata",
        Male = true,
        BirthDate = new DateOnly(1971, 1, 30),
        Unit = SampleUnit.Medical,
        Start = Ago(hours: 11),
        Expectation = SampleExpectation.Info,
    }, new Course { Hours = 11, WeightKg = 88 }, new ChartingPlan { LabsEveryHours = 0, GasEveryHours = 0, UrineEveryHours = 0, TemperatureEveryHours = 0, ComaEveryHours = 0, CuffEveryHours = 0 },
        keep: v => v.Minute < 80 && v.Variable is "HR" or "RespRate" or "SaO2");

    private static SampleStay OddUnits(long seed) => Simulated(seed, 5, new SampleStay
    {
        Id = "demo-odd-units",
        Title = "Odd units: kPa, mmol/L, degF, lb, fractions, panels, Glasgow parts",
        Given = "Odette",
        Family = "Unitsworth",
        Male = false,
        BirthDate = new DateOnly(1955, 4, 9),
        Unit = SampleUnit.Medical,
        Start = Ago(hours: 26),
        HeightCm = 170,
        Expectation = SampleExpectation.Prediction,
    }, new Course
    {
        Hours = 26,
        Shock = new((0, 0.25), (26, 0.1)),
        Lung = new((0, 0.4), (26, 0.25)),
        Kidney = Trajectory.Constant(0.2),
        Inflammation = new((0, 0.5), (26, 0.35)),
        Liver = Trajectory.Constant(0.12),
        Heart = new((0, 0.08), (10, 0)),
        WeightKg = 74,
    }, new ChartingPlan { LabsEveryHours = 8, GasEveryHours = 6, LiverTests = true, Troponin = true });

    private static SampleStay Child(long seed) => Simulated(seed, 6, new SampleStay
    {
        Id = "demo-child",
        Title = "A child of 9 years: outside the population",
        Given = "Kit",
        Family = "Pretendling",
        Male = true,
        BirthDate = new DateOnly(2016, 7, 3),
        Unit = SampleUnit.Medical,
        Start = Ago(hours: 20),
        HeightCm = 133,
        Expectation = SampleExpectation.NoCard,
    }, new Course
    {
        Hours = 20,
        Lung = new((0, 0.4), (20, 0.2)),
        RestingHeartRate = 98,
        RestingMeanPressure = 72,
        PulsePressure = 42,
        BreathingRate = 20,
        WeightKg = 29,
        Creatinine = 0.5,
    }, new ChartingPlan { LabsEveryHours = 12, GasEveryHours = 0 });

    private static SampleStay Ended(long seed) => Simulated(seed, 7, new SampleStay
    {
        Id = "demo-ended",
        Title = "An ended stay: discharged six hours ago",
        Given = "Enid",
        Family = "Gonehome",
        Male = false,
        BirthDate = new DateOnly(1968, 12, 17),
        Unit = SampleUnit.Surgical,
        Start = Ago(hours: 36),
        End = Ago(hours: 6),
        HeightCm = 158,
        Expectation = SampleExpectation.NoCard,
    }, new Course { Hours = 30, WeightKg = 64, Inflammation = Trajectory.Constant(0.25) },
        new ChartingPlan { VitalsEveryHours = 2, CuffEveryHours = 2, UrineEveryHours = 4, LabsEveryHours = 12, GasEveryHours = 0 });

    /// <summary>Blood pressure and laboratory values from a clinic, no intensive care.</summary>
    private static SampleStay Outpatient(long seed) => Simulated(seed, 8, new SampleStay
    {
        Id = "demo-outpatient",
        Title = "An outpatient: ambulatory encounter only",
        Given = "Otto",
        Family = "Walkinham",
        Male = true,
        BirthDate = new DateOnly(1983, 2, 8),
        Unit = SampleUnit.Clinic,
        Start = Ago(hours: 1.5),
        HeightCm = 181,
        Expectation = SampleExpectation.NoCard,
    }, new Course { Hours = 1.5, WeightKg = 92, Lung = Trajectory.Constant(0), Inflammation = Trajectory.Constant(0) },
        new ChartingPlan { LabsEveryHours = 12, GasEveryHours = 0, UrineEveryHours = 0, ComaEveryHours = 0, FirstLabHour = 0.3 });

    private static SampleStay Empty() => new()
    {
        Id = "demo-empty",
        Title = "An empty stay: admitted, nothing charted yet",
        Given = "Emery",
        Family = "Nothingyet",
        Male = false,
        BirthDate = new DateOnly(1990, 10, 26),
        Unit = SampleUnit.Medical,
        Start = Ago(hours: 8),
        Expectation = SampleExpectation.Info,
    };

    private static SampleStay CardiacSurgery(long seed) => Simulated(seed, 10, new SampleStay
    {
        Id = "demo-cardiac-surgery",
        Title = "After coronary bypass: cold, ventilated for nine hours, then awake",
        Given = "Bastian",
        Family = "Bypassky",
        Male = true,
        BirthDate = new DateOnly(1958, 6, 19),
        Unit = SampleUnit.CardiacSurgery,
        Start = Ago(hours: 22),
        HeightCm = 178,
        Expectation = SampleExpectation.Prediction,
    }, new Course
    {
        Hours = 22,
        Shock = new((0, 0.35), (6, 0.2), (14, 0.05)),
        Lung = new((0, 0.35), (9, 0.2), (22, 0.12)),
        Kidney = Trajectory.Constant(0.08),
        Inflammation = new((0, 0.2), (10, 0.4), (22, 0.35)),
        Cooling = new((0, -1.9), (5, -0.3), (8, 0)),
        Heart = new((0, 0.4), (6, 0.3), (22, 0.05)),
        Ventilated = [(0, 9)],
        ArterialLineUntil = 22,
        WeightKg = 86,
        Hematocrit = 28,
        Platelets = 175,
        RestingHeartRate = 84,
        RestingMeanPressure = 79,
    }, new ChartingPlan { LabsEveryHours = 7, GasEveryHours = 3, Troponin = true });

    private static SampleStay HeartFailure(long seed) => Simulated(seed, 11, new SampleStay
    {
        Id = "demo-heart-failure",
        Title = "Old, with decompensated heart failure and a chronically ill kidney",
        Given = "Hedwig",
        Family = "Oldenheart",
        Male = false,
        BirthDate = new DateOnly(1937, 9, 5),
        Unit = SampleUnit.Coronary,
        Start = Ago(hours: 46),
        HeightCm = 155,
        Expectation = SampleExpectation.Prediction,
    }, new Course
    {
        Hours = 46,
        Shock = new((0, 0.3), (18, 0.45), (46, 0.4)),
        Lung = new((0, 0.5), (20, 0.35), (46, 0.35)),
        Kidney = new((0, 0.45), (46, 0.6)),
        Brain = new((0, 0.05), (46, 0.15)),
        Inflammation = Trajectory.Constant(0.2),
        Liver = new((0, 0.1), (46, 0.2)),
        Heart = new((0, 0.12), (20, 0.05)),
        ArterialLineUntil = 0,
        Creatinine = 1.7,
        Sodium = 131,
        WeightKg = 58,
        PulsePressure = 58,
        RestingHeartRate = 86,
        Hematocrit = 31,
        Albumin = 3.0,
    }, new ChartingPlan { LabsEveryHours = 10, GasEveryHours = 12, LiverTests = true, Troponin = true });

    private static SampleStay Dirty(long seed) => Simulated(seed, 12, new SampleStay
    {
        Id = "demo-dirty",
        Title = "Dirty data: impossible values, duplicates, errors, venous gas, odd times",
        Given = "Dustin",
        Family = "Messimer",
        Male = true,
        BirthDate = new DateOnly(1965, 3, 28),
        Unit = SampleUnit.Surgical,
        Start = Ago(hours: 24),
        HeightCm = 183,
        Expectation = SampleExpectation.Prediction,
    }, new Course
    {
        Hours = 24,
        Shock = new((0, 0.3), (24, 0.15)),
        Lung = Trajectory.Constant(0.3),
        Kidney = Trajectory.Constant(0.2),
        Inflammation = Trajectory.Constant(0.45),
        Ventilated = [(0, 6)],
        ArterialLineUntil = 12,
        WeightKg = 95,
    }, new ChartingPlan { LabsEveryHours = 8, GasEveryHours = 6 });

    private static DateTimeOffset Ago(double hours) => AsOf.AddMinutes(-60 * hours);

    private static SampleStay Simulated(long seed, int number, SampleStay stay, Course course, ChartingPlan plan, Func<SampleValue, bool>? keep = null)
    {
        var random = new SplitMix(unchecked((ulong)seed * 1_000_003 + (ulong)number));
        var values = Charting.Chart(course, plan, random);
        return stay with
        {
            Values = keep is null ? values : [.. values.Where(keep)],
            Ventilation = [.. course.Ventilated.Select(v => new SampleVentilation((int)(v.From * 60), v.To is { } to ? (int)(to * 60) : null))],
        };
    }
}
