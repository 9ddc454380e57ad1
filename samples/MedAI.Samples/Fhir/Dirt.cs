using System.Text.Json.Nodes;
using MedAI.Samples.Stays;

namespace MedAI.Samples.Fhir;

/// <summary>Adds to a clean stay what real data brings along: a reader must sort every one of these out.</summary>
internal static class Dirt
{
    public static IEnumerable<JsonObject> Write(SampleStay stay, Resources resources)
    {
        // A decimal point lost, a lead fallen off, a bag read instead of its hourly change.
        yield return Plain(resources, "pH", 735, 400, 735);
        yield return Plain(resources, "HR", 0, 415, 0);
        yield return Plain(resources, "WBC", 12500, 430, 12500);
        yield return Plain(resources, "Urine", 19990, 440, 19990);

        var mistake = Plain(resources, "HR", 196, 455, 196);
        mistake["status"] = "entered-in-error";
        yield return mistake;

        var early = Plain(resources, "K", 6.9, 700, 6.9m);
        early["status"] = "preliminary";
        yield return early;

        // The same result twice, as two interfaces deliver it.
        var lactate = stay.Values.First(v => v.Variable == "Lactate");
        yield return resources.Observation(lactate);

        // Venous blood under an arterial code, and under its own.
        var specimen = new JsonObject
        {
            ["resourceType"] = "Specimen",
            ["id"] = $"{stay.Id}-venous",
            ["type"] = Resources.SpecimenType("122555007", "Venous blood specimen"),
            ["subject"] = Resources.Reference(resources.PatientReference),
        };
        yield return specimen;
        foreach (var (variable, value) in new[] { ("pH", 7.31), ("PaCO2", 52), ("PaO2", 38) })
        {
            var gas = Plain(resources, variable, value, 610, (decimal)value);
            gas["specimen"] = Resources.Reference($"Specimen/{stay.Id}-venous");
            yield return gas;
        }
        yield return resources.Observation("pH", "laboratory", Resources.Coding(Resources.Loinc, "2746-6", "pH of Venous blood"), 610, Resources.Quantity(7.31m, "pH", "[pH]"));

        // Below the detection limit.
        var troponin = Plain(resources, "TroponinT", 0.01, 90, 0.01m);
        troponin["valueQuantity"]!["comparator"] = "<";
        yield return troponin;

        // Not measured, and why.
        var absent = Plain(resources, "Temp", 0, 500, 0);
        absent.Remove("valueQuantity");
        absent["dataAbsentReason"] = Resources.Concept(Resources.Coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-performed", "Not Performed"));
        yield return absent;

        // No unit at all; a unit that is not one of temperature; only the day is known; only the time of the report is known.
        var bare = Plain(resources, "Glucose", 9.1, 520, 9.1m);
        bare["valueQuantity"] = new JsonObject { ["value"] = 9.1m };
        yield return bare;
        var farad = Plain(resources, "Temp", 100.9, 560, 100.9m);
        farad["valueQuantity"] = Resources.Quantity(100.9m, "F", "F");
        yield return farad;
        var dayOnly = Plain(resources, "Na", 128, 600, 128);
        dayOnly["effectiveDateTime"] = resources.At(600)[..10];
        yield return dayOnly;
        var reportedOnly = Plain(resources, "Creatinine", 1.4, 820, 1.4m);
        reportedOnly.Remove("effectiveDateTime");
        yield return reportedOnly;

        // Drawn before as-of but not reported yet; and a chart entry for later today.
        int asOf = (int)(SampleStays.AsOf - stay.Start).TotalMinutes;
        yield return Plain(resources, "Lactate", 5.5, asOf - 10, 5.5m);
        yield return Plain(resources, "HR", 61, asOf + 90, 61);
    }

    private static JsonObject Plain(Resources resources, string variable, double value, int minute, decimal shown)
    {
        var quantity = MeasuredQuantity.Of(new SampleValue(minute, variable, value));
        return resources.Observation(quantity, minute, Resources.Quantity(shown, quantity.UnitText, quantity.Ucum));
    }
}
