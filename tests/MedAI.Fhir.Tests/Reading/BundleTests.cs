using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Reading;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class BundleTests
{
    private static readonly JsonObject[] Stay = [Patient(), Encounter(), Icu()];

    private static ReadingResult ReadWith(JsonNode? document) => ReadDocuments(null, null, Document("prefetch.stay", Bundle("collection", Stay.Select(s => s.DeepClone().AsObject()))),
        Document("prefetch.labs", document));

    private static JsonObject Search(int total, params JsonObject[] resources)
    {
        var bundle = Bundle("searchset", resources);
        bundle["total"] = total;
        return bundle;
    }

    [Theory, Trait("promise", "M-201")]
    [InlineData("searchset")]
    [InlineData("collection")]
    [InlineData("transaction")]
    [InlineData("batch")]
    [InlineData("document")]
    public void Bundle_of_any_current_kind_is_read(string type) =>
        Assert.Equal("HR", Assert.Single(ReadWith(Bundle(type, Heart())).Timeline().Measurements).Variable.Id);

    [Fact, Trait("promise", "M-201")]
    public void Single_resource_and_array_are_read()
    {
        Assert.Single(ReadWith(Heart()).Timeline().Measurements);
        Assert.Equal(2, ReadWith(new JsonArray(Heart(), Observation("8310-5", 37, "Cel"))).Timeline().Measurements.Count);
    }

    [Fact, Trait("promise", "M-202")]
    public void Searchset_with_a_next_page_is_incomplete()
    {
        var bundle = Search(1, Heart());
        bundle["link"] = Value("""[{"relation":"self","url":"x"},{"relation":"next","url":"y"}]""");
        var problem = Assert.Single(ReadWith(bundle).Problems);
        Assert.Equal((ReadingProblemKind.Incomplete, "prefetch.labs"), (problem.Kind, problem.Where));
        Assert.Null(ReadWith(bundle).Timeline);
    }

    [Fact, Trait("promise", "M-202")]
    public void Searchset_with_fewer_matches_than_its_total_is_incomplete()
    {
        var included = new JsonObject { ["resource"] = Observation("8310-5", 37, "Cel"), ["search"] = new JsonObject { ["mode"] = "include" } };
        Assert.Equal(ReadingProblemKind.Incomplete, Assert.Single(ReadWith(Search(2, Heart(), included)).Problems).Kind);
    }

    [Fact, Trait("promise", "M-202")]
    public void Searchset_with_all_its_matches_is_read() => Assert.Single(ReadWith(Search(1, Heart())).Timeline().Measurements);

    [Fact, Trait("promise", "M-202")]
    public void Count_without_entries_is_incomplete() =>
        Assert.Equal(ReadingProblemKind.Incomplete, Assert.Single(ReadWith(Value("""{"resourceType":"Bundle","type":"searchset","total":12}""")).Problems).Kind);

    [Fact, Trait("promise", "S-44")]
    public void Null_and_empty_bundle_mean_no_data()
    {
        Assert.Empty(ReadWith(null).Timeline().Measurements);
        Assert.Empty(ReadWith(Value("""{"resourceType":"Bundle","type":"searchset","total":0}""")).Timeline().Measurements);
    }

    [Theory, Trait("promise", "S-44")]
    [InlineData("information", true)]
    [InlineData("warning", true)]
    [InlineData("error", false)]
    [InlineData("fatal", false)]
    [InlineData("peculiar", false)]
    public void Outcome_is_ignored_and_noted_unless_it_is_an_error(string severity, bool ignored)
    {
        string outcome = $$"""{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"},{"severity":"{{severity}}","code":"processing"}]}""";
        var entry = new JsonObject { ["resource"] = Json(outcome), ["search"] = new JsonObject { ["mode"] = "outcome" } };
        JsonNode[] places =
        [
            Search(1, Heart(), entry),
            Json(outcome),
            Json($$$$"""{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"200","outcome":{{{{outcome}}}}}}]}"""),
            Json($$$$"""{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":{{{{outcome}}}},"response":{"status":"200"}}]}"""),
        ];
        foreach (var place in places)
        {
            var result = ReadWith(place);
            if (ignored)
                Assert.Contains(ReadingRemarks.SearchOutcomeIgnored, result.Timeline().Quality.Remarks);
            else
                Assert.Equal(ReadingProblemKind.UpstreamFailed, Assert.Single(result.Problems).Kind);
        }
    }

    [Fact, Trait("promise", "S-44")]
    public void Failed_answer_in_a_batch_is_no_empty_answer() =>
        Assert.Equal(ReadingProblemKind.UpstreamFailed, Assert.Single(ReadWith(Value("""{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"404 Not Found"}}]}""")).Problems).Kind);

    [Fact, Trait("promise", "M-201")]
    public void Bundle_in_a_bundle_is_read_and_checked_but_not_deeper()
    {
        Assert.Single(ReadWith(Bundle("batch-response", Search(1, Heart()))).Timeline().Measurements);
        var incomplete = Assert.Single(ReadWith(Bundle("batch-response", Search(2, Heart()))).Problems);
        Assert.Equal((ReadingProblemKind.Incomplete, "prefetch.labs.entry[0].resource"), (incomplete.Kind, incomplete.Where));
        Assert.Equal(ReadingProblemKind.TooLarge, Assert.Single(ReadWith(Bundle("collection", Bundle("collection", Bundle("collection", Heart())))).Problems).Kind);
    }

    [Theory, Trait("promise", "M-201")]
    [InlineData("5")]
    [InlineData("\"Patient\"")]
    [InlineData("{}")]
    [InlineData("""{"resourceType":7}""")]
    [InlineData("[3]")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":"x"}]}""")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[null]}""")]
    [InlineData("""{"resourceType":"Bundle","type":"history","entry":[]}""")]
    public void Anything_that_is_no_resource_is_malformed(string json) =>
        Assert.Equal(ReadingProblemKind.Malformed, Assert.Single(ReadWith(Value(json)).Problems).Kind);

    [Fact, Trait("promise", "M-201")]
    public void Unknown_types_are_counted_and_otherwise_ignored()
    {
        var medication = Json("""{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"medicationReference":{"reference":"Medication/x"}}""");
        var timeline = Timeline(Heart(), medication, Json("""{"resourceType":"Basic","id":"b"}"""), Json("""{"resourceType":"FromAnotherPlanet","id":"z"}"""));
        Assert.Single(timeline.Measurements);
        Assert.Equal(3, timeline.Quality.NotForThisModel);
    }

    [Fact, Trait("promise", "M-203")]
    public void Too_many_resources_or_components_are_refused()
    {
        var reader = new ClinicalDataReader(Variables, limits: new ReadingLimits { MaxResources = 4, MaxComponents = 2 });
        var four = ReadAll(null, reader, Patient(), Encounter(), Icu(), Heart());
        Assert.Single(four.Timeline().Measurements);
        var five = ReadAll(null, reader, Patient(), Encounter(), Icu(), Heart(), Observation("8310-5", 37, "Cel"));
        Assert.Equal(ReadingProblemKind.TooLarge, Assert.Single(five.Problems).Kind);
        Assert.Null(five.Timeline);
        var wide = Bare("85354-9", o => o["component"] = new JsonArray(new JsonObject(), new JsonObject(), new JsonObject()));
        Assert.Equal(ReadingProblemKind.TooLarge, Assert.Single(ReadAll(null, reader, Patient(), Encounter(), Icu(), wide).Problems).Kind);
    }

    [Fact, Trait("promise", "M-203")]
    public void Problems_are_bounded()
    {
        var strangers = Enumerable.Range(0, 500).Select(i => Observation("8867-4", 80, "/min", i / 100.0, o => o["subject"]!["reference"] = "Patient/p2"));
        Assert.Equal(ReadingLimits.Default.MaxProblems, Read(strangers).Problems.Count);
    }

    [Fact, Trait("promise", "M-201")]
    public void Ndjson_lines_are_documents_and_a_bad_line_is_named()
    {
        string text = string.Join('\n', Patient().ToJsonString(), Encounter().ToJsonString() + "\r", "", Icu().ToJsonString(), Heart().ToJsonString(), "");
        using var lines = NdjsonReader.Read("body", Encoding.UTF8.GetBytes(text));
        Assert.Empty(lines.Problems);
        Assert.Equal(["body[0]", "body[1]", "body[3]", "body[4]"], lines.Documents.Select(d => d.Name));
        Assert.Single(ReadDocuments(null, null, [.. lines.Documents]).Timeline().Measurements);

        using var broken = NdjsonReader.Read("body", "{}\n{\"family\":\"Canary\n"u8.ToArray());
        var problem = Assert.Single(broken.Problems);
        Assert.Equal(new ReadingProblem(ReadingProblemKind.Malformed, "body[1]", "not JSON"), problem);
    }

    [Fact, Trait("promise", "M-204")]
    public void Order_of_documents_and_entries_leaves_no_trace()
    {
        JsonObject[] resources =
        [
            Patient(), Encounter(), Icu(), Heart(), Observation("8867-4", 95, "/min", 1, o => o["id"] = "twin"), Observation("8310-5", 98.6, "[degF]", 3),
            Observation("8480-6", 120, "mm[Hg]", 2), Observation("8462-4", 70, "mm[Hg]", 2), Observation("8867-4", 9999, "/min", 5),
        ];
        var random = new Random(7);
        string? first = null;
        for (int round = 0; round < 10; round++)
        {
            random.Shuffle(resources);
            var timeline = ReadDocuments(null, null, [.. resources.Select((r, i) => Document($"d{i}", r))]).Timeline();
            string now = string.Join(";", timeline.Measurements.Select(m => $"{m.Variable.Id} {m.Value} {m.Effective:O} {m.Flags} {m.Source.Reference}"));
            Assert.Equal(first ??= now, now);
        }
    }
}
