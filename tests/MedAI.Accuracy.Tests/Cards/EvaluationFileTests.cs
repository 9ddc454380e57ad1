using System.Text;
using MedAI.Accuracy.Tests.Report;
using MedAI.Training.Evaluation.Cards;

namespace MedAI.Accuracy.Tests.Cards;

public sealed class EvaluationFileTests
{
    [Fact]
    public void Evaluation_that_is_written_and_read_again_is_the_same_text()
    {
        var written = EvaluationFile.ToUtf8(SampleEvaluation.Make());

        Assert.Equal(Encoding.UTF8.GetString(written), Encoding.UTF8.GetString(EvaluationFile.ToUtf8(EvaluationFile.Parse(written))));
    }

    [Fact]
    public void Zero_is_written_because_it_was_measured()
    {
        var text = Encoding.UTF8.GetString(EvaluationFile.ToUtf8(SampleEvaluation.Make()));

        Assert.Contains("\"id\": \"48h.abstained\"", text, StringComparison.Ordinal);
        Assert.Contains("\"value\": 0,", text, StringComparison.Ordinal);
        Assert.Contains("\"topic\": \"validity\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Points_of_a_curve_stand_on_one_line() =>
        Assert.Contains("[[0, 0], [0.3, 0.6], [1, 1]]", Encoding.UTF8.GetString(EvaluationFile.ToUtf8(SampleEvaluation.Make())), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"model\": \"x\"}")]
    [InlineData("{\"model\": 7}")]
    public void Damaged_evaluation_is_refused_in_one_line(string text)
    {
        var error = Assert.Throws<InvalidDataException>(() => EvaluationFile.Parse(Encoding.UTF8.GetBytes(text)));

        Assert.StartsWith("evaluation.json is ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Figure_that_is_no_number_is_refused() =>
        Assert.Throws<ArgumentException>(() => EvaluationFigure.Of("x", "x", FigureTopic.Validity, double.NaN));
}
