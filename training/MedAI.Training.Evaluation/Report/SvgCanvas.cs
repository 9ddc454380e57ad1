using System.Globalization;
using System.Net;
using System.Text;

namespace MedAI.Training.Evaluation.Report;

/// <summary>Shapes and words of a plot in one light style: white ground, grey grid, sans-serif, colours that colour-blind readers can tell apart.</summary>
/// <remarks>The file needs no font, script or style sheet, so that it shows the same on GitHub and in a browser.</remarks>
internal sealed class SvgCanvas
{
    public const string Ink = "#24292f";
    public const string Quiet = "#57606a";
    public const string Grid = "#e4e7eb";
    public const string Muted = "#9aa3ad";

    /// <summary>Okabe and Ito's palette without its yellow, which is too light for a line.</summary>
    private static readonly string[] Palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5b5b5b"];

    private readonly StringBuilder _svg = new();

    public SvgCanvas(double width, double height, string title)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:0}\" height=\"{height:0}\" viewBox=\"0 0 {width:0} {height:0}\" font-family=\"-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"{Ink}\" role=\"img\" aria-label=\"{Escape(title)}\">\n");
        _svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title>\n<rect width=\"{width:0}\" height=\"{height:0}\" rx=\"6\" fill=\"#ffffff\"/>\n");
        Text(24, 30, title, size: 15, bold: true);
    }

    public static string Colour(int index) => Palette[index % Palette.Length];

    /// <summary>Rough width of words at a size, for layout only.</summary>
    public static double WidthOf(string words, double size = 12) => words.Length * size * 0.56;

    public void Line(double x1, double y1, double x2, double y2, string colour, double width = 1, string? dash = null) =>
        _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x1:0.##} {y1:0.##}L{x2:0.##} {y2:0.##}\" stroke=\"{colour}\" stroke-width=\"{width:0.##}\"{Dash(dash)} fill=\"none\"/>\n");

    public void Polyline(IEnumerable<(double X, double Y)> points, string colour, double width = 2, string? dash = null)
    {
        _svg.Append("<polyline fill=\"none\" stroke-linejoin=\"round\" stroke=\"").Append(colour);
        _svg.Append(CultureInfo.InvariantCulture, $"\" stroke-width=\"{width:0.##}\"{Dash(dash)} points=\"");
        foreach (var (x, y) in points)
            _svg.Append(CultureInfo.InvariantCulture, $"{x:0.#},{y:0.#} ");
        _svg.Append("\"/>\n");
    }

    public void Dot(double x, double y, double radius, string colour) =>
        _svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\" fill=\"{colour}\"/>\n");

    public void Bar(double x, double y, double width, double height, string colour, double opacity = 1) =>
        _svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" fill=\"{colour}\" fill-opacity=\"{opacity:0.##}\"/>\n");

    public void Text(double x, double y, string words, string anchor = "start", string colour = Ink, double size = 12, bool bold = false, double turn = 0)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" fill=\"{colour}\" font-size=\"{size:0.#}\"");
        if (bold)
            _svg.Append(" font-weight=\"600\"");
        if (turn != 0)
            _svg.Append(CultureInfo.InvariantCulture, $" transform=\"rotate({turn:0} {x:0.#} {y:0.#})\"");
        _svg.Append('>').Append(Escape(words)).Append("</text>\n");
    }

    public override string ToString() => _svg + "</svg>\n";

    private static string Dash(string? dash) => dash is null ? "" : $" stroke-dasharray=\"{dash}\"";

    private static string Escape(string words) => WebUtility.HtmlEncode(words);
}
