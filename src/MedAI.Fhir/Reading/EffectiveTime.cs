using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>When a value held, or why that cannot be told to the hour.</summary>
internal readonly struct EffectiveTime
{
    /// <summary>The instant that counts: of a period, its end.</summary>
    public DateTimeOffset? At { get; private init; }

    /// <summary>Start of a period, or <see cref="At"/> where there is none.</summary>
    public DateTimeOffset? Start { get; private init; }

    /// <summary>Stated as a period.</summary>
    public bool IsPeriod { get; private init; }

    /// <summary>The period says no end at all.</summary>
    public bool IsOpen { get; private init; }

    public MeasurementFlags Flags { get; private init; }

    /// <summary>Why <see cref="At"/> is null.</summary>
    public RejectionReason Reason { get; private init; }

    public static EffectiveTime OfInstant(JsonElement element)
    {
        var precision = FhirTime.Parse(element, out var time);
        return precision == TimePrecision.Instant ? new EffectiveTime { At = time, Start = time } : new EffectiveTime { Reason = ReasonOf(precision) };
    }

    public static EffectiveTime OfPeriod(JsonElement period)
    {
        var start = FhirTime.Instant(FhirJson.Member(period, "start"u8));
        var endElement = FhirJson.Member(period, "end"u8);
        var precision = FhirTime.Parse(endElement, out var end);
        if (precision != TimePrecision.Instant)
            return new EffectiveTime { Start = start, IsPeriod = true, IsOpen = endElement.ValueKind == JsonValueKind.Undefined, Reason = ReasonOf(precision) };
        return new EffectiveTime { At = end, Start = start, IsPeriod = true, Flags = MeasurementFlags.PeriodEnd };
    }

    public static EffectiveTime OfTiming() => new() { Reason = RejectionReason.TimingNotSupported };

    public static EffectiveTime OfIssued(DateTimeOffset? issued) =>
        issued is null ? new EffectiveTime { Reason = RejectionReason.NoTime } : new EffectiveTime { At = issued, Start = issued, Flags = MeasurementFlags.IssuedTime };

    /// <summary>A day, a month or a year is a date without a time; anything else is no time at all.</summary>
    private static RejectionReason ReasonOf(TimePrecision precision) =>
        precision is TimePrecision.Day or TimePrecision.Month or TimePrecision.Year ? RejectionReason.DayPrecisionOnly : RejectionReason.NoTime;
}
