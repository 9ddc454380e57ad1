using System.Text;
using System.Text.Json.Nodes;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Models.Tests.Packages;

public sealed class ManifestReaderTests
{
    private static readonly byte[] s_good = ManifestWriter.ToUtf8(Full());

    /// <summary>Index of a variable in the full manifest.</summary>
    private static int At(string id) => Full().Variables.ToList().FindIndex(v => v.Id == id);

    private static ModelManifest Full() => TestManifest.Create() with
    {
        Population = new ManifestPopulation { MinimumAgeYears = 16, MaximumAgeYears = 110, Sexes = ["male", "female"], Settings = ["icu"] },
        Histograms = [new ManifestHistogram("HR", [0, 60, 100, 300], [0.2, 0.5, 0.3])],
    };

    private static IReadOnlyList<ManifestProblem> Problems(Action<JsonNode> change)
    {
        JsonNode root = JsonNode.Parse(s_good)!;
        change(root);
        (ModelManifest? manifest, IReadOnlyList<ManifestProblem> problems) = ManifestReader.Read(Encoding.UTF8.GetBytes(root.ToJsonString()));
        Assert.Equal(problems.Count == 0, manifest is not null);
        return problems;
    }

    [Fact, Trait("promise", "M-10")]
    public void Manifest_written_and_read_is_the_same()
    {
        (ModelManifest? manifest, IReadOnlyList<ManifestProblem> problems) = ManifestReader.Read(s_good);
        Assert.Empty(problems);
        Assert.Equal(s_good, ManifestWriter.ToUtf8(manifest!));
        Assert.DoesNotContain("null", Encoding.UTF8.GetString(s_good));
    }

    [Fact, Trait("promise", "M-10")]
    public void Absent_optional_members_have_their_defaults()
    {
        JsonNode root = JsonNode.Parse(s_good)!;
        JsonObject hr = root["variables"]![At("HR")]!.AsObject();
        foreach (string name in new[] { "use", "role", "aggregation", "aliases", "required" })
            hr.Remove(name);
        root["service"]!.AsObject().Remove("prefetchCount");
        root["service"]!.AsObject().Remove("overrideReasons");
        root.AsObject().Remove("limitations");
        ModelManifest manifest = Assert.IsType<ModelManifest>(ManifestReader.Read(Encoding.UTF8.GetBytes(root.ToJsonString())).Manifest);
        ManifestVariable variable = manifest.Variables[At("HR")];
        Assert.Equal(("series", "measurement", "mean", false), (variable.Use, variable.Role, variable.Aggregation, variable.Required));
        Assert.Empty(variable.Aliases);
        Assert.Equal(1000, manifest.Service.PrefetchCount);
        Assert.Empty(manifest.Service.OverrideReasons);
        Assert.Empty(manifest.Limitations);
    }

    [Fact, Trait("promise", "M-11")]
    public void Many_problems_of_shape_are_told_at_once_with_their_paths()
    {
        int hr = At("HR");
        string[] paths = [.. Problems(root =>
        {
            root.AsObject().Remove("title");
            root["kind"] = "oracle";
            root["bands"]![1]!["from"] = "low";
            root["variables"]![hr]!["units"]![0]!["factor"] = true;
            root["variables"]![hr]!["colour"] = "red";
            root["variables"]![hr]!["hard"] = null;
            root["minimumData"]!["distinctVariables"] = 1.5;
            root["thresholds"] = new JsonObject();
        }).Select(p => p.Path)];
        Assert.Equivalent(new[]
        {
            "$.title", "$.kind", "$.bands[1].from", $"$.variables[{hr}].units[0].factor", $"$.variables[{hr}].colour", $"$.variables[{hr}].hard",
            "$.minimumData.distinctVariables", "$.thresholds",
        }, paths, strict: true);
    }

    [Fact, Trait("promise", "M-11")]
    public void Many_contradictions_are_told_at_once_with_their_paths()
    {
        int hr = At("HR");
        string[] paths = [.. Problems(root =>
        {
            root["version"] = "1.0";
            root["files"]!["model"]!["path"] = "../model.onnx";
            root["variables"]![hr]!["codes"]![0]!["code"] = "8867-5";
            root["variables"]![hr]!["units"]![1]!["factor"] = 0;
            root["calibration"]!["landmarks"]![2]!["hours"] = 1;
            root["service"]!["trendVariables"]![0] = "Nobody";
        }).Select(p => p.Path)];
        Assert.Equivalent(new[]
        {
            "$.version", "$.files.model.path", $"$.variables[{hr}].codes[0].code", $"$.variables[{hr}].units[1].factor", "$.calibration.landmarks[2].hours", "$.service.trendVariables[0]",
        }, paths, strict: true);
    }

    public static TheoryData<string, string, string> Contradictions()
    {
        int hr = At("HR"), gcs = At("GCS"), nimap = At("NIMAP"), vent = At("MechVent"), sys = At("SysABP"), temp = At("Temp"), weight = At("Weight");
        string v = $"$.variables[{hr}]";
        return new()
        {
            { "$.schemaVersion", "\"2.0\"", "$.schemaVersion" },
            { "$.id", "\"ICU mortality\"", "$.id" },
            { "$.id", "\"a\\n\"", "$.id" },
            { "$.version", "\"v1.0.0\"", "$.version" },
            { "$.version", "\"01.0.0\"", "$.version" },
            { "$.kind", "\"imaging\"", "$.imaging" },
            { "$.kind", "\"imaging\"", "$.variables" },
            { "$.timing", "null", "$.timing" },
            { "$.encoder", "null", "$.encoder" },
            { "$.minimumData", "null", "$.minimumData" },
            { "$.findings", "[{\"id\":\"a\",\"output\":\"logit\",\"coding\":{\"system\":\"urn:a\",\"code\":\"a\",\"display\":\"a\"},\"text\":\"a\",\"calibration\":{\"slope\":1,\"intercept\":0}}]", "$.findings" },
            { "$.outOfDistribution", "{\"output\":\"logit\",\"threshold\":1,\"statement\":\"a\"}", "$.outOfDistribution" },
            { "$.outcome.horizon", "\"current\"", "$.outcome.horizon" },
            { "$.explanation.method", "\"class-activation-map\"", "$.explanation.method" },
            { "$.tensors.outputs[1].role", "\"finding-logit\"", "$.tensors.outputs[1].role" },
            { "$.title", "\" \"", "$.title" },
            { "$.intendedUse", "\"a\\u0000b\"", "$.intendedUse" },
            { "$.limitations", "[\"\"]", "$.limitations[0]" },
            { "$.files.golden.path", "\"/etc/passwd\"", "$.files.golden.path" },
            { "$.files.golden.path", "\"C:golden.json\"", "$.files.golden.path" },
            { "$.files.golden.path", "\"a\\\\b\"", "$.files.golden.path" },
            { "$.files.golden.path", "\"a/../../b\"", "$.files.golden.path" },
            { "$.files.golden.path", "\".hidden\"", "$.files.golden.path" },
            { "$.files.golden.path", "\"a//b\"", "$.files.golden.path" },
            { "$.files.golden.path", "\"model.onnx\"", "$.files.golden.path" },
            { "$.files.golden.path", "\"manifest.json\"", "$.files.golden.path" },
            { "$.files.modelCard.sha256", "\"ABCDEF\"", "$.files.modelCard.sha256" },
            { "$.outcome.coding.system", "\"snomed\"", "$.outcome.coding.system" },
            { "$.outcome.coding.code", "\"\"", "$.outcome.coding.code" },
            { "$.outcome.horizon", "\"P\"", "$.outcome.horizon" },
            { "$.outcome.horizon", "\"a day\"", "$.outcome.horizon" },
            { "$.outcome.baseRate", "1.4", "$.outcome.baseRate" },
            { "$.timing.timeZero", "\"birth\"", "$.timing.timeZero" },
            { "$.timing.maximumHours", "6", "$.timing.maximumHours" },
            { "$.timing.minimumHours", "-1", "$.timing.minimumHours" },
            { "$.population.minimumAgeYears", "120", "$.population.maximumAgeYears" },
            { "$.population.maximumAgeYears", "-3", "$.population.maximumAgeYears" },
            { "$.population.sexes", "[\"male\",\"male\"]", "$.population.sexes[1]" },
            { "$.population.sexes", "[\"M\"]", "$.population.sexes[0]" },
            { "$.population.sexes", "[]", "$.population.sexes" },
            { "$.population.settings", "[\"beach\"]", "$.population.settings[0]" },
            { "$.population.settings", "[]", "$.population.settings" },
            { "$.encoder.name", "\"triplets\"", "$.encoder.name" },
            { "$.encoder.stepHours", "2", "$.encoder.stepHours" },
            { "$.encoder.statics[0].feature", "\"shoe-size\"", "$.encoder.statics[0].feature" },
            { "$.encoder.statics[0].group", "\"sex\"", "$.encoder.statics[0].group" },
            { "$.encoder.statics[1].feature", "\"age\"", "$.encoder.statics[1]" },
            { $"$.variables[{weight}].id", "\"Mass\"", "$.encoder.statics[9].feature" },
            { $"{v}.id", "\"GCS\"", $"{v}.id" },
            { $"{v}.id", "\"1st\"", $"{v}.id" },
            { $"{v}.use", "\"dynamic\"", $"{v}.use" },
            { $"{v}.use", "\"static\"", $"$.variables[{hr + 1}].use" },
            { $"{v}.role", "\"cause\"", $"{v}.role" },
            { $"{v}.role", "\"state\"", $"{v}.state" },
            { $"{v}.aggregation", "\"first\"", $"{v}.aggregation" },
            { $"{v}.unit", "\"beats per minute\"", $"{v}.unit" },
            { $"{v}.unit", "\"/s\"", $"{v}.units" },
            { $"{v}.units", "[{\"code\":\"/min\",\"factor\":2}]", $"{v}.units[0].factor" },
            { $"{v}.units", "[{\"code\":\"/min\",\"factor\":1,\"offset\":1}]", $"{v}.units[0].factor" },
            { $"{v}.units[1].code", "\"/min\"", $"{v}.units[1]" },
            { $"{v}.units[1].code", "\"{beats\"", $"{v}.units[1].code" },
            { $"{v}.units[1].factor", "-1", $"{v}.units[1].factor" },
            { $"{v}.hard", "{\"low\":5,\"high\":5}", $"{v}.hard" },
            { $"{v}.soft", "{\"low\":300,\"high\":20}", $"{v}.soft" },
            { $"{v}.soft", "{\"low\":-20,\"high\":300}", $"{v}.soft" },
            { $"{v}.stalenessHours", "0", $"{v}.stalenessHours" },
            { $"{v}.baseline", "1000", $"{v}.baseline" },
            { $"{v}.category", "\"social-history\"", $"{v}.category" },
            { $"{v}.codes", "[]", $"{v}.codes" },
            { $"{v}.codes[0].system", "\"loinc\"", $"{v}.codes[0].system" },
            { $"{v}.codes[0].when", "\"always\"", $"{v}.codes[0].when" },
            { $"{v}.codes[0].flag", "\"odd\"", $"{v}.codes[0].flag" },
            { $"{v}.codes[0].units", "[]", $"{v}.codes[0].units" },
            { $"{v}.codes[1].code", "\"8867-4\"", $"{v}.codes[1]" },
            { $"$.variables[{sys}].codes[0].code", "\"8867-4\"", $"$.variables[{sys}].codes[0]" },
            { $"{v}.aliases[0].code", "\"/h\"", $"{v}.aliases[0].code" },
            { $"$.variables[{temp}].aliases[1].text", "\"F\"", $"$.variables[{temp}].aliases[1]" },
            { $"$.variables[{gcs}].parts.codes", "[{\"system\":\"http://loinc.org\",\"code\":\"9267-6\"}]", $"$.variables[{gcs}].parts.codes" },
            { $"$.variables[{gcs}].parts.notTestable", "{\"9999-9\":1}", $"$.variables[{gcs}].parts.notTestable['9999-9']" },
            { $"$.variables[{gcs}].parts.notTestable", "{\"9270-0\":6}", $"$.variables[{gcs}].parts.notTestable['9270-0']" },
            { $"$.variables[{gcs}].parts.ranges", "{\"9270-0\":{\"low\":5,\"high\":1}}", $"$.variables[{gcs}].parts.ranges['9270-0']" },
            { $"$.variables[{gcs}].parts.ranges", "{\"8867-4\":{\"low\":1,\"high\":5}}", $"$.variables[{gcs}].parts.ranges['8867-4']" },
            { $"$.variables[{nimap}].derived.from[0]", "\"Nothing\"", $"$.variables[{nimap}].derived.from[0]" },
            { $"$.variables[{nimap}].derived.from[0]", "\"NIMAP\"", $"$.variables[{nimap}].derived.from[0]" },
            { $"$.variables[{nimap}].derived.from[0]", "\"HR\"", $"$.variables[{nimap}].derived.from[0]" },
            { $"$.variables[{nimap}].derived.formula", "\"guess\"", $"$.variables[{nimap}].derived.formula" },
            { $"$.variables[{vent}].state.joinGapHours", "-1", $"$.variables[{vent}].state.joinGapHours" },
            { $"$.variables[{vent}].role", "\"measurement\"", $"$.variables[{vent}].role" },
            { "$.minimumData.distinctVariables", "99", "$.minimumData.distinctVariables" },
            { "$.minimumData.newestWithinHours", "0", "$.minimumData.newestWithinHours" },
            { "$.minimumData.anyOf[0].variables[0]", "\"Nobody\"", "$.minimumData.anyOf[0].variables[0]" },
            { "$.minimumData.anyOf[0].variables", "[]", "$.minimumData.anyOf[0].variables" },
            { "$.tensors.inputs", "[]", "$.tensors.inputs" },
            { "$.tensors.inputs[0].role", "\"observed\"", "$.tensors.inputs[1].role" },
            { "$.tensors.inputs[0].role", "\"image\"", "$.tensors.inputs[0].role" },
            { "$.tensors.inputs[0].type", "\"float16\"", "$.tensors.inputs[0].type" },
            { "$.tensors.inputs[0].shape", "[\"N\",\"T\",7]", "$.tensors.inputs[0].shape" },
            { "$.tensors.inputs[0].shape", "[\"T\",\"N\",7]", "$.tensors.inputs[0].shape[0]" },
            { "$.tensors.inputs[0].shape[2]", "-1", "$.tensors.inputs[0].shape[2]" },
            { "$.tensors.inputs[1].name", "\"values\"", "$.tensors.inputs[1]" },
            { "$.tensors.outputs[0].role", "\"oracle\"", "$.tensors.outputs[0].role" },
            { "$.tensors.outputs[0].shape", "[\"N\",2]", "$.tensors.outputs[0].shape" },
            { "$.tensors.outputs[1]", "{\"name\":\"m\",\"role\":\"members\",\"type\":\"float32\",\"shape\":[\"N\",1]}", "$.tensors.outputs[1].shape" },
            { "$.calibration.landmarks", "[]", "$.calibration.landmarks" },
            { "$.calibration.landmarks[0].slope", "-0.5", "$.calibration.landmarks[0].slope" },
            { "$.thresholds[0].value", "0.9", "$.thresholds[1].value" },
            { "$.thresholds[0].indicator", "\"red\"", "$.thresholds[0].indicator" },
            { "$.thresholds[2].indicator", "\"info\"", "$.thresholds[2].indicator" },
            { "$.thresholds[0].ppv", "2", "$.thresholds[0].ppv" },
            { "$.thresholds[1].id", "\"watch\"", "$.thresholds[1]" },
            { "$.bands[0].from", "0.1", "$.bands[0].from" },
            { "$.bands[1].from", "0.9", "$.bands[2].from" },
            { "$.bands[1].code", "\"scary\"", "$.bands[1].code" },
            { "$.explanation.method", "\"tea-leaves\"", "$.explanation.method" },
            { "$.explanation.top", "0", "$.explanation.top" },
            { "$.histograms[0].variable", "\"Nobody\"", "$.histograms[0].variable" },
            { "$.histograms[0].edges", "[0,60,50,300]", "$.histograms[0].edges[2]" },
            { "$.histograms[0].edges", "[0,60]", "$.histograms[0].edges" },
            { "$.histograms[0].counts", "[0.5,0.5,0.5]", "$.histograms[0].counts" },
            { "$.service.hooks[0]", "\"Patient View\"", "$.service.hooks[0]" },
            { "$.service.operations[0]", "\"$assess\"", "$.service.operations[0]" },
            { "$.service.prefetchCount", "-1", "$.service.prefetchCount" },
            { "$.service.cardSummary", $"\"{new string('x', 101)}\"", "$.service.cardSummary" },
        };
    }

    [Theory, Trait("promise", "M-11")]
    [MemberData(nameof(Contradictions))]
    public void Contradiction_is_told_with_its_path(string place, string json, string expected)
    {
        IReadOnlyList<ManifestProblem> problems = Problems(root => JsonPlaces.Set(root, place, JsonNode.Parse(json)));
        Assert.Contains(expected, problems.Select(p => p.Path));
        Assert.All(problems, p => Assert.False(string.IsNullOrWhiteSpace(p.Message)));
    }

    [Fact, Trait("promise", "M-11")]
    public void Any_member_of_a_wrong_type_is_told_with_its_path()
    {
        // One variable of each kind has every member of the format.
        byte[] small = ManifestWriter.ToUtf8(TestManifest.Create("GCS", "MechVent", "NIDiasABP", "NIMAP", "NISysABP", "Temp"));
        int tried = 0;
        foreach (string place in JsonPlaces.All(JsonNode.Parse(small)!).Where(p => !p.Contains(".shape[", StringComparison.Ordinal)).ToList())
        {
            JsonNode root = JsonNode.Parse(small)!;
            JsonPlaces.Set(root, place, JsonPlaces.Get(root, place) is JsonArray ? new JsonObject() : new JsonArray());
            IReadOnlyList<ManifestProblem> problems = ManifestReader.Read(Encoding.UTF8.GetBytes(root.ToJsonString())).Problems;
            Assert.True(problems.Any(p => p.Path == place), $"{place}: {string.Join(", ", problems)}");
            tried++;
        }
        Assert.True(tried > 250);
    }

    [Theory, Trait("promise", "M-11")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{} {}")]
    [InlineData("{/* why */}")]
    [InlineData("{\"id\":\"\\ud800\"}")]
    [InlineData("\ufeff{}")]
    public void Text_that_is_no_manifest_is_told_not_thrown(string json)
    {
        (ModelManifest? manifest, IReadOnlyList<ManifestProblem> problems) = ManifestReader.Read(Encoding.UTF8.GetBytes(json));
        Assert.Null(manifest);
        Assert.NotEmpty(problems);
    }

    [Theory, Trait("promise", "M-11")]
    [InlineData("\"title\":", "\"title\": \"Other\", \"title\":", "$.title")]
    [InlineData("\"minimumHours\": 6", "\"minimumHours\": 1e400", "$.timing.minimumHours")]
    [InlineData("\"top\": 5", "\"top\": 5e9", "$.explanation.top")]
    [InlineData("\"title\": \"Test mortality\",", "\"title\": \"Test mortality\", // c", "$")]
    [InlineData("\"9270-0\": 1", "\"9270-0\": 1, \"9270-0\": 2", "['9270-0']")]
    public void Json_that_other_readers_let_pass_is_refused(string text, string replacement, string path)
    {
        string good = Encoding.UTF8.GetString(s_good);
        Assert.Contains(text, good);
        int at = good.IndexOf(text, StringComparison.Ordinal);
        string bad = string.Concat(good.AsSpan(0, at), replacement, good.AsSpan(at + text.Length));
        IReadOnlyList<ManifestProblem> problems = ManifestReader.Read(Encoding.UTF8.GetBytes(bad)).Problems;
        Assert.Contains(problems, p => p.Path.EndsWith(path, StringComparison.Ordinal));
    }

    [Fact]
    public void Hostile_member_names_cannot_write_into_a_log()
    {
        ManifestProblem problem = Assert.Single(Problems(root => root[$"a\nFATAL {new string('x', 5000)}"] = 1));
        Assert.True(problem.Path.Length < 100);
        Assert.DoesNotContain('\n', problem.Path);
    }

    [Fact]
    public void Number_of_problems_told_is_bounded()
    {
        IReadOnlyList<ManifestProblem> problems = Problems(root =>
        {
            for (int i = 0; i < 5000; i++)
                root[$"unknown{i}"] = i;
        });
        Assert.Equal(501, problems.Count);
        Assert.Contains("4500 more", problems[^1].Message);
    }
}
