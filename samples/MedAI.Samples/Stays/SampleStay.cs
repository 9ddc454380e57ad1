namespace MedAI.Samples.Stays;

/// <summary>Where a made-up patient lies.</summary>
public enum SampleUnit
{
    /// <summary>A clinic, no intensive care.</summary>
    Clinic,
    Coronary,
    CardiacSurgery,
    Medical,
    Surgical,
}

/// <summary>What the service should answer for a made-up patient.</summary>
public enum SampleExpectation
{
    /// <summary>A risk.</summary>
    Prediction,
    /// <summary>Nothing: the model was not made for this patient or setting.</summary>
    NoCard,
    /// <summary>One card that says what is missing.</summary>
    Info,
}

/// <summary>A made-up stay: who, where, since when, and everything charted; no FHIR.</summary>
/// <remarks>Nobody stands behind it; names, dates and numbers are invented or simulated.</remarks>
public sealed record SampleStay
{
    /// <summary>Stable id, also the Patient's id: <c>demo-...</c>.</summary>
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Given { get; init; }

    public required string Family { get; init; }

    public required bool Male { get; init; }

    public required DateOnly BirthDate { get; init; }

    public required SampleUnit Unit { get; init; }

    /// <summary>Start of the stay in the unit: the model's time zero.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>End of the encounter; null while it lasts.</summary>
    public DateTimeOffset? End { get; init; }

    public double? HeightCm { get; init; }

    public required SampleExpectation Expectation { get; init; }

    /// <summary>Ordered by minute, then variable id; holds everything but height and ventilation.</summary>
    public IReadOnlyList<SampleValue> Values { get; init; } = [];

    public IReadOnlyList<SampleVentilation> Ventilation { get; init; } = [];

    /// <summary>Completed years at the start of the stay.</summary>
    public int Age
    {
        get
        {
            var day = DateOnly.FromDateTime(Start.DateTime);
            int years = day.Year - BirthDate.Year;
            return day < BirthDate.AddYears(years) ? years - 1 : years;
        }
    }
}
