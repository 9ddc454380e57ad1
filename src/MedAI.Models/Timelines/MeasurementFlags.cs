namespace MedAI.Models.Timelines;

/// <summary>What a reader should know about how a value was obtained.</summary>
[Flags]
public enum MeasurementFlags
{
    None = 0,
    /// <summary>Converted from another unit.</summary>
    Converted = 1 << 0,
    /// <summary>The unit was a display word, not UCUM.</summary>
    UnitAlias = 1 << 1,
    /// <summary>Clipped to the soft range.</summary>
    Clipped = 1 << 2,
    /// <summary>The source gave a bound (&lt; or &gt;), which was used as the value.</summary>
    Comparator = 1 << 3,
    /// <summary>Time taken from issued, because effective was absent.</summary>
    IssuedTime = 1 << 4,
    /// <summary>Computed from other measurements.</summary>
    Derived = 1 << 5,
    /// <summary>Pulse oximetry in place of arterial saturation.</summary>
    PulseOximetry = 1 << 6,
    /// <summary>A part that could not be tested was scored as the manifest declares.</summary>
    NotTestable = 1 << 7,
    /// <summary>Came through a concept map from a local code.</summary>
    Mapped = 1 << 8,
    /// <summary>The invasive or cuff method was not stated; the variable's default was assumed.</summary>
    MethodAssumed = 1 << 9,
    /// <summary>The source's clock was ahead of as-of by no more than the tolerance.</summary>
    ClockAhead = 1 << 10,
    /// <summary>High-sensitivity assay, not interchangeable with the conventional one.</summary>
    HighSensitivityAssay = 1 << 11,
    /// <summary>The time was the end of a period.</summary>
    PeriodEnd = 1 << 12,
    /// <summary>The specimen is named, but what it is could not be read; what the code says was taken.</summary>
    SpecimenUnknown = 1 << 13,
}
