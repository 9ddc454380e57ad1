using System.Text.Json.Serialization;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>One plot of a report.</summary>
/// <param name="Id">Stable id; the plot is the file <c>id.svg</c>.</param>
/// <param name="Title">Heading of the plot.</param>
/// <param name="Kind">How it is drawn.</param>
/// <param name="XLabel">Words at the horizontal axis.</param>
/// <param name="YLabel">Words at the vertical axis.</param>
/// <param name="Series">Lines, dots or rows of the plot.</param>
public sealed record EvaluationCurve(string Id, string Title, CurveKind Kind, string XLabel, string YLabel, IReadOnlyList<CurveSeries> Series)
{
    /// <summary>Ends of the axes; from the points when null.</summary>
    public double? XMin { get; init; }

    public double? XMax { get; init; }

    public double? YMin { get; init; }

    public double? YMax { get; init; }

    /// <summary>A value to compare with: a vertical line in a forest plot, a horizontal one elsewhere.</summary>
    public double? Reference { get; init; }

    /// <summary>Heading of the report under which it stands.</summary>
    public string? Section { get; init; }
}

/// <summary>One line of a plot.</summary>
/// <param name="Name">Words of the legend.</param>
/// <param name="Points">Pairs of x and y. In a forest plot x is the value and y is not used.</param>
public sealed record CurveSeries(string Name, [property: JsonConverter(typeof(PointsConverter))] IReadOnlyList<IReadOnlyList<double>> Points)
{
    /// <summary>Cases behind each point: bars of a reliability diagram, numbers of a forest plot.</summary>
    public IReadOnlyList<long>? Counts { get; init; }

    /// <summary>Ends of the interval of each point: of x in a forest plot, of y elsewhere.</summary>
    public IReadOnlyList<double>? Low { get; init; }

    public IReadOnlyList<double>? High { get; init; }

    /// <summary>Words of each row of a forest plot.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    public bool Dashed { get; init; }

    public static CurveSeries Of(string name, IEnumerable<(double X, double Y)> points) => new(name, [.. points.Select(p => (double[])[p.X, p.Y])]);
}

/// <summary>How a plot is drawn.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CurveKind>))]
public enum CurveKind
{
    /// <summary>Lines between free ends.</summary>
    [JsonStringEnumMemberName("lines")] Lines,

    /// <summary>Receiver operating characteristic: unit square with its diagonal.</summary>
    [JsonStringEnumMemberName("roc")] Roc,

    /// <summary>Precision against recall: unit square.</summary>
    [JsonStringEnumMemberName("precision-recall")] PrecisionRecall,

    /// <summary>Observed against predicted with the number of cases per group below.</summary>
    [JsonStringEnumMemberName("reliability")] Reliability,

    /// <summary>Net benefit by threshold probability.</summary>
    [JsonStringEnumMemberName("decision")] Decision,

    /// <summary>A measure of the answers that remain by share kept.</summary>
    [JsonStringEnumMemberName("risk-coverage")] RiskCoverage,

    /// <summary>One row per group with its interval.</summary>
    [JsonStringEnumMemberName("forest")] Forest,

    /// <summary>A measure by epoch or round.</summary>
    [JsonStringEnumMemberName("learning")] Learning,
}
