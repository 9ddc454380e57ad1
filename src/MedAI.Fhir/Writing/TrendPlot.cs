using System.Globalization;
using System.Text;

namespace MedAI.Fhir.Writing;

/// <summary>Draws the values of one variable over the data window as an SVG with axes, unit, clock times and a text alternative.</summary>
internal static class TrendPlot
{
    private const double Width = 330, Height = 140, Left = 38, Right = 12, Top = 8, Bottom = 24;

    /// <summary>Values further apart than this are not joined by a line: nobody measured in between.</summary>
    private const double GapHours = 8;

    public static void Draw(PageText page, TrendDetail trend, WindowDetail window, int number)
    {
        double hours = Math.Max(0.1, (window.AsOf - window.TimeZero).TotalHours);
        var (first, last, step) = AxisTicks.Cover(trend.Points.Min(p => p.V), trend.Points.Max(p => p.V));
        string unit = UnitText.Of(trend.Unit);
        page.Add($"<figure><figcaption>{trend.Title}");
        if (unit.Length > 0)
            page.Add($" <span class=\"soft small\">{unit}</span>");
        page.Raw("</figcaption>");
        page.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-labelledby=\"t{number} d{number}\"><title id=\"t{number}\">{trend.Title} over the data window</title>");
        page.Add($"<desc id=\"d{number}\">{Description(trend, window)}</desc>");
        for (int i = 0; first + i * step <= last + step / 2; i++)
        {
            double value = first + i * step;
            double y = Y(value);
            page.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y}\" y2=\"{y}\"/><text x=\"{Left - 6}\" y=\"{y + 4}\" text-anchor=\"end\">{ResultWording.Number(Math.Round(value, 10))}</text>");
        }
        TimeAxis(page, window, hours);
        Curve(page, trend.Points);
        if (trend.Points.Count <= 72)
        {
            foreach (TrendPoint point in trend.Points)
                page.Add($"<circle class=\"dot\" cx=\"{X(point.H)}\" cy=\"{Y(point.V)}\" r=\"2.2\"/>");
        }
        page.Raw("</svg></figure>");

        double X(double hour) => Left + Math.Clamp(hour / hours, 0, 1) * (Width - Left - Right);

        double Y(double value) => Height - Bottom - (value - first) / (last - first) * (Height - Top - Bottom);

        void Curve(PageText to, IReadOnlyList<TrendPoint> points)
        {
            var path = new StringBuilder();
            for (int i = 0; i < points.Count; i++)
                path.Append(CultureInfo.InvariantCulture, $"{(i == 0 || points[i].H - points[i - 1].H > GapHours ? 'M' : 'L')}{X(points[i].H):0.#} {Y(points[i].V):0.#}");
            // Digits and letters of ours only, and longer than a text may be.
            to.Raw("<path class=\"curve\" d=\"").Raw(path.ToString()).Raw("\"/>");
        }
    }

    /// <summary>Clock times at whole steps of the ward's day, so that 06:00 is always where people look for it.</summary>
    private static void TimeAxis(PageText page, WindowDetail window, double hours)
    {
        double step = AxisTicks.HourStep(hours);
        TimeSpan offset = window.AsOf.Offset;
        DateTimeOffset start = window.TimeZero.ToOffset(offset);
        double floor = Height - Bottom;
        page.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{floor}\" y2=\"{floor}\"/>");
        DateTime day = start.Date;
        for (int i = 0; ; i++)
        {
            DateTime tick = day.AddHours(i * step);
            double hour = (tick - start.DateTime).TotalHours;
            if (hour > hours + 1e-6)
                break;
            if (hour < -1e-6)
                continue;
            double x = Left + hour / hours * (Width - Left - Right);
            string label = tick.ToString(tick.TimeOfDay == TimeSpan.Zero ? "d MMM" : "HH:mm", CultureInfo.InvariantCulture);
            string anchor = x > Width - 28 ? "end" : "middle";
            page.Add($"<line class=\"axis\" x1=\"{x}\" x2=\"{x}\" y1=\"{floor}\" y2=\"{floor + 4}\"/><text x=\"{x}\" y=\"{floor + 16}\" text-anchor=\"{anchor}\">{label}</text>");
        }
    }

    private static string Description(TrendDetail trend, WindowDetail window)
    {
        TrendPoint newest = trend.Points[^1];
        return string.Create(CultureInfo.InvariantCulture,
            $"{trend.Points.Count} {(trend.Points.Count == 1 ? "value" : "values")} between {ResultWording.Value(trend.Points.Min(p => p.V), trend.Unit)} and {ResultWording.Value(trend.Points.Max(p => p.V), trend.Unit)}; newest {ResultWording.Value(newest.V, trend.Unit)} at {ResultWording.Time(window.TimeZero.AddHours(newest.H), window.AsOf.Offset)}.");
    }
}
