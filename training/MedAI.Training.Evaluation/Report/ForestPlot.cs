using MedAI.Training.Evaluation.Cards;

namespace MedAI.Training.Evaluation.Report;

/// <summary>One row per group: words, dot with its interval, and the numbers.</summary>
internal static class ForestPlot
{
    private const double Top = 64;
    private const double RowHeight = 24;
    private const double Width = 340;

    public static string Draw(EvaluationCurve curve)
    {
        var rows = curve.Series.SelectMany((series, s) => series.Points.Select((point, i) => (
            Series: s,
            Label: series.Labels is { } labels ? labels[i] : series.Name,
            Value: point[0],
            Low: series.Low is { } low && double.IsFinite(low[i]) ? low[i] : point[0],
            High: series.High is { } high && double.IsFinite(high[i]) ? high[i] : point[0],
            Count: series.Counts is { } counts ? NumberText.Count(counts[i]) : ""))).ToArray();
        var axis = PlotAxis.Of(
            curve.XMin ?? rows.Min(r => r.Low), curve.XMax ?? rows.Max(r => r.High), open: curve.XMin is null && curve.XMax is null);
        var left = 34 + rows.Max(r => SvgCanvas.WidthOf(r.Label));
        var foot = Top + (rows.Length * RowHeight);
        var whole = Math.Max(left + Width + 240, SvgCanvas.WidthOf(curve.Title, 15) + 60);
        var svg = new SvgCanvas(whole, foot + 60, curve.Title);
        foreach (var tick in axis.Ticks)
        {
            svg.Line(X(tick), Top - 6, X(tick), foot, SvgCanvas.Grid);
            svg.Text(X(tick), foot + 18, axis.Label(tick), "middle", SvgCanvas.Quiet);
        }

        if (curve.Reference is { } reference)
            svg.Line(X(reference), Top - 6, X(reference), foot, SvgCanvas.Muted, 1.2, "4 4");
        svg.Text(left + Width + 24, Top - 10, curve.YLabel, colour: SvgCanvas.Quiet, size: 11);
        svg.Text(left + Width + 220, Top - 10, "n", "end", SvgCanvas.Quiet, 11);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            var y = Top + ((i + 0.5) * RowHeight);
            var colour = SvgCanvas.Colour(row.Series);
            svg.Text(left - 10, y + 4, row.Label, "end");
            svg.Line(X(row.Low), y, X(row.High), y, colour, 1.6);
            svg.Dot(X(row.Value), y, 4, colour);
            svg.Text(left + Width + 24, y + 4, row.Low < row.High ? $"{NumberText.Fixed(row.Value)} ({NumberText.Fixed(row.Low)} to {NumberText.Fixed(row.High)})" : NumberText.Fixed(row.Value));
            svg.Text(left + Width + 220, y + 4, row.Count, "end", SvgCanvas.Quiet);
        }

        svg.Line(left, foot, left + Width, foot, SvgCanvas.Muted);
        svg.Text(left + (Width / 2), foot + 42, curve.XLabel, "middle", SvgCanvas.Quiet);
        return svg.ToString();

        double X(double value) => left + (axis.Place(value) * Width);
    }
}
