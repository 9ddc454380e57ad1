namespace MedAI.Models.Timelines;

/// <summary>FHIR administrative gender.</summary>
public enum Sex
{
    Unknown,
    Male,
    Female,
    Other,
}

/// <summary>Kinds of intensive care unit that a model tells apart.</summary>
public enum IcuType
{
    Unknown,
    Coronary,
    CardiacSurgery,
    Medical,
    Surgical,
    Other,
}

/// <summary>What the model may know about the person.</summary>
/// <param name="BirthDate">Known to the day, or to the month or year with the first day and a remark.</param>
/// <param name="Sex">Administrative gender.</param>
/// <param name="Deceased">Deceased at or before as-of.</param>
public sealed record PatientFacts(DateOnly? BirthDate, Sex Sex, bool Deceased)
{
    /// <summary>Completed years at an instant, in the instant's own offset.</summary>
    public int? AgeAt(DateTimeOffset instant)
    {
        if (BirthDate is not { } born)
            return null;
        var day = DateOnly.FromDateTime(instant.DateTime);
        int years = day.Year - born.Year;
        return day < born.AddYears(years) ? years - 1 : years;
    }
}

/// <summary>The stay that gives the model its time zero.</summary>
/// <param name="Start">Time zero.</param>
/// <param name="End">End of the stay, null while it lasts.</param>
/// <param name="EncounterEnded">The encounter is finished or has a period end at or before as-of.</param>
/// <param name="Encounter">Source of the stay.</param>
public sealed record CareStay(DateTimeOffset Start, DateTimeOffset? End, IcuType IcuType, bool EncounterEnded, SourceReference Encounter);

/// <summary>A lasting state such as mechanical ventilation; half-open when it has not ended.</summary>
public sealed record StateInterval(ModelVariable Variable, DateTimeOffset Start, DateTimeOffset? End, SourceReference Source);

/// <summary>Everything about one patient that a model may read, without identity: values, states, stay and demographics as of one instant.</summary>
/// <remarks>
/// Made by <see cref="PatientTimelineBuilder"/>. Holds only what was effective and available at or before <see cref="AsOf"/>
/// (5 minutes of clock difference are tolerated and flagged). Measurements are sorted by variable, then effective time, then value,
/// and hold no duplicates: the order of the input leaves no trace. Immutable.
/// </remarks>
public sealed class PatientTimeline
{
    internal PatientTimeline(VariableTable variables, DateTimeOffset asOf, PatientFacts patient, CareStay? stay,
        IReadOnlyList<Measurement> measurements, IReadOnlyList<StateInterval> states, DataQualityReport quality)
    {
        Variables = variables;
        AsOf = asOf;
        Patient = patient;
        Stay = stay;
        Measurements = measurements;
        States = states;
        Quality = quality;
    }

    public VariableTable Variables { get; }

    public DateTimeOffset AsOf { get; }

    public PatientFacts Patient { get; }

    public CareStay? Stay { get; }

    /// <summary>Sorted by variable index, effective, value.</summary>
    public IReadOnlyList<Measurement> Measurements { get; }

    /// <summary>Sorted by variable index and start; joined.</summary>
    public IReadOnlyList<StateInterval> States { get; }

    public DataQualityReport Quality { get; }
}
