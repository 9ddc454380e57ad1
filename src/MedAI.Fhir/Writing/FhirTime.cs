using System.Globalization;

namespace MedAI.Fhir.Writing;

/// <summary>Instants as FHIR writes them: UTC, to the second, with milliseconds where there are any.</summary>
public static class FhirTime
{
    /// <summary>A dateTime or instant value.</summary>
    public static string Format(DateTimeOffset instant)
    {
        DateTime utc = instant.UtcDateTime;
        return utc.ToString(utc.Millisecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>The instant without what <see cref="Format"/> does not write.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset instant) =>
        new(instant.UtcTicks - instant.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
}
