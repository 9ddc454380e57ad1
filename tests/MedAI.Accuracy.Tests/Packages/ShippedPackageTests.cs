using MedAI.Testing;
using MedAI.Training.Evaluation.Cards;

namespace MedAI.Accuracy.Tests.Packages;

/// <summary>What is published about every shipped package against the files themselves.</summary>
public sealed class ShippedPackageTests
{
    public static TheoryData<string> Models => [.. ShippedPackage.All.Select(p => p.Id)];

    [Theory]
    [MemberData(nameof(Models))]
    [Trait("promise", "M-266")]
    public void Figures_measured_again_from_the_shipped_file_are_the_published_ones(string model)
    {
        var evaluation = PackageEvaluations.Find(model);
        Assert.NotNull(evaluation);
        var data = RepositoryRoot.Data is { } root ? Path.Combine(root, evaluation.DataFolder) : null;
        Assert.SkipUnless(
            Directory.Exists(data), $"Needs the folder {evaluation.DataFolder}/ of the public data (set MEDAI_DATA); it is not part of the repository.");
        var package = ShippedPackage.Of(model);

        var measured = evaluation.Evaluate(data, package.Folder, TestContext.Current.CancellationToken);

        Assert.Empty(EvaluationCheck.Differences(package.Published, measured));
        Assert.Empty(EvaluationCheck.Differences(package.Manifest, measured));
    }

    [Theory]
    [MemberData(nameof(Models))]
    [Trait("promise", "M-265")]
    public void Card_report_plots_and_manifest_are_exactly_what_follows_from_the_published_evaluation(string model)
    {
        var package = ShippedPackage.Of(model);
        var words = CardTextSources.Find(model);
        Assert.NotNull(words);

        foreach (var (name, bytes) in PackageDocuments.Render(package.Manifest, package.Published, words))
        {
            var path = Path.Combine(package.Folder, name);
            Assert.True(File.Exists(path), $"{name} is missing");
            Assert.True(bytes.AsSpan().SequenceEqual(File.ReadAllBytes(path)), $"{name} is not what follows: run training card {model}");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    [Trait("promise", "M-264")]
    public void Shipped_card_answers_31_attributes_and_repeats_the_figures(string model)
    {
        var package = ShippedPackage.Of(model);
        var card = ModelCardFile.Parse(File.ReadAllBytes(Path.Combine(package.Folder, ModelCardFile.Name)));

        Assert.Equal((package.Id, package.Version), (card.Model, card.Version));
        Assert.Equal(Enumerable.Range(1, 31), card.SourceAttributes.Select(a => a.Number));
        Assert.All(card.SourceAttributes, a => Assert.False(string.IsNullOrWhiteSpace(a.Answer)));
        Assert.All(card.SourceAttributes.Where(a => a.Status == CardAttribute.NotAvailable), a => Assert.False(string.IsNullOrWhiteSpace(a.Reason)));
        Assert.Empty(EvaluationCheck.Differences(card, package.Published));
    }

    [Theory]
    [MemberData(nameof(Models))]
    [Trait("promise", "M-266")]
    public void Published_evaluation_is_of_the_model_file_that_is_shipped(string model)
    {
        var package = ShippedPackage.Of(model);

        Assert.Equal(PackageDocuments.ModelHash(package.Folder, package.Manifest), package.Published.ModelSha256);
        Assert.NotNull(package.Published.Training);
    }
}
