using System.Globalization;
using System.Text;

namespace MedAI.Training.Evaluation.Report;

/// <summary>One curve or set of dots; coordinates from 0 to 1.</summary>
internal sealed record PlotSeries(string Label, IReadOnlyList<(double X, double Y)> Points, bool Dots = false);

/// <summary>A square plot on the unit square, as SVG that needs nothing else.</summary>
internal static class LinePlot
{
    private const int Side = 360;
    private const int Left = 60;
    private const int Top = 40;
    private const int Height = Side + 100;

    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

    /// <param name="title">Heading.</param>
    /// <param name="x">Label of the horizontal axis.</param>
    /// <param name="y">Label of the vertical axis.</param>
    /// <param name="series">At most four.</param>
    /// <param name="diagonal">Draws the line x = y for comparison.</param>
    /// <param name="extent">Value at the end of both axes.</param>
    public static string Draw(string title, string x, string y, IReadOnlyList<PlotSeries> series, bool diagonal, double extent = 1)
    {
        var svg = new StringBuilder();
        var width = Left + Side + 150;
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{Height}\" viewBox=\"0 0 {width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"{title}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{Height}\" fill=\"white\"/>\n<text x=\"{Left}\" y=\"24\" font-size=\"15\">{title}</text>\n");
        for (var i = 0; i <= 5; i++)
        {
            var at = i * Side / 5;
            var label = (extent * i / 5).ToString("0.##", CultureInfo.InvariantCulture);
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left + at} {Top}V{Top + Side}M{Left} {Top + at}H{Left + Side}\" stroke=\"#ddd\" fill=\"none\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + at}\" y=\"{Top + Side + 16}\" text-anchor=\"middle\">{label}</text><text x=\"{Left - 6}\" y=\"{Top + Side - at + 4}\" text-anchor=\"end\">{label}</text>\n");
        }

        if (diagonal)
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Top + Side}L{Left + Side} {Top}\" stroke=\"#888\" stroke-dasharray=\"4 4\"/>\n");
        for (var s = 0; s < series.Count; s++)
        {
            var points = series[s].Points.Select(p => (X: Left + (Clamp(p.X) * Side), Y: Top + Side - (Clamp(p.Y) * Side))).ToArray();
            svg.Append("<polyline fill=\"none\" stroke-width=\"1.8\" stroke=\"").Append(Colours[s]).Append("\" points=\"");
            foreach (var (px, py) in points)
                svg.Append(CultureInfo.InvariantCulture, $"{px:0.#},{py:0.#} ");
            svg.Append("\"/>\n");
            if (series[s].Dots)
            {
                foreach (var (px, py) in points)
                    svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{px:0.#}\" cy=\"{py:0.#}\" r=\"3.5\" fill=\"{Colours[s]}\"/>\n");
            }

            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + Side + 12}\" y=\"{Top + 16 + (s * 18)}\" fill=\"{Colours[s]}\">{series[s].Label}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (Side / 2)}\" y=\"{Top + Side + 40}\" text-anchor=\"middle\">{x}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"18\" y=\"{Top + (Side / 2)}\" text-anchor=\"middle\" transform=\"rotate(-90 18 {Top + (Side / 2)})\">{y}</text>\n</svg>\n");
        return svg.ToString();

        double Clamp(double value) => Math.Clamp(value / extent, 0, 1);
    }
}
