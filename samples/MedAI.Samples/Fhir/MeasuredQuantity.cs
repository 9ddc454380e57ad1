using MedAI.Samples.Stays;

namespace MedAI.Samples.Fhir;

/// <summary>How an EHR would code one variable: LOINC, UCUM and category.</summary>
/// <param name="Variable">Model's variable id.</param>
/// <param name="Loinc">Preferred code.</param>
/// <param name="Display">Words for the code.</param>
/// <param name="Ucum">Unit code.</param>
/// <param name="UnitText">Unit as people write it.</param>
/// <param name="Category">Code of the observation-category code system.</param>
internal sealed record MeasuredQuantity(string Variable, string Loinc, string Display, string Ucum, string UnitText, string Category)
{
    public const string PulseOximetryLoinc = "59408-5";

    public static readonly MeasuredQuantity PulseOximetry = new("SaO2", PulseOximetryLoinc, "Oxygen saturation in Arterial blood by Pulse oximetry", "%", "%", "vital-signs");

    public static readonly MeasuredQuantity Height = new("Height", "8302-2", "Body height", "cm", "cm", "vital-signs");

    private static readonly Dictionary<string, MeasuredQuantity> Known = new MeasuredQuantity[]
    {
        new("HR", "8867-4", "Heart rate", "/min", "beats/minute", "vital-signs"),
        new("RespRate", "9279-1", "Respiratory rate", "/min", "breaths/minute", "vital-signs"),
        new("Temp", "8310-5", "Body temperature", "Cel", "C", "vital-signs"),
        new("SysABP", "76215-3", "Invasive Systolic blood pressure", "mm[Hg]", "mmHg", "vital-signs"),
        new("DiasABP", "76213-8", "Invasive Diastolic blood pressure", "mm[Hg]", "mmHg", "vital-signs"),
        new("MAP", "76214-6", "Invasive Mean blood pressure", "mm[Hg]", "mmHg", "vital-signs"),
        new("NISysABP", "76534-7", "Systolic blood pressure by Noninvasive", "mm[Hg]", "mmHg", "vital-signs"),
        new("NIDiasABP", "76535-4", "Diastolic blood pressure by Noninvasive", "mm[Hg]", "mmHg", "vital-signs"),
        new("NIMAP", "76536-2", "Mean blood pressure by Noninvasive", "mm[Hg]", "mmHg", "vital-signs"),
        new("GCS", "9269-2", "Glasgow coma score total", "{score}", "score", "exam"),
        new("FiO2", "3150-0", "Inhaled oxygen concentration", "%", "%", "therapy"),
        new("Urine", "9187-6", "Urine output", "mL", "mL", "exam"),
        new("Weight", "29463-7", "Body weight", "kg", "kg", "vital-signs"),
        new("Albumin", "1751-7", "Albumin [Mass/volume] in Serum or Plasma", "g/dL", "g/dL", "laboratory"),
        new("ALP", "6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", "U/L", "U/L", "laboratory"),
        new("ALT", "1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", "U/L", "laboratory"),
        new("AST", "1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", "U/L", "laboratory"),
        new("Bilirubin", "1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL", "mg/dL", "laboratory"),
        new("BUN", "3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "mg/dL", "mg/dL", "laboratory"),
        new("Creatinine", "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", "mg/dL", "laboratory"),
        new("Glucose", "2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", "mg/dL", "laboratory"),
        new("HCO3", "1963-8", "Bicarbonate [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", "laboratory"),
        new("HCT", "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", "%", "laboratory"),
        new("K", "2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", "laboratory"),
        new("Lactate", "2518-9", "Lactate [Moles/volume] in Arterial blood", "mmol/L", "mmol/L", "laboratory"),
        new("Mg", "19123-9", "Magnesium [Mass/volume] in Serum or Plasma", "mg/dL", "mg/dL", "laboratory"),
        new("Na", "2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", "laboratory"),
        new("PaCO2", "2019-8", "Carbon dioxide [Partial pressure] in Arterial blood", "mm[Hg]", "mmHg", "laboratory"),
        new("PaO2", "2703-7", "Oxygen [Partial pressure] in Arterial blood", "mm[Hg]", "mmHg", "laboratory"),
        new("pH", "2744-1", "pH of Arterial blood", "[pH]", "pH", "laboratory"),
        new("Platelets", "777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", "K/uL", "laboratory"),
        new("SaO2", "2708-6", "Oxygen saturation in Arterial blood", "%", "%", "laboratory"),
        new("TroponinT", "6598-7", "Troponin T.cardiac [Mass/volume] in Serum or Plasma", "ug/L", "ug/L", "laboratory"),
        new("WBC", "6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", "K/uL", "laboratory"),
    }.ToDictionary(q => q.Variable);

    public static MeasuredQuantity Of(SampleValue value) => value.PulseOximetry ? PulseOximetry : Known[value.Variable];

    /// <summary>The number in <see cref="Ucum"/>: inspired oxygen is charted in percent, everything else in the model's unit.</summary>
    public decimal Shown(double value) => Variable == "FiO2" ? Math.Round((decimal)value * 100) : (decimal)value;
}
