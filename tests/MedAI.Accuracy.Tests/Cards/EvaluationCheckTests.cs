using MedAI.Accuracy.Tests.Report;
using MedAI.Models.Packages;
using MedAI.Testing;
using MedAI.Training.Evaluation.Cards;

namespace MedAI.Accuracy.Tests.Cards;

public sealed class EvaluationCheckTests
{
    private static readonly EvaluationResult Published = SampleEvaluation.Make();

    private static EvaluationResult With(string id, Func<EvaluationFigure, EvaluationFigure> change) =>
        Published with { Figures = [.. Published.Figures.Select(f => f.Id == id ? change(f) : f)] };

    [Fact]
    public void The_same_figures_differ_nowhere() => Assert.Empty(EvaluationCheck.Differences(Published, SampleEvaluation.Make()));

    [Fact]
    [Trait("promise", "M-265")]
    public void A_figure_that_moved_is_named_with_both_numbers()
    {
        var line = Assert.Single(EvaluationCheck.Differences(Published, With("48h.women.auroc", f => f with { Value = 0.8121 })));

        Assert.Equal("48h.women.auroc value: published 0.81, measured 0.8121", line);
    }

    [Fact]
    public void A_thousandth_is_tolerated_and_more_is_not()
    {
        Assert.Empty(EvaluationCheck.Differences(Published, With("48h.women.auroc", f => f with { Value = f.Value + 0.0009 })));
        Assert.NotEmpty(EvaluationCheck.Differences(Published, With("48h.women.auroc", f => f with { Value = f.Value + 0.0011 })));
    }

    [Fact]
    public void An_interval_or_a_number_of_cases_that_moved_is_named()
    {
        Assert.NotEmpty(EvaluationCheck.Differences(Published, With("48h.auroc", f => f with { Low = f.Low - 0.01 })));
        Assert.NotEmpty(EvaluationCheck.Differences(Published, With("48h.auroc", f => f with { High = null })));
        Assert.NotEmpty(EvaluationCheck.Differences(Published, With("48h.auroc", f => f with { N = 1999 })));
    }

    [Fact]
    public void A_figure_that_is_on_one_side_only_is_named()
    {
        var fewer = Published with { Figures = [.. Published.Figures.Skip(1)] };

        Assert.Equal("48h.auroc: published, but not measured", Assert.Single(EvaluationCheck.Differences(Published, fewer)));
        Assert.Equal("48h.auroc: measured, but not published", Assert.Single(EvaluationCheck.Differences(fewer, Published)));
    }

    [Fact]
    public void Cost_is_not_compared() => Assert.Empty(EvaluationCheck.Differences(Published, With("cost.ratio", f => f with { Value = 99 })));

    [Fact]
    public void Another_model_file_is_named() => Assert.NotEmpty(EvaluationCheck.Differences(Published, Published with { ModelSha256 = new string('b', 64) }));

    [Fact]
    public void A_threshold_of_the_manifest_must_be_measured_and_agree()
    {
        var manifest = TestManifest.Create();
        var threshold = manifest.Thresholds[0];
        manifest = manifest with { Thresholds = [threshold] };
        var measured = Published with
        {
            Figures =
            [
                EvaluationFigure.Of($"threshold.{threshold.Id}.alert-rate", "a", FigureTopic.Validity, threshold.AlertRate),
                EvaluationFigure.Of($"threshold.{threshold.Id}.sensitivity", "s", FigureTopic.Validity, threshold.Sensitivity + 0.01),
            ],
        };

        Assert.Equal(
            [$"threshold.{threshold.Id}.sensitivity", $"threshold.{threshold.Id}.ppv:"],
            EvaluationCheck.Differences(manifest, measured).Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void A_card_that_says_something_else_is_named()
    {
        var manifest = TestManifest.Create();
        manifest = manifest with { Id = Published.Model, Version = Published.Version, Files = manifest.Files with { Model = new ManifestFile("model.onnx", Published.ModelSha256) } };
        var card = ModelCardFile.Build(manifest, Published, new IcuMortalityTexts().For(manifest, Published));

        Assert.Empty(EvaluationCheck.Differences(card, Published));
        Assert.Single(EvaluationCheck.Differences(card, With("48h.auroc", f => f with { Value = f.Value + 0.0001 })));
    }
}
