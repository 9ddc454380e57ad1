using System.Text.Json.Nodes;
using MedAI.Samples.Stays;

namespace MedAI.Samples.Fhir;

/// <summary>Makes the FHIR R4 resources of one made-up stay.</summary>
internal sealed class Resources(SampleStay stay)
{
    public const string Loinc = "http://loinc.org";
    public const string Ucum = "http://unitsofmeasure.org";
    private const string Snomed = "http://snomed.info/sct";
    private const string Hsloc = "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html";
    private const string ActCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    private const string ObservationCategory = "http://terminology.hl7.org/CodeSystem/observation-category";

    private readonly Dictionary<string, int> _numbers = [];

    public string PatientReference => $"Patient/{stay.Id}";

    public string EncounterId => $"{stay.Id}-stay";

    public string EncounterReference => $"Encounter/{EncounterId}";

    public static string Instant(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:sszzz");

    public string At(int minute) => Instant(stay.Start.AddMinutes(minute));

    public static JsonObject Group(string id, string name, IReadOnlyList<string> patients) => new()
    {
        ["resourceType"] = "Group",
        ["id"] = id,
        ["type"] = "person",
        ["actual"] = true,
        ["name"] = name,
        ["quantity"] = patients.Count,
        ["member"] = new JsonArray([.. patients.Select(p => (JsonNode)new JsonObject { ["entity"] = Reference("Patient/" + p) })]),
    };

    public JsonObject Patient() => new()
    {
        ["resourceType"] = "Patient",
        ["id"] = stay.Id,
        ["identifier"] = new JsonArray(new JsonObject { ["system"] = "http://example.org/demo-patients", ["value"] = stay.Id }),
        ["active"] = true,
        ["name"] = new JsonArray(new JsonObject { ["use"] = "official", ["family"] = stay.Family, ["given"] = new JsonArray(stay.Given) }),
        ["gender"] = stay.Male ? "male" : "female",
        ["birthDate"] = stay.BirthDate.ToString("yyyy-MM-dd"),
    };

    public JsonObject Location()
    {
        var (id, name, type) = Place(stay.Unit);
        return new JsonObject
        {
            ["resourceType"] = "Location",
            ["id"] = id,
            ["status"] = "active",
            ["name"] = name,
            ["mode"] = "instance",
            ["type"] = new JsonArray(Concept(type)),
        };
    }

    public JsonObject Encounter()
    {
        var period = new JsonObject { ["start"] = Instant(stay.Start) };
        var located = new JsonObject { ["start"] = Instant(stay.Start) };
        if (stay.End is { } end)
        {
            period["end"] = Instant(end);
            located["end"] = Instant(end);
        }
        bool clinic = stay.Unit == SampleUnit.Clinic;
        return new JsonObject
        {
            ["resourceType"] = "Encounter",
            ["id"] = EncounterId,
            ["status"] = stay.End is null ? "in-progress" : "finished",
            ["class"] = clinic ? Coding(ActCode, "AMB", "ambulatory") : Coding(ActCode, "IMP", "inpatient encounter"),
            ["subject"] = Reference(PatientReference),
            ["period"] = period,
            ["location"] = new JsonArray(new JsonObject
            {
                ["location"] = Reference($"Location/{Place(stay.Unit).Id}"),
                ["status"] = stay.End is null ? "active" : "completed",
                ["period"] = located,
            }),
        };
    }

    public JsonObject Observation(SampleValue value)
    {
        var quantity = MeasuredQuantity.Of(value);
        var observation = Observation(quantity, value.Minute, Quantity(quantity.Shown(value.Value), quantity.UnitText, quantity.Ucum));
        // R4's oxygensat profile wants the arterial code on every vital-signs saturation, US Core adds the oximeter's.
        if (value.PulseOximetry)
            observation["code"]!["coding"]!.AsArray().Add(Coding(Loinc, "2708-6", "Oxygen saturation in Arterial blood"));
        return observation;
    }

    public JsonObject Observation(MeasuredQuantity quantity, int minute, JsonObject value) =>
        Observation(quantity.Variable, quantity.Category, Coding(Loinc, quantity.Loinc, quantity.Display), minute, value);

    public JsonObject Observation(string name, string category, JsonObject coding, int minute, JsonObject? value) => new()
    {
        ["resourceType"] = "Observation",
        ["id"] = NextId(name),
        ["status"] = "final",
        ["category"] = new JsonArray(new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = ObservationCategory, ["code"] = category }) }),
        ["code"] = Concept(coding),
        ["subject"] = Reference(PatientReference),
        ["encounter"] = Reference(EncounterReference),
        ["effectiveDateTime"] = At(minute),
        ["issued"] = At(minute + ReportedAfter(category)),
        ["valueQuantity"] = value,
    };

    /// <summary>Minutes until the value can be seen: at once at the bedside, later from the laboratory.</summary>
    public static int ReportedAfter(string category) => category == "laboratory" ? 35 : 1;

    public JsonObject Height(double centimetres)
    {
        var quantity = MeasuredQuantity.Height;
        return Observation(quantity, 10, Quantity((decimal)centimetres, quantity.UnitText, quantity.Ucum));
    }

    public JsonObject Ventilation(SampleVentilation ventilation, int number)
    {
        var period = new JsonObject { ["start"] = At(ventilation.StartMinute) };
        if (ventilation.EndMinute is { } end)
            period["end"] = At(end);
        return new JsonObject
        {
            ["resourceType"] = "Procedure",
            ["id"] = $"{stay.Id}-ventilation-{number}",
            ["status"] = ventilation.EndMinute is null ? "in-progress" : "completed",
            ["code"] = Concept(Coding(Snomed, "40617009", "Artificial respiration")),
            ["subject"] = Reference(PatientReference),
            ["encounter"] = Reference(EncounterReference),
            ["performedPeriod"] = period,
        };
    }

    public static JsonObject Coding(string system, string code, string display) => new() { ["system"] = system, ["code"] = code, ["display"] = display };

    public static JsonObject Concept(JsonObject coding) => new() { ["coding"] = new JsonArray(coding) };

    public static JsonObject Reference(string reference) => new() { ["reference"] = reference };

    public static JsonObject Quantity(decimal value, string unit, string ucum) => new() { ["value"] = value, ["unit"] = unit, ["system"] = Ucum, ["code"] = ucum };

    public static JsonObject SpecimenType(string code, string display) => Concept(Coding(Snomed, code, display));

    private string NextId(string name)
    {
        int number = _numbers[name] = _numbers.GetValueOrDefault(name) + 1;
        return $"{stay.Id}-{name.ToLowerInvariant()}-{number}";
    }

    private static (string Id, string Name, JsonObject Type) Place(SampleUnit unit) => unit switch
    {
        SampleUnit.Coronary => ("demo-icu-coronary", "Coronary care unit", Coding(Hsloc, "1028-0", "Medical Cardiac Critical Care")),
        SampleUnit.CardiacSurgery => ("demo-icu-cardiac-surgery", "Cardiac surgery ICU", Coding(Hsloc, "1032-2", "Surgical Cardiothoracic Critical Care")),
        SampleUnit.Medical => ("demo-icu-medical", "Medical ICU", Coding(Hsloc, "1027-2", "Medical Critical Care")),
        SampleUnit.Surgical => ("demo-icu-surgical", "Surgical ICU", Coding(Hsloc, "1030-6", "Surgical Critical Care")),
        _ => ("demo-clinic", "Outpatient clinic", Coding("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "OF", "Outpatient facility")),
    };
}
