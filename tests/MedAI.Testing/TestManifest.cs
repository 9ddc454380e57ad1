using System.Text.Json;
using MedAI.Models.Packages;

namespace MedAI.Testing;

/// <summary>A small, consistent manifest made in memory: every feature of the format on a handful of variables.</summary>
/// <remarks>Its numbers are made up for tests; change single parts with <c>with</c>.</remarks>
public static class TestManifest
{
    public const string Loinc = "http://loinc.org";
    public const string Snomed = "http://snomed.info/sct";
    public const string Ucum = "http://unitsofmeasure.org";

    /// <summary>SHA-256 of no bytes, where a test does not care for the hash.</summary>
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>The whole manifest, or one with only the named variables (the static ones stay in any case).</summary>
    /// <param name="only">Ids of the series variables to keep, in the manifest's own order; none keeps all.</param>
    public static ModelManifest Create(params string[] only)
    {
        var variables = Variables().Where(v => only.Length == 0 || v.Use == "static" || only.Contains(v.Id)).ToArray();
        int series = variables.Count(v => v.Use == "series");
        var statics = Statics();
        var anyOf = new[] { "GCS", "HR", "NISysABP", "SysABP" }.Where(id => variables.Any(v => v.Id == id)).ToArray();
        var trend = new[] { "HR", "Temp", "GCS" }.Where(id => variables.Any(v => v.Id == id)).ToArray();
        return new ModelManifest
        {
            SchemaVersion = "1.0",
            Id = "test-mortality",
            Version = "1.0.0",
            Title = "Test mortality",
            Kind = ModelKind.Sequence,
            Publisher = "MedAI tests",
            Licence = "Apache-2.0",
            IntendedUse = "Tests of the software only.",
            TrainingStatement = "Not trained; made up for tests.",
            Limitations = ["Predicts nothing."],
            Files = new ManifestFiles
            {
                Model = new ManifestFile("model.onnx", EmptyHash),
                Golden = new ManifestFile("golden.json", EmptyHash),
                ModelCard = new ManifestFile("model-card.json", EmptyHash),
            },
            Outcome = new ManifestOutcome
            {
                Coding = new ManifestCoding(Snomed, "419099009", "Dead"),
                Text = "death during this hospital stay",
                Horizon = "encounter",
                BaseRate = 0.14,
                BaseRateCohort = "a made-up cohort",
            },
            Timing = new ManifestTiming { TimeZero = "icu-stay-start", MinimumHours = 6, MaximumHours = 48 },
            Population = new ManifestPopulation { MinimumAgeYears = 16, Settings = ["icu"] },
            Encoder = new ManifestEncoder { Name = "hourly-grid", StepHours = 1, Statics = statics },
            Variables = variables,
            MinimumData = new ManifestMinimumData
            {
                DistinctVariables = Math.Min(3, series),
                AnyOf = anyOf.Length == 0 ? [] : [new ManifestVariableGroup("a vital sign", anyOf)],
                NewestWithinHours = 12,
            },
            Tensors = new ManifestTensors
            {
                Inputs =
                [
                    new ManifestTensor("values", "values", "float32", Shape("N", "T", series)),
                    new ManifestTensor("observed", "observed", "float32", Shape("N", "T", series)),
                    new ManifestTensor("hours_since", "hours-since", "float32", Shape("N", "T", series)),
                    new ManifestTensor("statics", "statics", "float32", Shape("N", statics.Count)),
                ],
                Outputs =
                [
                    new ManifestTensor("logit", "logit", "float32", Shape("N")),
                    new ManifestTensor("probability", "probability", "float32", Shape("N")),
                ],
            },
            Calibration = new ManifestCalibration([new(6, 0.9, -0.2), new(12, 0.95, -0.1), new(24, 1, 0), new(48, 1.1, 0.1)]),
            Thresholds =
            [
                new() { Id = "watch", Title = "Watch", Value = 0.1, Indicator = "info", AlertRate = 0.4, Sensitivity = 0.8, Ppv = 0.25 },
                new() { Id = "balanced", Title = "Balanced", Value = 0.3, Indicator = "warning", AlertRate = 0.2, Sensitivity = 0.55, Ppv = 0.55 },
                new() { Id = "alert", Title = "Alert", Value = 0.5, Indicator = "critical", AlertRate = 0.1, Sensitivity = 0.4, Ppv = 0.7 },
            ],
            Bands = [new(0, "negligible", "Negligible"), new(0.05, "low", "Low"), new(0.15, "moderate", "Moderate"), new(0.4, "high", "High")],
            Explanation = new ManifestExplanation("occlusion", 5),
            Service = new ManifestService
            {
                Hooks = ["patient-view"],
                Description = "Test service",
                Operations = ["assess-risk"],
                Topic = new ManifestCoding("urn:medai:topic", "test-mortality", "Test mortality"),
                CardSummary = "Estimated risk of death in this stay",
                Caution = "Research software, not for patient care.",
                Method = new ManifestCoding("urn:medai:method", "test-mortality", "Test mortality"),
                OverrideReasons = [new ManifestCoding("urn:medai:override", "not-applicable", "Does not apply to this patient")],
                TrendVariables = trend,
            },
        };
    }

    /// <summary>The eleven static features of the hourly-grid encoder.</summary>
    public static IReadOnlyList<ManifestStatic> Statics() =>
    [
        new("age", "age", 65),
        new("male", "sex", 0.5),
        new("icu-coronary", "icu-type", 0),
        new("icu-cardiac-surgery", "icu-type", 0),
        new("icu-medical", "icu-type", 0),
        new("icu-surgical", "icu-type", 0),
        new("icu-other", "icu-type", 0),
        new("height", "height", 170),
        new("height-observed", "height", 0),
        new("weight", "weight", 80),
        new("weight-observed", "weight", 0),
    ];

    private static IReadOnlyList<JsonElement> Shape(params object[] axes) => [.. axes.Select(a => JsonSerializer.SerializeToElement(a))];

    private static IEnumerable<ManifestVariable> Variables()
    {
        yield return Lab("Albumin", "Albumin", "g/dL", 0.3, 8, 3.1, [Code("1751-7"), Code("61151-7")], [new("g/L", 0.1)]);
        yield return Lab("ALT", "Alanine aminotransferase", "U/L", 0, 30000, 30, [Code("1742-6"), Code("1743-4")], [new("[IU]/L"), new("ukat/L", 60)])
            with
        { Aliases = [new("IU/L", "U/L")] };
        yield return Lab("BUN", "Blood urea nitrogen", "mg/dL", 1, 300, 21,
            [Code("3094-0"), Code("6299-2"), Code("22664-7") with { Units = [new("mmol/L", 2.801), new("mg/dL", 0.467)] }], [new("mmol/L", 2.801)]);
        yield return Lab("Creatinine", "Creatinine", "mg/dL", 0.1, 30, 1, [Code("2160-0"), Code("38483-4"), Code("14682-9")], [new("umol/L", 1 / 88.42)])
            with
        { Soft = new(0.2, 20) };
        yield return Pressure("DiasABP", "Diastolic pressure (arterial line)", 58, [Code("76213-8"), Code("8462-4") with { When = "invasive" }]);
        yield return Vital("FiO2", "Inspired oxygen fraction", "1", 0.21, 1, 0.5, [Code("3150-0"), Code("19996-8")], [new("%", 0.01)], []);
        yield return Vital("GCS", "Glasgow coma score", "{score}", 3, 15, 13, [Code("9269-2")], [new("1")], [new("", "{score}")]) with
        {
            Parts = new ManifestParts([Code("9267-6"), Code("9268-4"), Code("9270-0")], new Dictionary<string, double> { ["9270-0"] = 1 },
                new Dictionary<string, ManifestRange> { ["9267-6"] = new(1, 4), ["9268-4"] = new(1, 6), ["9270-0"] = new(1, 5) }),
        };
        yield return Lab("Glucose", "Glucose", "mg/dL", 5, 2000, 128,
            [Code("2345-7"), Code("2339-0"), Code("41653-7"), Code("14749-6") with { Units = [new("mmol/L", 18.016)] }], [new("mmol/L", 18.016)]);
        yield return Lab("HCT", "Haematocrit", "%", 5, 75, 31, [Code("4544-3"), Code("71833-8") with { Units = [new("1", 100), new("L/L", 100)] }], [new("L/L", 100)]);
        yield return Vital("HR", "Heart rate", "/min", 1, 350, 86, [Code("8867-4"), Code("76282-3")], [new("{beats}/min")], [new("bpm", "/min")])
            with
        { Soft = new(20, 300) };
        yield return Lab("K", "Potassium", "mmol/L", 1, 12, 4.1, [Code("2823-3"), Code("6298-4")], [new("meq/L")]) with { Aliases = [new("mEq/L", "meq/L")] };
        yield return Pressure("MAP", "Mean pressure (arterial line)", 80, [Code("76214-6"), Code("8478-0") with { When = "invasive" }]);
        yield return new ManifestVariable
        {
            Id = "MechVent",
            Title = "Mechanical ventilation",
            Role = "state",
            Unit = "1",
            Aggregation = "max",
            Hard = new(0, 1),
            StalenessHours = 8,
            Baseline = 0,
            Codes = [Code("20124-4"), Code("19835-8")],
            State = new ManifestState(8, [new ManifestCoding(Snomed, "40617009", "Artificial respiration")]),
        };
        yield return Pressure("NIDiasABP", "Diastolic pressure (cuff)", 58, [Code("76535-4"), Code("8462-4") with { When = "non-invasive" }]);
        yield return Pressure("NIMAP", "Mean pressure (cuff)", 77, [Code("76536-2"), Code("8478-0") with { When = "non-invasive" }])
            with
        { Derived = new ManifestDerivation("mean-pressure", ["NISysABP", "NIDiasABP"]) };
        yield return Pressure("NISysABP", "Systolic pressure (cuff)", 117, [Code("76534-7"), Code("8480-6") with { When = "non-invasive" }]);
        yield return Lab("PaO2", "Arterial oxygen pressure", "mm[Hg]", 10, 800, 120,
            [Code("2703-7") with { When = "not-venous" }, Code("11556-8") with { When = "arterial" }], [new("kPa", 7.50062)]) with
        { Aliases = [new("mmHg", "mm[Hg]")] };
        yield return Lab("pH", "Arterial pH", "[pH]", 6.5, 8, 7.38, [Code("2744-1"), Code("11558-4")], [new("1")]) with { Aliases = [new("", "[pH]"), new("units", "[pH]")] };
        yield return Lab("Platelets", "Platelets", "10*3/uL", 1, 3000, 190, [Code("777-3"), Code("26515-7")], [new("10*9/L"), new("/uL", 0.001)])
            with
        { Aliases = [new("K/uL", "10*3/uL"), new("K", "10*3/uL")] };
        yield return Vital("SaO2", "Oxygen saturation", "%", 20, 100, 97,
            [
                Code("20564-1"),
                Code("2708-6") with { When = "arterial-or-laboratory" },
                Code("2708-6") with { When = "vital-signs", Flag = "pulse-oximetry" },
                Code("59408-5") with { Flag = "pulse-oximetry" },
            ], [new("1", 100)], []);
        yield return Pressure("SysABP", "Systolic pressure (arterial line)", 118, [Code("76215-3"), Code("8480-6") with { When = "invasive" }]);
        yield return Vital("Temp", "Temperature", "Cel", 20, 45, 37.1, [Code("8310-5"), Code("8331-1")],
            [new("[degF]", 5.0 / 9, -160.0 / 9), new("K", 1, -273.15)], [new("F", "[degF]"), new("degF", "[degF]"), new("C", "Cel"), new("degC", "Cel")])
            with
        { Soft = new(25, 43) };
        yield return Lab("TroponinI", "Troponin I", "ug/L", 0, 1000, 0.8, [Code("10839-9"), Code("89579-7") with { Flag = "high-sensitivity-assay" }],
            [new("ng/mL"), new("ng/L", 0.001), new("pg/mL", 0.001)]);
        yield return Vital("Urine", "Urine output", "mL", 0, 11000, 100, [Code("9187-6")], [new("L", 1000)], [new("ml", "mL")])
            with
        { Aggregation = "sum", Category = null, StalenessHours = 6 };
        yield return Static("Height", "Height", "cm", 100, 250, 170, 24 * 3650, [Code("8302-2")], [new("[in_i]", 2.54), new("m", 100)]);
        yield return Static("Weight", "Weight", "kg", 20, 400, 80, 24 * 30, [Code("29463-7"), Code("3141-9")], [new("[lb_av]", 0.45359237), new("g", 0.001)])
            with
        { Aliases = [new("lb", "[lb_av]")] };
    }

    private static ManifestVariable Lab(string id, string title, string unit, double low, double high, double baseline, ManifestCode[] codes, ManifestUnit[] units) => new()
    {
        Id = id,
        Title = title,
        Unit = unit,
        Hard = new(low, high),
        StalenessHours = 24,
        Baseline = baseline,
        Category = "laboratory",
        Codes = codes,
        Units = [new(unit), .. units],
    };

    private static ManifestVariable Vital(string id, string title, string unit, double low, double high, double baseline, ManifestCode[] codes, ManifestUnit[] units,
        ManifestUnitAlias[] aliases) =>
        Lab(id, title, unit, low, high, baseline, codes, units) with { Category = "vital-signs", StalenessHours = 8, Aliases = aliases };

    private static ManifestVariable Pressure(string id, string title, double baseline, ManifestCode[] codes) =>
        Vital(id, title, "mm[Hg]", 10, 350, baseline, codes, [new("kPa", 7.50062)], [new("mmHg", "mm[Hg]")]);

    private static ManifestVariable Static(string id, string title, string unit, double low, double high, double baseline, double staleness, ManifestCode[] codes,
        ManifestUnit[] units) =>
        Lab(id, title, unit, low, high, baseline, codes, units) with { Use = "static", Category = "vital-signs", StalenessHours = staleness };

    private static ManifestCode Code(string code) => new() { System = Loinc, Code = code };
}
