using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access;
using MedAI.Fhir.Reading;
using MedAI.Models.Timelines;
using MedAI.Testing;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class ConceptMapTests
{
    private const string Items = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-d-items";
    private const string LabItems = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-d-labitems";
    private const string Units = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-units";

    private static readonly Lazy<ConceptMapTable> Shipped = new(() =>
    {
        var (table, problems) = ConceptMapTable.Load(ConceptMapTable.ShippedFolder);
        Assert.Empty(problems);
        return table;
    });

    private static ConceptMapTable Map(string elements) =>
        ConceptMapTable.Read(Encoding.UTF8.GetBytes($$"""{"resourceType":"ConceptMap","status":"active","group":[{"source":"urn:lab","target":"{{Loinc}}","element":[{{elements}}]}]}""")).Table;

    private static JsonObject Local(string system, string code, double value, string unit, double hour = 1) => Observation("x", value, unit, hour, o =>
    {
        o["id"] = $"local-{code}-{hour}";
        o["code"] = Value($$"""{"coding":[{"system":"{{system}}","code":"{{code}}"}]}""");
        o["valueQuantity"]!["system"] = Units;
    });

    private static PatientTimeline ReadLocal(ConceptMapTable map, params JsonObject[] resources) =>
        ReadAll(null, new ClinicalDataReader(Variables, map), [Patient(), Encounter(), Icu(), .. resources]).Timeline();

    [Fact, Trait("promise", "M-219")]
    public void Invented_local_laboratory_codes_go_through_a_map_and_are_flagged()
    {
        var map = Map("""{"code":"KREA","target":[{"code":"2160-0","equivalence":"equivalent"}]},{"code":"GLUC","target":[{"code":"2345-7","equivalence":"wider"}]}""");
        var timeline = ReadLocal(map, Local("urn:lab", "KREA", 1.3, "mg/dL"), Local("urn:lab", "GLUC", 120, "mg/dL"), Local("urn:lab", "UNHEARD", 1, "mg/dL"));
        Assert.Equal([("Creatinine", 1.3), ("Glucose", 120)], timeline.Measurements.Select(m => (m.Variable.Id, m.Value)));
        Assert.All(timeline.Measurements, m => Assert.True(m.Flags.HasFlag(MeasurementFlags.Mapped)));
        Assert.Equal(1, timeline.Quality.NotForThisModel);
        Assert.Empty(ReadLocal(ConceptMapTable.Empty, Local("urn:lab", "KREA", 1.3, "mg/dL")).Measurements);
    }

    [Theory, Trait("promise", "M-219")]
    [InlineData("equal", true)]
    [InlineData("equivalent", true)]
    [InlineData("wider", true)]
    [InlineData("subsumes", true)]
    [InlineData("narrower", false)]
    [InlineData("inexact", false)]
    [InlineData("relatedto", false)]
    [InlineData("unmatched", false)]
    [InlineData("", false)]
    public void Only_meanings_that_the_source_surely_has_are_used(string equivalence, bool used) =>
        Assert.Equal(used ? 1 : 0, Map($$"""{"code":"A","target":[{"code":"2160-0","equivalence":"{{equivalence}}"}]}""").Find("urn:lab", "A").Count);

    [Fact, Trait("promise", "M-219")]
    public void Standard_code_beside_a_local_one_needs_no_map()
    {
        var both = Observation("2160-0", 1.3, "mg/dL", 1, o => o["code"] = Value($$"""{"coding":[{"system":"urn:lab","code":"GLUC"},{"system":"{{Loinc}}","code":"2160-0"}]}"""));
        var measured = Assert.Single(ReadLocal(Map("""{"code":"GLUC","target":[{"code":"2345-7","equivalence":"equal"}]}"""), both).Measurements);
        Assert.Equal(("Creatinine", MeasurementFlags.None), (measured.Variable.Id, measured.Flags));
    }

    [Fact, Trait("promise", "M-219")]
    public void Unusable_maps_are_reported_and_a_later_folder_wins()
    {
        var folder = Directory.CreateTempSubdirectory("medai-maps");
        try
        {
            string first = Directory.CreateDirectory(Path.Combine(folder.FullName, "1")).FullName, second = Directory.CreateDirectory(Path.Combine(folder.FullName, "2")).FullName;
            string Json(string target) => $$"""{"resourceType":"ConceptMap","group":[{"source":"urn:lab","target":"{{Loinc}}","element":[{"code":"A","target":[{"code":"{{target}}","equivalence":"equal"}]}]}]}""";
            File.WriteAllText(Path.Combine(first, "a.json"), Json("2160-0"));
            File.WriteAllText(Path.Combine(first, "b.json"), "{ not json");
            File.WriteAllText(Path.Combine(first, "c.json"), """{"resourceType":"Patient"}""");
            File.WriteAllText(Path.Combine(second, "a.json"), Json("2345-7"));
            var (table, problems) = ConceptMapTable.Load(first, second, Path.Combine(folder.FullName, "absent"));
            Assert.Equal("2345-7", Assert.Single(table.Find("urn:lab", "A")).Code);
            Assert.Equal(["absent", "b.json", "c.json"], problems.Select(p => p.File).Order());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory, Trait("promise", "M-221")]
    [InlineData(Items, "226559", "9187-6")]
    [InlineData(Items, "226560", "9187-6")]
    [InlineData(Items, "226584", "9187-6")]
    [InlineData(Items, "220045", "8867-4")]
    [InlineData(Items, "220050", "76215-3")]
    [InlineData(Items, "220179", "76534-7")]
    [InlineData(Items, "225792", "40617009")]
    [InlineData(LabItems, "50912", "2160-0")]
    [InlineData(LabItems, "50931", "2345-7")]
    [InlineData(Units, "ml", "mL")]
    public void Shipped_map_knows_MIMIC_items(string system, string code, string target) => Assert.Equal(target, Assert.Single(Shipped.Value.Find(system, code)).Code);

    [Theory, Trait("promise", "M-221")]
    [InlineData("227489")] // urine and irrigation fluid
    [InlineData("226619")] // a drain
    [InlineData("227488")] // irrigation fluid in
    public void Shipped_map_calls_nothing_urine_that_may_not_be(string item) => Assert.Empty(Shipped.Value.Find(Items, item));

    [Fact, Trait("promise", "M-221")]
    public void Shipped_map_reaches_most_variables_and_says_which()
    {
        var reached = Shipped.Value.VariablesReached(Variables);
        Assert.Superset(new HashSet<string> { "Urine", "HR", "Creatinine", "SysABP", "NISysABP", "MechVent", "Temp", "Weight", "PaO2", "SaO2" }, reached.ToHashSet());
        Assert.DoesNotContain("GCS", reached);
    }

    [Fact, Trait("promise", "M-221")]
    public void MIMIC_demo_output_events_become_urine()
    {
        string file = Path.Combine(RepositoryRoot.Data ?? "", "mimic-iv-demo-fhir", "MimicObservationOutputevents.ndjson.gz");
        Assert.SkipUnless(File.Exists(file), "needs mimic-iv-demo-fhir/MimicObservationOutputevents.ndjson.gz in the folder that MEDAI_DATA names");
        var bytes = new MemoryStream();
        using (var zip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress))
            zip.CopyTo(bytes);
        using var lines = NdjsonReader.Read("outputs", bytes.ToArray());
        Assert.Empty(lines.Problems);
        Assert.True(lines.Documents.Count > 9000);

        var reader = new ClinicalDataReader(Variables, Shipped.Value);
        string[] urine = ["226557", "226558", "226559", "226560", "226561", "226563", "226564", "226565", "226567", "226584", "226627", "226631"];
        int events = 0, read = 0, accounted = 0;
        foreach (var patient in lines.Documents.GroupBy(d => d.Root.GetProperty("subject").GetProperty("reference").GetString()!))
        {
            string id = patient.Key["Patient/".Length..];
            // As of the patient's own last event: these dates lie a century ahead.
            var last = patient.SelectMany(d => new[] { "issued", "effectiveDateTime" }.Select(m => d.Root.GetProperty(m).GetDateTimeOffset())).Max();
            var person = new ClinicalDocument("patient", JsonSerializer.SerializeToElement(Json($$"""{"resourceType":"Patient","id":"{{id}}","birthDate":"2070-01-01"}""")));
            var result = reader.Read(new ReadingRequest { Documents = [person, .. patient], Patient = new PatientKey("default", Base, id), AsOf = last });
            var timeline = result.Timeline();
            int expected = patient.Count(d => urine.Contains(d.Root.GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString()));
            events += expected;
            read += timeline.Measurements.Count;
            accounted += timeline.Measurements.Count + timeline.Quality.Rejected.Count;
            Assert.Equal(patient.Count() - expected, timeline.Quality.NotForThisModel);
            Assert.All(timeline.Measurements, m =>
            {
                Assert.Equal("Urine", m.Variable.Id);
                Assert.True(m.Flags.HasFlag(MeasurementFlags.Mapped));
                Assert.InRange(m.Value, 0, 11000);
            });
            Assert.All(timeline.Quality.Rejected, r => Assert.True(r.Reason is RejectionReason.Duplicate or RejectionReason.OutsideHardRange, r.Reason.ToString()));
        }
        Assert.Equal(events, accounted);
        Assert.True(read > 0.95 * events, $"{read} of {events}");
    }

    [Fact, Trait("promise", "M-221")]
    public void MIMIC_demo_vital_signs_are_read()
    {
        string file = Path.Combine(RepositoryRoot.Data ?? "", "mimic-iv-demo-fhir", "MimicObservationVitalSignsED.ndjson.gz");
        Assert.SkipUnless(File.Exists(file), "needs mimic-iv-demo-fhir/MimicObservationVitalSignsED.ndjson.gz in the folder that MEDAI_DATA names");
        var bytes = new MemoryStream();
        using (var zip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress))
            zip.CopyTo(bytes);
        using var lines = NdjsonReader.Read("vitals", bytes.ToArray());
        var seen = new HashSet<string>();
        var reasons = new HashSet<RejectionReason>();
        foreach (var patient in lines.Documents.GroupBy(d => d.Root.GetProperty("subject").GetProperty("reference").GetString()!))
        {
            string id = patient.Key["Patient/".Length..];
            var person = new ClinicalDocument("patient", JsonSerializer.SerializeToElement(Json($$"""{"resourceType":"Patient","id":"{{id}}","birthDate":"2070-01-01"}""")));
            var timeline = new ClinicalDataReader(Variables).Read(new ReadingRequest
            {
                Documents = [person, .. patient],
                Patient = new PatientKey("default", Base, id),
                AsOf = new DateTimeOffset(2205, 1, 1, 0, 0, 0, TimeSpan.Zero),
            }).Timeline();
            seen.UnionWith(timeline.Measurements.Select(m => m.Variable.Id));
            reasons.UnionWith(timeline.Quality.Rejected.Select(r => r.Reason));
        }
        Assert.Equal(["HR", "NIDiasABP", "NIMAP", "NISysABP", "SaO2", "Temp"], seen.Order(StringComparer.Ordinal));
        Assert.Contains(RejectionReason.DataAbsent, reasons);
        Assert.DoesNotContain(RejectionReason.UnknownUnit, reasons);
    }
}
