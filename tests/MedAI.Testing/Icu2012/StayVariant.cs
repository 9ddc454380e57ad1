namespace MedAI.Testing.Icu2012;

/// <summary>How a stay is told in FHIR; all of them tell the same stay.</summary>
public sealed record StayVariant
{
    /// <summary>Canonical units and the most preferred codes, in the order of the file.</summary>
    public static StayVariant Plain { get; } = new();

    /// <summary>Every choice comes from this seed and the stay's number.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Other legal units and codes, panels with components, generic pressure codes with a method, Glasgow parts, ventilation as procedures.</summary>
    public bool UnitsAndCodes { get; init; }

    /// <summary>Resources in any order.</summary>
    public bool Shuffled { get; init; }

    /// <summary>Adds alarming values that were measured, reported or begun after as-of.</summary>
    public bool FutureValues { get; init; }

    /// <summary>Adds what the model does not use: other codes and resource types, errors, cancelled and unmeasured values.</summary>
    public bool Noise { get; init; }
}
