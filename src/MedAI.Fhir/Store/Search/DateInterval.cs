using System.Text;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.Store.Search;

/// <summary>The time that a FHIR date covers, as precisely as it says: 2026 is a year long, 2026-03-01T08:00:00Z a second.</summary>
/// <param name="Low">First millisecond since 1970 UTC.</param>
/// <param name="High">First millisecond after it.</param>
public readonly record struct DateInterval(long Low, long High)
{
    /// <summary>Where a period has no start.</summary>
    public const long Beginning = -99_999_999_999_999;

    /// <summary>Where a period has no end.</summary>
    public const long End = 999_999_999_999_999;

    /// <summary>First instant.</summary>
    public DateTimeOffset From => DateTimeOffset.FromUnixTimeMilliseconds(Low);

    /// <summary>First instant after it; the last that there is where none can be written.</summary>
    public DateTimeOffset To => DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(High, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>Reads a date, dateTime or instant. A time without an offset is one in UTC; seconds may be missing.</summary>
    public static DateInterval? Parse(string text)
    {
        if (text.Length is < 4 or > 40)
            return null;
        int clock = text.IndexOf('T', StringComparison.Ordinal);
        if (clock < 0)
            return Day(text);
        // A plus that was not encoded reaches us as a blank.
        string whole = text.Replace(' ', '+');
        int zone = whole.AsSpan(clock).IndexOfAny('Z', '+', '-');
        string time = zone < 0 ? whole[(clock + 1)..] : whole[(clock + 1)..(clock + zone)];
        if (FhirTime.Parse(Encoding.UTF8.GetBytes(zone < 0 ? whole + "Z" : whole), out var instant) != TimePrecision.Instant)
            return null;
        long low = instant.ToUnixTimeMilliseconds();
        return new DateInterval(low, low + time.Length switch { <= 5 => 60_000, 8 => 1_000, 10 => 100, 11 => 10, _ => 1 });
    }

    /// <summary>One instant, to the millisecond.</summary>
    public static DateInterval Of(DateTimeOffset instant) => new(instant.ToUnixTimeMilliseconds(), instant.ToUnixTimeMilliseconds() + 1);

    private static DateInterval? Day(string text)
    {
        var precision = FhirTime.Parse(Encoding.UTF8.GetBytes(text), out var first);
        if (precision == TimePrecision.None)
            return null;
        // What follows the last year cannot be written as a date.
        if (first.Year == 9999)
            return new DateInterval(first.ToUnixTimeMilliseconds(), End);
        var after = precision switch { TimePrecision.Year => first.AddYears(1), TimePrecision.Month => first.AddMonths(1), _ => first.AddDays(1) };
        return new DateInterval(first.ToUnixTimeMilliseconds(), after.ToUnixTimeMilliseconds());
    }
}
