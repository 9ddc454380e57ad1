using System.Globalization;

namespace MedAI.Fhir.Store.Search;

/// <summary>Reads one value of a search parameter: prefix, system, reference, text.</summary>
internal static class SearchValueParser
{
    private const decimal MostNumber = 1_000_000_000_000_000_000_000m;

    private const int MostDigits = 20;

    /// <summary>Characters of a text. No name is longer, and a database bounds the patterns that it compares with.</summary>
    private const int MostText = 1_000;

    private static readonly Dictionary<string, SearchComparison> Prefixes = new(StringComparer.Ordinal)
    {
        ["eq"] = SearchComparison.Equal,
        ["ne"] = SearchComparison.NotEqual,
        ["gt"] = SearchComparison.Greater,
        ["lt"] = SearchComparison.Less,
        ["ge"] = SearchComparison.GreaterOrEqual,
        ["le"] = SearchComparison.LessOrEqual,
        ["sa"] = SearchComparison.StartsAfter,
        ["eb"] = SearchComparison.EndsBefore,
        ["ap"] = SearchComparison.Approximately,
    };

    /// <param name="item">One alternative, still with its backslashes.</param>
    /// <returns>Null where it is no value of the parameter.</returns>
    public static SearchAlternative? Parse(SearchParameter parameter, string? modifier, string item, SearchAsk ask) => item.Length == 0 ? null : parameter.Kind switch
    {
        SearchKind.Token => Token(parameter, item),
        SearchKind.Reference => Reference(parameter, modifier, SearchText.Unescape(item), ask.FhirBase),
        SearchKind.Date => Date(item, ask.Now),
        SearchKind.Number => Number(item),
        SearchKind.Uri => new TokenAlternative(null, SearchText.Unescape(item)),
        _ => Text(modifier, SearchText.Unescape(item)),
    };

    /// <summary>What a value must be, in a sentence.</summary>
    public static string Wanted(SearchParameter parameter) => parameter.Kind switch
    {
        SearchKind.Token when parameter.Codes.Count > 0 => $"{parameter.Name} takes the codes {string.Join(", ", parameter.Codes)}.",
        SearchKind.Token => $"{parameter.Name} takes [code], [system]|[code], |[code] or [system]|.",
        SearchKind.Reference => $"{parameter.Name} takes [id], [type]/[id] or an absolute URL.",
        SearchKind.Date => $"{parameter.Name} takes a date, dateTime or instant, after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing.",
        SearchKind.Number => $"{parameter.Name} takes a number, after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{parameter.Name} takes a text of at most {MostText} characters."),
    };

    private static TokenAlternative? Token(SearchParameter parameter, string item)
    {
        var parts = SearchText.Split(item, '|');
        if (parts.Count > 2)
            return null;
        string? system = parts.Count == 2 ? SearchText.Unescape(parts[0]) : null;
        string code = SearchText.Unescape(parts[^1]);
        if (parameter.Codes.Count > 0 && code.Length > 0 && string.IsNullOrEmpty(system) && !parameter.Codes.Contains(code))
            return null;
        if (code.Length > 0)
            return new TokenAlternative(system, code);
        return string.IsNullOrEmpty(system) ? null : new TokenAlternative(system, null);
    }

    private static ReferenceAlternative? Reference(SearchParameter parameter, string? modifier, string text, string fhirBase)
    {
        var (target, version) = SearchValueReader.Split(text);
        if (target.StartsWith(fhirBase + "/", StringComparison.Ordinal))
            target = target[(fhirBase.Length + 1)..];
        if (!target.Contains('/', StringComparison.Ordinal))
        {
            // An id alone is one of ours, of any type that the reference may point at.
            if (target.Length == 0 || target.Contains(':', StringComparison.Ordinal))
                return target.Length == 0 ? null : new ReferenceAlternative([target], null);
            IEnumerable<string> types = modifier is not null ? [modifier] : parameter.Targets.Count > 0 ? parameter.Targets : SearchParameters.All.Select(d => d.Type);
            return new ReferenceAlternative([.. types.SelectMany(type => Forms($"{type}/{target}", fhirBase))], version.Length == 0 ? null : version);
        }
        bool absolute = target.Contains("://", StringComparison.Ordinal) || target.StartsWith("urn:", StringComparison.Ordinal);
        if (!absolute && target.Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
            return null;
        // Of another type than the parameter's: nothing can match.
        if ((modifier is not null && !SearchValueReader.IsOfType(target, modifier)) || (parameter.Of is not null && !SearchValueReader.IsOfType(target, parameter.Targets[0])))
            return new ReferenceAlternative([], null);
        return new ReferenceAlternative(absolute ? [target] : Forms(target, fhirBase), version.Length == 0 ? null : version);
    }

    /// <summary>Our own resources are referred to relative or under our base.</summary>
    private static string[] Forms(string local, string fhirBase) => [local, $"{fhirBase}/{local}"];

    private static DateAlternative? Date(string item, DateTimeOffset now)
    {
        var (comparison, text) = Prefix(item);
        if (DateInterval.Parse(text) is not { } interval)
            return null;
        if (comparison == SearchComparison.Approximately)
        {
            // R4 recommends a tenth of the distance to now.
            long near = Math.Abs(now.ToUnixTimeMilliseconds() - interval.Low) / 10;
            interval = new DateInterval(interval.Low - near, interval.High + near);
        }
        return new DateAlternative(comparison, interval);
    }

    private static NumberAlternative? Number(string item)
    {
        var (comparison, text) = Prefix(item);
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out decimal value)
            || Math.Abs(value) > MostNumber)
            return null;
        double exact = (double)value;
        if (comparison is SearchComparison.Equal or SearchComparison.NotEqual)
            return Half(text) is { } half ? new NumberAlternative(comparison, (double)(value - half), (double)(value + half)) : null;
        double near = comparison == SearchComparison.Approximately ? Math.Abs(exact) / 10 : 0;
        return new NumberAlternative(comparison, exact - near, exact + near);
    }

    /// <summary>Half a unit of the last digit that was written: 100 means 99.5 to 100.5 (R4, search.html 3.1.1.4.6). Null where that is out of all proportion.</summary>
    private static decimal? Half(string text)
    {
        int exponent = text.IndexOfAny(['e', 'E']);
        string digits = exponent < 0 ? text : text[..exponent];
        int power = 0;
        if (exponent >= 0 && !int.TryParse(text.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out power))
            return null;
        int point = digits.IndexOf('.', StringComparison.Ordinal);
        power -= point < 0 ? 0 : digits.Length - point - 1;
        if (power is < -MostDigits or > MostDigits)
            return null;
        decimal unit = 1;
        for (; power > 0; power--)
            unit *= 10;
        for (; power < 0; power++)
            unit /= 10;
        return unit / 2;
    }

    private static TextAlternative? Text(string? modifier, string text) => modifier switch
    {
        _ when text.Length > MostText => null,
        "exact" => new TextAlternative(TextMatch.Exact, text),
        "contains" => FoldedText.Of(text) is { Length: > 0 } folded ? new TextAlternative(TextMatch.Anywhere, folded) : null,
        _ => FoldedText.Of(text) is { Length: > 0 } folded ? new TextAlternative(TextMatch.Start, folded) : null,
    };

    private static (SearchComparison Comparison, string Text) Prefix(string item) =>
        item.Length > 2 && Prefixes.TryGetValue(item[..2], out var comparison) ? (comparison, item[2..]) : (SearchComparison.Equal, item);
}
