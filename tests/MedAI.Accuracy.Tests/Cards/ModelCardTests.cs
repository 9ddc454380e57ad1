using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MedAI.Accuracy.Tests.Report;
using MedAI.Models.Packages;
using MedAI.Testing;
using MedAI.Training.Evaluation.Cards;

namespace MedAI.Accuracy.Tests.Cards;

public sealed class ModelCardTests
{
    public static TheoryData<string> Models => [.. CardTextSources.All.Select(t => t.ModelId)];

    private static (ModelManifest Manifest, EvaluationResult Evaluation) Package(string model)
    {
        var evaluation = SampleEvaluation.Make(model);
        var manifest = TestManifest.Create() with { Id = model, Version = evaluation.Version };
        return (manifest with { Files = manifest.Files with { Model = new ManifestFile("model.onnx", evaluation.ModelSha256) } }, evaluation);
    }

    [Fact]
    public void Source_attributes_are_the_31_of_the_rule_in_nine_sections()
    {
        Assert.Equal(Enumerable.Range(1, 31), SourceAttributes.All.Select(a => a.Number));
        Assert.Equal([4, 4, 2, 4, 2, 4, 5, 4, 2], SourceAttributes.All.GroupBy(a => a.Section).Select(g => g.Count()));
    }

    [Theory]
    [MemberData(nameof(Models))]
    [Trait("promise", "M-264")]
    public void Card_answers_all_31_attributes_or_says_why_not(string model)
    {
        var (manifest, evaluation) = Package(model);

        var card = ModelCardFile.Build(manifest, evaluation, CardTextSources.Find(model)!.For(manifest, evaluation));

        Assert.Equal(Enumerable.Range(1, 31), card.SourceAttributes.Select(a => a.Number));
        Assert.All(card.SourceAttributes, a =>
        {
            Assert.False(string.IsNullOrWhiteSpace(a.Answer), $"attribute {a.Number} is empty");
            Assert.Contains(a.Status, new[] { CardAttribute.Filled, CardAttribute.NotAvailable });
            Assert.Equal(a.Status == CardAttribute.NotAvailable, a.Reason is { Length: > 20 });
        });
        Assert.Contains(card.Figures, f => f.Id == "48h.auroc" && f.Command == evaluation.Command);
        Assert.DoesNotContain(card.Figures, f => f.Id == "cost.ratio");
        Assert.Contains("AUROC at 48 h", card.SourceAttributes[20].Answer, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("promise", "M-264")]
    public void Chest_card_says_that_it_is_not_for_adults_and_that_low_is_not_normal()
    {
        var (manifest, evaluation) = Package("chest-xray-pneumonia");

        var cautioned = CardTextSources.Find("chest-xray-pneumonia")!.For(manifest, evaluation).Answers[9].Text;

        Assert.Contains("does not transfer to adults", cautioned, StringComparison.Ordinal);
        Assert.Contains("A low probability is not \"normal\"", cautioned, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Card_that_is_written_and_read_again_is_the_same(string model)
    {
        var (manifest, evaluation) = Package(model);
        var bytes = ModelCardFile.ToUtf8(ModelCardFile.Build(manifest, evaluation, CardTextSources.Find(model)!.For(manifest, evaluation)));

        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(ModelCardFile.ToUtf8(ModelCardFile.Parse(bytes))));
        using var json = JsonDocument.Parse(bytes);
        Assert.Equal(31, json.RootElement.GetProperty("sourceAttributes").GetArrayLength());
    }

    [Fact]
    public void Card_without_an_answer_is_refused_with_its_number()
    {
        var (manifest, evaluation) = Package("icu-mortality");
        var texts = CardTextSources.Find("icu-mortality")!.For(manifest, evaluation);
        var without = texts with { Answers = texts.Answers.Where(a => a.Key != 17).ToDictionary() };

        var error = Assert.Throws<InvalidDataException>(() => ModelCardFile.Build(manifest, evaluation, without));

        Assert.Contains("attribute 17", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("promise", "M-265")]
    public void Documents_name_the_card_in_the_manifest_by_its_hash()
    {
        var (manifest, evaluation) = Package("icu-mortality");

        var files = PackageDocuments.Render(manifest, evaluation, new IcuMortalityTexts());

        var (written, problems) = ManifestReader.Read(files["manifest.json"]);
        Assert.Empty(problems);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(files["model-card.json"])), written!.Files.ModelCard.Sha256);
        Assert.Equal(manifest.Files.Model, written.Files.Model);
        Assert.Contains("report.md", files.Keys);
        Assert.Contains("**31. ", Encoding.UTF8.GetString(files["model-card.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluation_of_another_model_file_is_refused()
    {
        var (manifest, evaluation) = Package("icu-mortality");

        Assert.Throws<InvalidDataException>(() => PackageDocuments.Render(manifest, evaluation with { ModelSha256 = new string('b', 64) }, new IcuMortalityTexts()));
    }
}
