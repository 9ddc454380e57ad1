using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access;
using MedAI.Fhir.Reading;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Reading;

/// <summary>A made-up patient's FHIR data in pieces, and the shortest way to read it.</summary>
internal static class Chart
{
    public const string Base = "https://ehr.example.org/fhir";
    public const string Ucum = "http://unitsofmeasure.org";
    public const string Loinc = "http://loinc.org";
    public const string Hsloc = "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html";

    /// <summary>Far from the wall clock, like the dates of de-identified data.</summary>
    public static readonly DateTimeOffset Start = new(2150, 3, 1, 8, 0, 0, TimeSpan.FromHours(-5));

    public static readonly DateTimeOffset AsOf = Start.AddHours(24);

    public static readonly VariableTable Variables = new(Manifest());

    public static string Time(double hour) => Start.AddHours(hour).ToString("yyyy-MM-ddTHH:mm:ss.fffzzz");

    public static JsonObject Patient(Action<JsonObject>? change = null) =>
        With(Json("""{"resourceType":"Patient","id":"p1","gender":"female","birthDate":"2088-05-17"}"""), change);

    public static JsonObject Icu(string code = "1027-2", Action<JsonObject>? change = null) =>
        With(Json($$"""{"resourceType":"Location","id":"unit","type":[{"coding":[{"system":"{{Hsloc}}","code":"{{code}}"}]}]}"""), change);

    public static JsonObject Encounter(Action<JsonObject>? change = null) => With(Json($$$$"""
        {"resourceType":"Encounter","id":"e1","status":"in-progress","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ACUTE"},
         "subject":{"reference":"Patient/p1"},"period":{"start":"{{{{Time(-30)}}}}"},
         "location":[{"location":{"reference":"Location/unit"},"status":"active","period":{"start":"{{{{Time(0)}}}}"}}]}
        """), change);

    /// <summary>A final Observation of a LOINC code in a UCUM unit, some hours after the stay's start.</summary>
    public static JsonObject Observation(string code, double value, string unit, double hour = 1, Action<JsonObject>? change = null) => With(Json($$$$"""
        {"resourceType":"Observation","id":"o-{{{{code}}}}-{{{{hour}}}}","status":"final","code":{"coding":[{"system":"{{{{Loinc}}}}","code":"{{{{code}}}}"}]},
         "subject":{"reference":"Patient/p1"},"effectiveDateTime":"{{{{Time(hour)}}}}",
         "valueQuantity":{"value":{{{{value.ToString(System.Globalization.CultureInfo.InvariantCulture)}}}},"unit":"{{{{unit}}}}","system":"{{{{Ucum}}}}","code":"{{{{unit}}}}"}}
        """), change);

    public static JsonObject Heart(Action<JsonObject>? change = null) => Observation("8867-4", 90, "/min", 1, change);

    /// <summary>Without value: for tests that set their own.</summary>
    public static JsonObject Bare(string code, Action<JsonObject> change) => Observation(code, 0, "1", 1, o =>
    {
        o.Remove("valueQuantity");
        change(o);
    });

    public static JsonObject Bundle(string type, params IEnumerable<JsonObject> resources)
    {
        var entries = new JsonArray();
        foreach (var resource in resources)
            entries.Add(resource.ContainsKey("resource") ? resource : new JsonObject { ["resource"] = resource });
        return new JsonObject { ["resourceType"] = "Bundle", ["type"] = type, ["entry"] = entries };
    }

    public static JsonNode Value(string json) => JsonNode.Parse(json)!;

    public static JsonObject Json(string json) => JsonNode.Parse(json)!.AsObject();

    public static ClinicalDocument Document(string name, JsonNode? json) => new(name, JsonSerializer.SerializeToElement(json));

    /// <summary>Reads a patient in an ICU with these resources.</summary>
    public static ReadingResult Read(params IEnumerable<JsonObject> resources) => ReadAll(null, null, [Patient(), Encounter(), Icu(), .. resources]);

    /// <summary>Reads exactly these resources.</summary>
    public static ReadingResult ReadAll(Func<ReadingRequest, ReadingRequest>? with, ClinicalDataReader? reader, params IEnumerable<JsonObject> resources) =>
        ReadDocuments(with, reader, Document("prefetch.all", Bundle("collection", resources)));

    public static ReadingResult ReadDocuments(Func<ReadingRequest, ReadingRequest>? with, ClinicalDataReader? reader, params ClinicalDocument[] documents)
    {
        var request = new ReadingRequest { Documents = documents, Patient = new PatientKey("default", Base, "p1"), AsOf = AsOf, ClockTolerance = TimeSpan.FromMinutes(5) };
        return (reader ?? new ClinicalDataReader(Variables)).Read(with is null ? request : with(request));
    }

    public static PatientTimeline Timeline(this ReadingResult result)
    {
        Assert.Empty(result.Problems);
        return Assert.IsType<PatientTimeline>(result.Timeline);
    }

    public static PatientTimeline Timeline(params IEnumerable<JsonObject> resources) => Read(resources).Timeline();

    /// <summary>The one measurement that these resources give.</summary>
    public static Measurement Measured(params IEnumerable<JsonObject> resources)
    {
        var timeline = Timeline(resources);
        Assert.Empty(timeline.Quality.Rejected);
        return Assert.Single(timeline.Measurements);
    }

    /// <summary>The one rejection of resources that give no measurement.</summary>
    public static Rejection Rejected(params IEnumerable<JsonObject> resources)
    {
        var timeline = Timeline(resources);
        Assert.Empty(timeline.Measurements);
        Assert.Empty(timeline.States);
        return Assert.Single(timeline.Quality.Rejected);
    }

    private static JsonObject With(JsonObject json, Action<JsonObject>? change)
    {
        change?.Invoke(json);
        return json;
    }

    /// <summary>The shared test manifest with two more laboratory values that real data gets wrong.</summary>
    private static ModelManifest Manifest()
    {
        var manifest = TestManifest.Create();
        var model = manifest.Variables.First(v => v.Id == "Platelets");
        return manifest with
        {
            Variables =
            [
                .. manifest.Variables,
                model with { Id = "WBC", Title = "White cells", Hard = new(0.1, 500), Codes = [new() { System = Loinc, Code = "6690-2" }] },
                model with
                {
                    Id = "Mg", Title = "Magnesium", Unit = "mg/dL", Hard = new(0.2, 15), Units = [new("mg/dL"), new("mmol/L", 2.431)], Aliases = [],
                    Codes = [new() { System = Loinc, Code = "19123-9" }, new() { System = Loinc, Code = "2601-3", Units = [new("mmol/L", 2.431)] }],
                },
            ],
        };
    }
}
