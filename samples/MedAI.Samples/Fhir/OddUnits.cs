using System.Text.Json.Nodes;
using MedAI.Samples.Stays;

namespace MedAI.Samples.Fhir;

/// <summary>Writes a stay as another hospital would: SI units, degrees Fahrenheit, pounds, fractions, panels and Glasgow parts.</summary>
internal static class OddUnits
{
    private const decimal KiloPascal = 7.50062m;

    public static IEnumerable<JsonObject> Write(SampleStay stay, Resources resources)
    {
        foreach (var moment in stay.Values.GroupBy(v => v.Minute))
        {
            var left = moment.ToDictionary(v => (v.Variable, v.PulseOximetry), v => v.Value);
            if (left.Remove(("NISysABP", false), out double systolic) && left.Remove(("NIDiasABP", false), out double diastolic))
            {
                left.Remove(("NIMAP", false));
                yield return PressurePanel(resources, moment.Key, systolic, diastolic);
            }
            if (left.Remove(("GCS", false), out double coma))
                yield return ComaParts(resources, moment.Key, (int)coma);
            foreach (var value in moment)
            {
                if (left.ContainsKey((value.Variable, value.PulseOximetry)))
                    yield return Single(resources, value);
            }
        }
        if (stay.HeightCm is { } height)
            yield return resources.Observation(MeasuredQuantity.Height, 10, Resources.Quantity(Math.Round((decimal)height / 2.54m, 1), "in", "[in_i]"));
    }

    private static JsonObject Single(Resources resources, SampleValue value)
    {
        var quantity = MeasuredQuantity.Of(value);
        decimal x = (decimal)value.Value;
        (string loinc, decimal shown, string unit, string ucum) = value.Variable switch
        {
            "Temp" => ("8331-1", Math.Round(x * 1.8m + 32, 1), "degF", "[degF]"),
            "Weight" => ("3141-9", Math.Round(x / 0.45359237m, 1), "lb", "[lb_av]"),
            "PaO2" => (quantity.Loinc, Math.Round(x / KiloPascal, 1), "kPa", "kPa"),
            "PaCO2" => (quantity.Loinc, Math.Round(x / KiloPascal, 2), "kPa", "kPa"),
            "Glucose" => ("14749-6", Math.Round(x / 18.016m, 1), "mmol/L", "mmol/L"),
            "Creatinine" => ("14682-9", Math.Round(x * 88.42m), "umol/L", "umol/L"),
            "Bilirubin" => ("14631-6", Math.Round(x * 17.10m), "umol/L", "umol/L"),
            "BUN" => ("22664-7", Math.Round(x / 2.801m, 1), "mmol/L", "mmol/L"),
            "Lactate" => ("32693-4", Math.Round(x / 0.111m), "mg/dL", "mg/dL"),
            "Mg" => ("2601-3", Math.Round(x / 2.431m, 2), "mmol/L", "mmol/L"),
            "Albumin" => (quantity.Loinc, x * 10, "g/L", "g/L"),
            "HCT" => ("71833-8", x / 100, "L/L", "L/L"),
            "Platelets" => ("26515-7", x, "10^9/L", "10*9/L"),
            "WBC" => ("26464-8", x * 1000, "/uL", "/uL"),
            "HCO3" => ("2028-9", x, "mEq/L", "meq/L"),
            "K" => ("6298-4", x, "mEq/L", "meq/L"),
            "Na" => ("2947-0", x, "mEq/L", "meq/L"),
            "ALP" or "ALT" or "AST" => (quantity.Loinc, x, "IU/L", "[IU]/L"),
            "FiO2" => ("19996-8", x, "", "1"),
            "SaO2" => (quantity.Loinc, x / 100, "", "1"),
            "TroponinT" => (quantity.Loinc, x * 1000, "ng/L", "ng/L"),
            "Urine" => (quantity.Loinc, x / 1000, "L", "L"),
            "HR" => (quantity.Loinc, x, "bpm", "{beats}/min"),
            _ => (quantity.Loinc, quantity.Shown(value.Value), quantity.UnitText, quantity.Ucum),
        };
        var stated = Resources.Quantity(shown, unit, ucum);
        if (unit.Length == 0)
            stated.Remove("unit");
        return resources.Observation(quantity with { Loinc = loinc, Display = loinc == quantity.Loinc ? quantity.Display : $"{value.Variable} ({unit})".Replace(" ()", "") }, value.Minute, stated);
    }

    private static JsonObject PressurePanel(Resources resources, int minute, double systolic, double diastolic)
    {
        var panel = resources.Observation("bp", "vital-signs", Resources.Coding(Resources.Loinc, "85354-9", "Blood pressure panel with all children optional"), minute, null);
        panel.Remove("valueQuantity");
        panel["component"] = new JsonArray(
            Component("8480-6", "Systolic blood pressure", Resources.Quantity(Math.Round((decimal)systolic / KiloPascal, 1), "kPa", "kPa")),
            Component("8462-4", "Diastolic blood pressure", Resources.Quantity(Math.Round((decimal)diastolic / KiloPascal, 1), "kPa", "kPa")));
        return panel;
    }

    /// <summary>Splits a total into eye, verbal and motor as they usually fall together: speech goes first, movement last.</summary>
    private static JsonObject ComaParts(Resources resources, int minute, int total)
    {
        int motor = Math.Clamp(total - 2, 1, 6);
        int eye = Math.Clamp(total - motor - 1, 1, 4);
        int verbal = total - motor - eye;
        var panel = resources.Observation("gcs", "exam", Resources.Coding(Resources.Loinc, "35088-4", "Glasgow coma scale"), minute, null);
        panel.Remove("valueQuantity");
        panel["component"] = new JsonArray(
            Component("9267-6", "Glasgow coma score eye opening", Resources.Quantity(eye, "score", "{score}")),
            Component("9270-0", "Glasgow coma score verbal", Resources.Quantity(verbal, "score", "{score}")),
            Component("9268-4", "Glasgow coma score motor", Resources.Quantity(motor, "score", "{score}")));
        return panel;
    }

    private static JsonObject Component(string loinc, string display, JsonObject quantity) => new()
    {
        ["code"] = Resources.Concept(Resources.Coding(Resources.Loinc, loinc, display)),
        ["valueQuantity"] = quantity,
    };
}
