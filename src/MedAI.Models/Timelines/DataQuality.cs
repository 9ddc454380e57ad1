namespace MedAI.Models.Timelines;

/// <summary>Why a value was not used; a closed list with stable codes.</summary>
public enum RejectionReason
{
    UnknownUnit,
    MissingUnit,
    OutsideHardRange,
    AfterAsOf,
    NotYetAvailable,
    BeforeTimeZero,
    DayPrecisionOnly,
    NoTime,
    UnusableStatus,
    EnteredInError,
    WrongSpecimen,
    NotNumeric,
    DataAbsent,
    Duplicate,
    SupersededVersion,
    ForeignSubject,
    TimingNotSupported,
    IncompleteParts,
    NotComparable,
    UnusableComparator,
}

/// <summary>A rejected value: where it came from, for which variable, and why.</summary>
/// <param name="VariableId">Null when no variable of the model was meant.</param>
/// <param name="Source">Null when the source had no usable reference.</param>
/// <param name="Reason">Coded reason.</param>
/// <param name="Detail">Fixed words or a unit/variable name; never a patient's value.</param>
public sealed record Rejection(string? VariableId, SourceReference? Source, RejectionReason Reason, string? Detail = null);

/// <summary>State of one variable in the data behind an outcome.</summary>
/// <param name="Count">Values used.</param>
/// <param name="NewestAgeHours">Age of the newest used value at as-of; null when none.</param>
/// <param name="Stale">Newest value is older than the variable's staleness limit, so it is not carried to as-of.</param>
public sealed record VariableQuality(string VariableId, string Title, int Count, double? NewestAgeHours, bool Stale, bool IsState = false)
{
    /// <summary>Never a state: ventilation that was not needed is off, not missing.</summary>
    public bool Missing => Count == 0 && !IsState;
}

/// <summary>What was used, converted, rejected, missing, stale and incomplete in the data behind an outcome.</summary>
public sealed record DataQualityReport
{
    public required int Used { get; init; }

    public required int Converted { get; init; }

    /// <summary>Values per flag, only flags that occurred.</summary>
    public required IReadOnlyDictionary<MeasurementFlags, int> Flagged { get; init; }

    /// <summary>Every rejected value of a variable that the model knows.</summary>
    public required IReadOnlyList<Rejection> Rejected { get; init; }

    /// <summary>Count of resources that the model does not use (other codes).</summary>
    public required int NotForThisModel { get; init; }

    public required IReadOnlyList<VariableQuality> Variables { get; init; }

    public DateTimeOffset? OldestInput { get; init; }

    public DateTimeOffset? NewestInput { get; init; }

    /// <summary>Remarks about the patient or the stay, stable codes (for instance "time-zero-from-encounter", "birth-date-year-only", "clock-ahead", "specimen-unknown", "search-outcome-ignored").</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    public IEnumerable<VariableQuality> Missing => Variables.Where(v => v.Missing);

    public IEnumerable<VariableQuality> Stale => Variables.Where(v => v.Stale);
}
