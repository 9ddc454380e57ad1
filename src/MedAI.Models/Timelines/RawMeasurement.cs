namespace MedAI.Models.Timelines;

/// <summary>A value as its source stated it, before units, ranges and pooling.</summary>
/// <remarks>The boundary layer fills one per value and hands it to <see cref="PatientTimelineBuilder.Add(in RawMeasurement)"/>.</remarks>
public readonly struct RawMeasurement
{
    /// <summary>Codes found on the value that the model knows, most specific first; from <see cref="VariableTable.FindCodes(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>. Which applies is decided by <see cref="Context"/>.</summary>
    public required IReadOnlyList<ModelCode> Codes { get; init; }

    public required double Value { get; init; }

    /// <summary>Unit system, null when absent.</summary>
    public string? UnitSystem { get; init; }

    /// <summary>Coded unit, null when absent.</summary>
    public string? UnitCode { get; init; }

    /// <summary>Unit as displayed, null when absent.</summary>
    public string? UnitText { get; init; }

    public required DateTimeOffset Effective { get; init; }

    public DateTimeOffset? Available { get; init; }

    public MeasurementFlags Flags { get; init; }

    /// <summary>What the source says about specimen, site and method.</summary>
    public MeasurementContext Context { get; init; }

    /// <summary>True when a part could not be tested; <see cref="Value"/> is then ignored.</summary>
    public bool NotTestable { get; init; }

    public required SourceReference Source { get; init; }
}

/// <summary>Specimen, site, method and category facts that decide what a generic code means.</summary>
[Flags]
public enum MeasurementContext
{
    None = 0,
    ArterialSpecimen = 1 << 0,
    VenousSpecimen = 1 << 1,
    InvasiveMethod = 1 << 2,
    CuffMethod = 1 << 3,
    VitalSignsCategory = 1 << 4,
    LaboratoryCategory = 1 << 5,
    /// <summary>A second coding says pulse oximetry (59408-5).</summary>
    PulseOximetryCoding = 1 << 6,
    CapillarySpecimen = 1 << 7,
    /// <summary>A specimen is named, and what it is could not be read.</summary>
    SpecimenUnknown = 1 << 8,
}
