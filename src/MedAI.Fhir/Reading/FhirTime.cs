using System.Text.Json;

namespace MedAI.Fhir.Reading;

/// <summary>How exactly a FHIR dateTime says when.</summary>
internal enum TimePrecision
{
    /// <summary>Absent or not a FHIR dateTime.</summary>
    None,
    Year,
    Month,
    Day,
    /// <summary>A time of day with an offset: an instant.</summary>
    Instant,
}

/// <summary>Parses FHIR date, dateTime and instant from UTF-8.</summary>
/// <remarks>A time of day without an offset is no instant and FHIR forbids it: <see cref="TimePrecision.None"/>. Seconds may be missing, because senders leave them out.</remarks>
internal static class FhirTime
{
    public static TimePrecision Parse(JsonElement element, out DateTimeOffset time) => Parse(FhirJson.Text(element), out time);

    /// <summary>The instant, or null when the element says less.</summary>
    public static DateTimeOffset? Instant(JsonElement element) => Parse(element, out var time) == TimePrecision.Instant ? time : null;

    /// <param name="text">The dateTime.</param>
    /// <param name="time">The instant; for less precise values their first moment in UTC.</param>
    public static TimePrecision Parse(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        int month = 1, day = 1;
        if (!Digits(text, 0, 4, out int year) || year == 0)
            return TimePrecision.None;
        var precision = TimePrecision.Year;
        if (text.Length > 4)
        {
            if (text.Length < 7 || text[4] != '-' || !Digits(text, 5, 2, out month) || month is < 1 or > 12)
                return TimePrecision.None;
            precision = TimePrecision.Month;
        }
        if (text.Length > 7)
        {
            if (text.Length < 10 || text[7] != '-' || !Digits(text, 8, 2, out day) || day < 1 || day > DateTime.DaysInMonth(year, month))
                return TimePrecision.None;
            precision = TimePrecision.Day;
        }
        if (text.Length <= 10)
        {
            time = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero);
            return precision;
        }
        return TimeOfDay(text, new DateTime(year, month, day), out time) ? TimePrecision.Instant : TimePrecision.None;
    }

    private static bool TimeOfDay(ReadOnlySpan<byte> text, DateTime date, out DateTimeOffset time)
    {
        time = default;
        if (text[10] != 'T' || text.Length < 17 || !Digits(text, 11, 2, out int hour) || hour > 23 || text[13] != ':' || !Digits(text, 14, 2, out int minute) || minute > 59)
            return false;
        int position = 16;
        int second = 0;
        long fraction = 0;
        if (text[position] == ':')
        {
            if (!Digits(text, 17, 2, out second) || second > 60)
                return false;
            position = 19;
            if (position < text.Length && text[position] == '.')
            {
                long unit = TimeSpan.TicksPerSecond;
                int first = ++position;
                for (; position < text.Length && char.IsAsciiDigit((char)text[position]); position++)
                {
                    // Digits beyond 100 ns are dropped.
                    unit /= 10;
                    fraction += unit * (text[position] - '0');
                }
                if (position == first)
                    return false;
            }
        }
        if (!Offset(text[position..], out var offset))
            return false;
        // Second 60 is a leap second; its instant is the next minute's first.
        var clock = date.AddTicks((hour * 3600L + minute * 60L + second) * TimeSpan.TicksPerSecond + fraction);
        long utc = clock.Ticks - offset.Ticks;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks)
            return false;
        time = new DateTimeOffset(clock, offset);
        return true;
    }

    private static bool Offset(ReadOnlySpan<byte> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text.SequenceEqual("Z"u8))
            return true;
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':' || !Digits(text, 1, 2, out int hours) || !Digits(text, 4, 2, out int minutes)
            || minutes > 59 || hours * 60 + minutes > 14 * 60)
            return false;
        offset = TimeSpan.FromMinutes((hours * 60 + minutes) * (text[0] == '-' ? -1 : 1));
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, int start, int count, out int value)
    {
        value = 0;
        if (start + count > text.Length)
            return false;
        foreach (byte b in text.Slice(start, count))
        {
            if (b is < (byte)'0' or > (byte)'9')
                return false;
            value = value * 10 + (b - '0');
        }
        return true;
    }
}
