using MedAI.Training.Evaluation.Cards;

namespace MedAI.Training.Evaluation.Report;

/// <summary>Draws the curves of an evaluation as SVG.</summary>
internal static class Plot
{
    private const double Left = 72;
    private const double Top = 52;
    private const double Side = 380;
    private const double Wide = 500;
    private const double Tall = 320;
    private const double Strip = 64;
    private const double StripGap = 34;

    public static string Draw(EvaluationCurve curve) => curve.Kind switch
    {
        CurveKind.Forest => ForestPlot.Draw(curve),
        CurveKind.Reliability => Reliability(curve),
        _ => Lines(curve),
    };

    private static bool Unit(EvaluationCurve curve) => curve.Kind is CurveKind.Roc or CurveKind.PrecisionRecall;

    private static string Lines(EvaluationCurve curve)
    {
        var unit = Unit(curve);
        var (width, height) = unit ? (Side, Side) : (Wide, Tall);
        var all = curve.Series.SelectMany(s => s.Points).ToArray();
        var values = all.Select(p => p[1]).Concat(curve.Series.SelectMany(s => (s.Low ?? []).Concat(s.High ?? []))).Concat(curve.Reference is { } r ? [r] : []).ToArray();
        var x = unit ? PlotAxis.Of(0, 1, open: false) : Axis(curve.XMin, curve.XMax, [.. all.Select(p => p[0])], open: false);
        var y = unit ? PlotAxis.Of(0, 1, open: false) : Axis(curve.YMin, curve.YMax, values, open: true);
        var svg = Frame(curve, width, height, height);
        Axes(svg, curve, x, y, width, height);
        if (curve.Kind == CurveKind.Roc)
            svg.Line(Left, Top + height, Left + width, Top, SvgCanvas.Muted, dash: "4 4");
        if (curve.Reference is { } level)
            svg.Line(Left, Y(level), Left + width, Y(level), SvgCanvas.Muted, 1.2, "4 4");
        for (var s = 0; s < curve.Series.Count; s++)
        {
            var series = curve.Series[s];
            Whiskers(svg, series, s, X, Y);
            svg.Polyline(series.Points.Where(p => Within(p, y)).Select(p => (X(p[0]), Y(p[1]))), SvgCanvas.Colour(s), dash: series.Dashed ? "6 4" : null);
            if (series.Points.Count <= 12)
            {
                foreach (var point in series.Points)
                    svg.Dot(X(point[0]), Y(point[1]), 3, SvgCanvas.Colour(s));
            }
        }

        Legend(svg, curve, Left + width + 20);
        return svg.ToString();

        double X(double value) => Left + (x.Place(value) * width);
        double Y(double value) => Top + height - (y.Place(value) * height);
    }

    /// <summary>A net benefit far below the axis would otherwise run along its foot.</summary>
    private static bool Within(IReadOnlyList<double> point, PlotAxis y) => point[1] >= y.Low - (0.02 * (y.High - y.Low));

    private static string Reliability(EvaluationCurve curve)
    {
        var all = curve.Series.SelectMany(s => s.Points).ToArray();
        var extent = curve.XMax ?? Math.Min(1, Math.Ceiling(all.Max(p => Math.Max(p[0], p[1])) * 10) / 10);
        var axis = PlotAxis.Of(0, extent, open: false);
        var counted = curve.Series.Any(s => s.Counts is { Count: > 0 });
        var svg = Frame(curve, Side, Side, Side + (counted ? StripGap + Strip : 0));
        Axes(svg, curve, axis, axis, Side, Side, labelAtFoot: !counted);
        svg.Line(Left, Top + Side, Left + Side, Top, SvgCanvas.Muted, dash: "4 4");
        var most = curve.Series.SelectMany(s => s.Counts ?? []).DefaultIfEmpty(1).Max();
        var foot = Top + Side + StripGap + Strip;
        for (var s = 0; s < curve.Series.Count; s++)
        {
            var series = curve.Series[s];
            Whiskers(svg, series, s, X, Y);
            svg.Polyline(series.Points.Select(p => (X(p[0]), Y(p[1]))), SvgCanvas.Colour(s), 1.5, series.Dashed ? "6 4" : null);
            for (var i = 0; i < series.Points.Count; i++)
            {
                var point = series.Points[i];
                svg.Dot(X(point[0]), Y(point[1]), 4, SvgCanvas.Colour(s));
                if (series.Counts is not { } counts)
                    continue;
                // Square roots: the many low risks must not hide the few high ones.
                var bar = Math.Sqrt(counts[i] / (double)most) * Strip;
                svg.Bar(X(point[0]) - 4 + (s * 4), foot - bar, 4, bar, SvgCanvas.Colour(s), 0.75);
            }
        }

        if (counted)
        {
            svg.Line(Left, foot, Left + Side, foot, SvgCanvas.Muted);
            svg.Text(Left - 10, foot - (Strip / 2) + 4, "cases", "end", SvgCanvas.Quiet, 11);
            svg.Text(Left + Side + 8, foot - Strip + 8, NumberText.Count(most), colour: SvgCanvas.Quiet, size: 11);
            svg.Text(Left + (Side / 2), foot + 30, curve.XLabel, "middle", SvgCanvas.Quiet);
        }

        Legend(svg, curve, Left + Side + 20);
        return svg.ToString();

        double X(double value) => Left + (axis.Place(value) * Side);
        double Y(double value) => Top + Side - (axis.Place(value) * Side);
    }

    private static void Whiskers(SvgCanvas svg, CurveSeries series, int index, Func<double, double> x, Func<double, double> y)
    {
        if (series.Low is not { } low || series.High is not { } high)
            return;
        for (var i = 0; i < series.Points.Count; i++)
            svg.Line(x(series.Points[i][0]), y(low[i]), x(series.Points[i][0]), y(high[i]), SvgCanvas.Colour(index), 1.2);
    }

    private static PlotAxis Axis(double? low, double? high, double[] values, bool open)
    {
        var (from, to) = (low ?? values.DefaultIfEmpty(0).Min(), high ?? values.DefaultIfEmpty(1).Max());
        return PlotAxis.Of(from, to, open && low is null && high is null);
    }

    private static SvgCanvas Frame(EvaluationCurve curve, double width, double height, double whole)
    {
        var legend = curve.Series.Max(s => SvgCanvas.WidthOf(s.Name)) + 60;
        var needed = Math.Max(Left + width + 20 + legend, SvgCanvas.WidthOf(curve.Title, 15) + 60);
        return new SvgCanvas(needed, Top + Math.Max(whole, height) + 56, curve.Title);
    }

    private static void Axes(SvgCanvas svg, EvaluationCurve curve, PlotAxis x, PlotAxis y, double width, double height, bool labelAtFoot = true)
    {
        foreach (var tick in x.Ticks)
        {
            var at = Left + (x.Place(tick) * width);
            svg.Line(at, Top, at, Top + height, SvgCanvas.Grid);
            svg.Text(at, Top + height + 18, x.Label(tick), "middle", SvgCanvas.Quiet);
        }

        foreach (var tick in y.Ticks)
        {
            var at = Top + height - (y.Place(tick) * height);
            svg.Line(Left, at, Left + width, at, SvgCanvas.Grid);
            svg.Text(Left - 8, at + 4, y.Label(tick), "end", SvgCanvas.Quiet);
        }

        svg.Line(Left, Top + height, Left + width, Top + height, SvgCanvas.Muted);
        svg.Line(Left, Top, Left, Top + height, SvgCanvas.Muted);
        if (labelAtFoot)
            svg.Text(Left + (width / 2), Top + height + 40, curve.XLabel, "middle", SvgCanvas.Quiet);
        svg.Text(20, Top + (height / 2), curve.YLabel, "middle", SvgCanvas.Quiet, turn: -90);
    }

    private static void Legend(SvgCanvas svg, EvaluationCurve curve, double x)
    {
        for (var s = 0; s < curve.Series.Count; s++)
        {
            var y = Top + 8 + (s * 20);
            svg.Line(x, y, x + 22, y, SvgCanvas.Colour(s), 2.5, curve.Series[s].Dashed ? "6 4" : null);
            svg.Text(x + 30, y + 4, curve.Series[s].Name);
        }
    }
}
