using System.Text.Json.Serialization;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>One measured number that the model card repeats and that a test computes again from the shipped file.</summary>
/// <param name="Id">Stable id, for instance <c>48h.auroc</c>.</param>
/// <param name="Title">What it is, fit for a row of a table.</param>
/// <param name="Topic">What it says something about; decides which source attribute repeats it.</param>
/// <param name="Value">The number; shares are 0..1.</param>
public sealed record EvaluationFigure(string Id, string Title, FigureTopic Topic, double Value)
{
    /// <summary>Ends of the 95 % interval; null where none was computed.</summary>
    public double? Low { get; init; }

    public double? High { get; init; }

    /// <summary>Cases behind the number.</summary>
    public long? N { get; init; }

    /// <summary>Digits after the point that are shown; 3 when null.</summary>
    public int? Digits { get; init; }

    /// <summary>Shown as a percentage.</summary>
    public bool Percent { get; init; }

    /// <summary>Heading of the report under which it stands; the topic's own when null.</summary>
    public string? Section { get; init; }

    /// <summary>A figure with its interval; ends that are undefined are left out.</summary>
    /// <exception cref="ArgumentException">The value is not a finite number.</exception>
    public static EvaluationFigure Of(string id, string title, FigureTopic topic, Interval interval, long n)
    {
        ArgumentNullException.ThrowIfNull(interval);
        return Of(id, title, topic, interval.Value, n) with { Low = Finite(interval.Low), High = Finite(interval.High) };
    }

    /// <summary>A figure without an interval.</summary>
    /// <exception cref="ArgumentException">The value is not a finite number.</exception>
    public static EvaluationFigure Of(string id, string title, FigureTopic topic, double value, long? n = null) => double.IsFinite(value)
        ? new EvaluationFigure(id, title, topic, Rounded(value)) { N = n }
        : throw new ArgumentException($"Figure {id} is not a finite number.", nameof(value));

    private static double? Finite(double value) => double.IsFinite(value) ? Rounded(value) : null;

    /// <summary>Six digits after the point: more than any figure is worth, and stable in a diff.</summary>
    private static double Rounded(double value) => Math.Round(value, 6);
}

/// <summary>What a figure says something about.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FigureTopic>))]
public enum FigureTopic
{
    /// <summary>Discrimination, calibration and operating points on data of the same source.</summary>
    [JsonStringEnumMemberName("validity")] Validity,

    /// <summary>The same within groups of patients.</summary>
    [JsonStringEnumMemberName("fairness")] Fairness,

    /// <summary>On data of another source.</summary>
    [JsonStringEnumMemberName("external")] External,

    /// <summary>Scores and models to compare with.</summary>
    [JsonStringEnumMemberName("comparison")] Comparison,

    /// <summary>Refusal, abstention, intervals.</summary>
    [JsonStringEnumMemberName("uncertainty")] Uncertainty,

    /// <summary>Faithfulness of the explanation.</summary>
    [JsonStringEnumMemberName("explanation")] Explanation,

    /// <summary>Time and memory; depends on the machine and is not compared again.</summary>
    [JsonStringEnumMemberName("cost")] Cost,
}
