using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace MedAI.Fhir.Writing;

/// <summary>Collects HTML so that a value can only come in encoded: interpolated strings and numbers pass through <see cref="SafeText"/>.</summary>
internal sealed class PageText
{
    private readonly StringBuilder _html = new(32 * 1024);

    /// <summary>Adds markup; every hole of the interpolated string is encoded.</summary>
    public PageText Add([InterpolatedStringHandlerArgument("")] Markup markup)
    {
        _ = markup;
        return this;
    }

    /// <summary>Adds constant markup of ours.</summary>
    public PageText Raw(string markup)
    {
        _html.Append(markup);
        return this;
    }

    public override string ToString() => _html.ToString();

    /// <summary>Writes literal parts as they are and holes encoded.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Markup
    {
        private readonly StringBuilder _html;

        public Markup(int literalLength, int formattedCount, PageText page)
        {
            _ = literalLength + formattedCount;
            _html = page._html;
        }

        public void AppendLiteral(string literal) => _html.Append(literal);

        public void AppendFormatted(string? text) => _html.Append(SafeText.Html(text, 4000));

        public void AppendFormatted(int number) => _html.Append(number.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(double number) => _html.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

        public void AppendFormatted(double number, string format) => _html.Append(number.ToString(format, CultureInfo.InvariantCulture));
    }
}
