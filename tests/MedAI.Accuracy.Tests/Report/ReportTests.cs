using System.Xml.Linq;
using MedAI.Testing;
using MedAI.Training.Evaluation.Cards;
using MedAI.Training.Evaluation.Report;

namespace MedAI.Accuracy.Tests.Report;

public sealed class ReportTests
{
    private static readonly EvaluationResult Evaluation = SampleEvaluation.Make();

    private static readonly CardTexts Texts = new()
    {
        Answers = SourceAttributes.All.ToDictionary(a => a.Number, a => CardAnswer.Filled($"Answer {a.Number}.")),
        Citations = ["A source."],
        Sections = [new ReportSection("Model", "How it works.")],
    };

    private static IReadOnlyDictionary<string, string> Render() => ReportWriter.Render(TestManifest.Create(), Evaluation, Texts);

    [Fact]
    [Trait("promise", "M-263")]
    public void Report_holds_every_figure_table_and_curve_and_the_command()
    {
        var report = Render()[ReportWriter.Name];

        Assert.All(Evaluation.Figures, f => Assert.Contains($"| {f.Title} | {NumberText.Value(f)} |", report, StringComparison.Ordinal));
        Assert.All(Evaluation.Curves, c => Assert.Contains($"]({c.Id}.svg)", report, StringComparison.Ordinal));
        Assert.Contains("alerts \\| share", report, StringComparison.Ordinal);
        Assert.Contains("## Model", report, StringComparison.Ordinal);
        Assert.Contains("30 minutes on two cores", report, StringComparison.Ordinal);
        Assert.Contains(Evaluation.Command, report, StringComparison.Ordinal);
        Assert.Contains("## Sources", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_is_the_same_twice() => Assert.Equal(Render(), Render());

    [Fact]
    [Trait("promise", "M-263")]
    public void Every_plot_is_an_image_on_its_own_with_title_and_labels()
    {
        foreach (var curve in Evaluation.Curves)
        {
            var svg = XDocument.Parse(Render()[$"{curve.Id}.svg"]);

            Assert.Equal("svg", svg.Root!.Name.LocalName);
            var words = svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToArray();
            Assert.Contains(curve.Title, words);
            Assert.Contains(curve.XLabel, words);
            Assert.DoesNotContain(svg.Descendants(), e => e.Name.LocalName is "script" or "style" or "image");
            Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Plot_draws_inside_its_own_edges()
    {
        foreach (var curve in Evaluation.Curves)
        {
            var svg = XDocument.Parse(Render()[$"{curve.Id}.svg"]);
            var width = double.Parse(svg.Root!.Attribute("width")!.Value);
            var height = double.Parse(svg.Root!.Attribute("height")!.Value);

            foreach (var dot in svg.Descendants().Where(e => e.Name.LocalName == "circle"))
            {
                Assert.InRange(double.Parse(dot.Attribute("cx")!.Value), 0, width);
                Assert.InRange(double.Parse(dot.Attribute("cy")!.Value), 0, height);
            }
        }
    }

    [Fact]
    public void Writing_removes_the_plots_of_an_earlier_report()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Combine("old.svg"), "<svg/>");

        ReportWriter.Write(folder.Path, TestManifest.Create(), Evaluation, Texts);

        Assert.False(File.Exists(folder.Combine("old.svg")));
        Assert.True(File.Exists(folder.Combine("roc.svg")) && File.Exists(folder.Combine("report.md")));
    }

    [Theory]
    [InlineData(0, 1, 0.2)]
    [InlineData(0.4, 0.52, 0.05)]
    [InlineData(0, 37, 10)]
    public void Axis_steps_are_round(double low, double high, double step) => Assert.Equal(step, PlotAxis.Of(low, high, open: true).Step, 9);

    [Theory]
    [InlineData(42, "42 seconds")]
    [InlineData(1830, "30 minutes")]
    [InlineData(7500, "2 h 5 min")]
    public void Time_is_worded(double seconds, string words) => Assert.Equal(words, NumberText.Time(seconds));

    [Fact]
    public void Table_refuses_a_row_of_another_width() => Assert.Throws<ArgumentException>(() => new MarkdownTable("a", "b").Row("1"));
}
