using System.Text;
using System.Text.Json.Nodes;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Models.Tests.Packages;

public sealed class ImagingManifestTests
{
    private static readonly byte[] s_good = ManifestWriter.ToUtf8(TestImagingManifest.Create());

    private static IReadOnlyList<ManifestProblem> Problems(string place, JsonNode? value)
    {
        JsonNode root = JsonNode.Parse(s_good)!;
        JsonPlaces.Set(root, place, value);
        (ModelManifest? manifest, IReadOnlyList<ManifestProblem> problems) = ManifestReader.Read(Encoding.UTF8.GetBytes(root.ToJsonString()));
        Assert.Equal(problems.Count == 0, manifest is not null);
        return problems;
    }

    [Fact, Trait("promise", "M-231")]
    public void Imaging_manifest_written_and_read_is_the_same()
    {
        (ModelManifest? manifest, IReadOnlyList<ManifestProblem> problems) = ManifestReader.Read(s_good);
        Assert.Empty(problems);
        Assert.Equal(s_good, ManifestWriter.ToUtf8(manifest!));
        string text = Encoding.UTF8.GetString(s_good);
        Assert.All(new[] { "timing", "encoder", "minimumData", "null" }, word => Assert.DoesNotContain($"\"{word}\"", text));
        Assert.Equal("none", manifest!.AsImaging().Imaging.Crop);
        Assert.Throws<InvalidOperationException>(() => manifest.AsSequence());
        Assert.Throws<InvalidOperationException>(() => TestManifest.Create().AsImaging());
    }

    public static TheoryData<string, string, string> Contradictions() => new()
    {
        { "$.kind", "\"sequence\"", "$.timing" },
        { "$.kind", "\"sequence\"", "$.imaging" },
        { "$.kind", "\"sequence\"", "$.outOfDistribution" },
        { "$.kind", "\"sequence\"", "$.findings" },
        { "$.timing", "{\"timeZero\":\"icu-stay-start\",\"minimumHours\":0,\"maximumHours\":1}", "$.timing" },
        { "$.encoder", "{\"name\":\"hourly-grid\",\"stepHours\":1}", "$.encoder" },
        { "$.minimumData", "{\"distinctVariables\":0,\"newestWithinHours\":1}", "$.minimumData" },
        { "$.imaging", "null", "$.imaging" },
        { "$.outOfDistribution", "null", "$.outOfDistribution" },
        { "$.outcome.horizon", "\"PT24H\"", "$.outcome.horizon" },
        { "$.population.settings", "[\"icu\"]", "$.population.settings" },
        { "$.imaging.modalities", "[]", "$.imaging.modalities" },
        { "$.imaging.modalities[0]", "\"dx\"", "$.imaging.modalities[0]" },
        { "$.imaging.modalities[0]", "\"DX\"", "$.imaging.modalities[1]" },
        { "$.imaging.bodyParts", "[]", "$.imaging.bodyParts" },
        { "$.imaging.bodyParts[0]", "\"CHEST AND ABDOMEN\"", "$.imaging.bodyParts[0]" },
        { "$.imaging.views[1]", "\" PA\"", "$.imaging.views[1]" },
        { "$.imaging.minimumRows", "0", "$.imaging.minimumRows" },
        { "$.imaging.minimumColumns", "5000", "$.imaging.minimumColumns" },
        { "$.imaging.intensity.voi", "\"auto\"", "$.imaging.intensity.voi" },
        { "$.imaging.intensity.fallback", "\"percentile\"", "$.imaging.intensity.fallback" },
        { "$.imaging.crop", "\"lungs\"", "$.imaging.crop" },
        { "$.imaging.resize.filter", "\"nearest\"", "$.imaging.resize.filter" },
        { "$.imaging.resize.rows", "0", "$.imaging.resize.rows" },
        { "$.imaging.resize.rows", "9", "$.tensors.inputs[0].shape" },
        { "$.outOfDistribution.output", "\"logit\"", "$.outOfDistribution.output" },
        { "$.outOfDistribution.statement", "\"\"", "$.outOfDistribution.statement" },
        { "$.findings[0].id", "\"Bacterial\"", "$.findings[0].id" },
        { "$.findings[0].output", "\"logit\"", "$.findings[0].output" },
        { "$.findings[0].output", "\"logit\"", "$.tensors.outputs[6].role" },
        { "$.findings[0].coding.system", "\"snomed\"", "$.findings[0].coding.system" },
        { "$.findings[0].text", "\"\"", "$.findings[0].text" },
        { "$.findings[0].given", "\"age\"", "$.findings[0].given" },
        { "$.findings[0].calibration.slope", "-1", "$.findings[0].calibration.slope" },
        { "$.findings[0].thresholds[0].value", "1", "$.findings[0].thresholds[0].value" },
        { "$.tensors.inputs[0].role", "\"values\"", "$.tensors.inputs" },
        { "$.tensors.inputs[0].role", "\"values\"", "$.tensors.inputs[0].role" },
        { "$.tensors.inputs[0].shape[1]", "3", "$.tensors.inputs[0].shape" },
        { "$.tensors.outputs[2].shape[1]", "1", "$.tensors.outputs[2].shape" },
        { "$.tensors.outputs[3].shape", "[\"N\",16]", "$.tensors.outputs[3].shape" },
        { "$.tensors.outputs[3].shape", "[\"N\",\"T\",4]", "$.tensors.outputs[3].shape" },
        { "$.tensors.outputs[3].role", "\"features\"", "$.tensors.outputs" },
        { "$.tensors.outputs[4].shape", "[\"N\",2]", "$.tensors.outputs[4].shape" },
        { "$.tensors.outputs[5].shape", "[\"N\"]", "$.tensors.outputs[5].shape" },
        { "$.tensors.outputs[6].shape", "[\"N\",3]", "$.tensors.outputs[6].shape" },
        { "$.calibration.landmarks[0].hours", "24", "$.calibration.landmarks" },
        { "$.calibration.landmarks", "[]", "$.calibration.landmarks" },
        { "$.explanation.method", "\"occlusion\"", "$.explanation.method" },
        { "$.explanation.top", "3", "$.explanation.top" },
        { "$.service.trendVariables", "[\"HR\"]", "$.service.trendVariables[0]" },
    };

    [Theory, Trait("promise", "M-231")]
    [MemberData(nameof(Contradictions))]
    public void Contradiction_of_an_imaging_manifest_is_told_with_its_path(string place, string json, string expected)
    {
        IReadOnlyList<ManifestProblem> problems = Problems(place, JsonNode.Parse(json));
        Assert.Contains(expected, problems.Select(p => p.Path));
        Assert.All(problems, p => Assert.False(string.IsNullOrWhiteSpace(p.Message)));
    }

    [Fact, Trait("promise", "M-231")]
    public void Any_member_of_a_wrong_type_is_told_with_its_path()
    {
        int tried = 0;
        foreach (string place in JsonPlaces.All(JsonNode.Parse(s_good)!).Where(p => !p.Contains(".shape[", StringComparison.Ordinal)).ToList())
        {
            JsonNode wrong = JsonPlaces.Get(JsonNode.Parse(s_good)!, place) is JsonArray ? new JsonObject() : new JsonArray();
            Assert.Contains(place, Problems(place, wrong).Select(p => p.Path));
            tried++;
        }
        Assert.True(tried > 150, $"{tried} places");
    }

    [Fact, Trait("promise", "M-231")]
    public void Golden_pictures_have_rows_and_no_steps()
    {
        ModelManifest manifest = TestImagingManifest.Create();
        GoldenVectors golden = TinyImagingModel.Golden();
        byte[] json = GoldenWriter.ToUtf8(golden);
        Assert.DoesNotContain("steps", Encoding.UTF8.GetString(json));
        Assert.NotNull(GoldenReader.Read(json, manifest).Golden);
        GoldenCase stepped = golden.Cases[0] with { Steps = 3 };
        GoldenCase cut = golden.Cases[1] with { Inputs = new Dictionary<string, float[]> { ["image"] = new float[63] } };
        Assert.Equal(["golden.json:$.cases[0].steps", "golden.json:$.cases[1].inputs.image"],
            GoldenReader.Read(GoldenWriter.ToUtf8(golden with { Cases = [stepped, cut] }), manifest).Problems.Select(p => p.Path));
    }

    [Fact, Trait("promise", "M-231")]
    public void Golden_stays_need_their_steps()
    {
        ModelManifest manifest = TestManifest.Create();
        GoldenVectors golden = new AffineModel(manifest).Golden();
        golden = golden with { Cases = [golden.Cases[0] with { Steps = null }] };
        Assert.Equal("golden.json:$.cases[0].steps", Assert.Single(GoldenReader.Read(GoldenWriter.ToUtf8(golden), manifest).Problems).Path);
    }
}
