namespace MedAI.Testing.Icu2012;

/// <summary>One way in which an EHR may state a variable of the challenge: code and unit.</summary>
/// <param name="Loinc">LOINC code.</param>
/// <param name="Ucum">Unit code.</param>
/// <param name="Factor">The challenge's value = stated value * Factor + Offset.</param>
internal sealed record LegalCoding(string Loinc, string Ucum, double Factor = 1, double Offset = 0)
{
    public double Stated(double value) => (value - Offset) / Factor;
}

/// <summary>Codes and units of the challenge's parameters, kept apart from the model's manifest so that the two can disagree in a test.</summary>
/// <remarks>
/// Conversion factors: kPa 7.50062 mm Hg; molar masses of bilirubin (17.10 umol/L per mg/dL), creatinine (88.42), glucose (18.016 mg/dL
/// per mmol/L), urea nitrogen (2.801; urea by mass 0.467), cholesterol (38.67), magnesium (2.431), lactate (0.111 mmol/L per mg/dL).
/// Left out on purpose, because they measure something else: 24-hour urine, high-sensitivity troponin, pulse oximetry.
/// </remarks>
internal static class LegalCodings
{
    private static readonly LegalCoding[] Enzyme = [new("", "U/L"), new("", "[IU]/L"), new("", "ukat/L", 60)];
    private static readonly LegalCoding[] Pressure = [new("", "mm[Hg]"), new("", "kPa", 7.50062)];
    private static readonly LegalCoding[] Monovalent = [new("", "mmol/L"), new("", "meq/L")];
    private static readonly LegalCoding[] Cells = [new("", "10*3/uL"), new("", "10*9/L"), new("", "/uL", 0.001)];
    private static readonly LegalCoding[] Troponin = [new("", "ug/L"), new("", "ng/mL"), new("", "ng/L", 0.001), new("", "pg/mL", 0.001)];

    /// <summary>By parameter: category and every legal coding, the plain one first.</summary>
    public static readonly IReadOnlyDictionary<string, (string Category, LegalCoding[] Codings)> Of = new Dictionary<string, (string, LegalCoding[])>
    {
        ["Albumin"] = Lab([new("", "g/dL"), new("", "g/L", 0.1)], "1751-7", "61151-7"),
        ["ALP"] = Lab(Enzyme, "6768-6"),
        ["ALT"] = Lab(Enzyme, "1742-6", "1743-4"),
        ["AST"] = Lab(Enzyme, "1920-8", "30239-8"),
        ["Bilirubin"] = ("laboratory", [new("1975-2", "mg/dL"), new("1975-2", "umol/L", 1 / 17.10), new("14631-6", "umol/L", 1 / 17.10)]),
        ["BUN"] = ("laboratory", [new("3094-0", "mg/dL"), new("6299-2", "mg/dL"), new("3094-0", "mmol/L", 2.801), new("22664-7", "mmol/L", 2.801), new("22664-7", "mg/dL", 0.467)]),
        ["Cholesterol"] = ("laboratory", [new("2093-3", "mg/dL"), new("2093-3", "mmol/L", 38.67), new("14647-2", "mmol/L", 38.67)]),
        ["Creatinine"] = ("laboratory", [new("2160-0", "mg/dL"), new("38483-4", "mg/dL"), new("2160-0", "umol/L", 1 / 88.42), new("14682-9", "umol/L", 1 / 88.42)]),
        ["DiasABP"] = Vital(Pressure, "76213-8"),
        ["FiO2"] = ("therapy", [new("3150-0", "1"), new("3150-0", "%", 0.01), new("19996-8", "%", 0.01), new("19996-8", "{fraction}")]),
        ["GCS"] = ("exam", [new("9269-2", "{score}"), new("9269-2", "1")]),
        ["Glucose"] = ("laboratory", [new("2345-7", "mg/dL"), new("2339-0", "mg/dL"), new("41653-7", "mg/dL"), new("2345-7", "mmol/L", 18.016), new("14749-6", "mmol/L", 18.016), new("15074-8", "mmol/L", 18.016)]),
        ["HCO3"] = Lab(Monovalent, "1963-8", "1959-6", "1960-4", "2028-9", "20565-8"),
        ["HCT"] = ("laboratory", [new("4544-3", "%"), new("20570-8", "%"), new("4544-3", "L/L", 100), new("71833-8", "L/L", 100)]),
        ["HR"] = Vital([new("", "/min"), new("", "{beats}/min")], "8867-4", "76282-3"),
        ["K"] = Lab(Monovalent, "2823-3", "6298-4", "32713-0"),
        ["Lactate"] = Lab([new("", "mmol/L"), new("", "mg/dL", 0.111)], "2524-7", "32693-4", "2518-9"),
        ["Mg"] = ("laboratory", [new("19123-9", "mg/dL"), new("19123-9", "mmol/L", 2.431), new("2601-3", "mmol/L", 2.431)]),
        ["MAP"] = Vital(Pressure, "76214-6"),
        ["Na"] = Lab(Monovalent, "2951-2", "2947-0"),
        ["NIDiasABP"] = Vital(Pressure, "76535-4"),
        ["NIMAP"] = Vital(Pressure, "76536-2"),
        ["NISysABP"] = Vital(Pressure, "76534-7"),
        ["PaCO2"] = Lab(Pressure, "2019-8", "11557-6"),
        ["PaO2"] = Lab(Pressure, "2703-7", "11556-8"),
        ["pH"] = Lab([new("", "[pH]"), new("", "1")], "2744-1", "11558-4"),
        ["Platelets"] = Lab(Cells, "777-3", "26515-7"),
        ["RespRate"] = Vital([new("", "/min"), new("", "{breaths}/min")], "9279-1"),
        ["SaO2"] = Lab([new("", "%"), new("", "1", 100)], "2708-6", "20564-1"),
        ["SysABP"] = Vital(Pressure, "76215-3"),
        ["Temp"] = Vital([new("", "Cel"), new("", "[degF]", 5.0 / 9, -160.0 / 9), new("", "K", 1, -273.15)], "8310-5", "8331-1", "60834-9"),
        ["TroponinI"] = Lab(Troponin, "10839-9"),
        ["TroponinT"] = Lab(Troponin, "6598-7"),
        ["Urine"] = ("exam", [new("9187-6", "mL"), new("9187-6", "L", 1000)]),
        ["WBC"] = Lab(Cells, "6690-2", "26464-8", "804-5"),
        ["Height"] = Vital([new("", "cm"), new("", "m", 100), new("", "[in_i]", 2.54)], "8302-2"),
        ["Weight"] = Vital([new("", "kg"), new("", "g", 0.001), new("", "[lb_av]", 0.45359237)], "29463-7", "3141-9"),
    };

    /// <summary>Generic pressure codes, which a method or panel turns into the arterial line or the cuff.</summary>
    public static readonly IReadOnlyDictionary<string, string> Generic = new Dictionary<string, string>
    {
        ["SysABP"] = "8480-6",
        ["DiasABP"] = "8462-4",
        ["MAP"] = "8478-0",
        ["NISysABP"] = "8480-6",
        ["NIDiasABP"] = "8462-4",
        ["NIMAP"] = "8478-0",
    };

    private static (string, LegalCoding[]) Lab(LegalCoding[] units, params string[] codes) => ("laboratory", Cross(units, codes));

    private static (string, LegalCoding[]) Vital(LegalCoding[] units, params string[] codes) => ("vital-signs", Cross(units, codes));

    private static LegalCoding[] Cross(LegalCoding[] units, string[] codes) => [.. codes.SelectMany(code => units.Select(unit => unit with { Loinc = code }))];
}
