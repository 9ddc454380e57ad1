using MedAI.Fhir.Access;

namespace MedAI.Fhir.Reading;

/// <summary>What to read, about whom, as of when.</summary>
public sealed record ReadingRequest
{
    public required IReadOnlyList<ClinicalDocument> Documents { get; init; }

    /// <summary>The patient that everything must belong to; <see cref="PatientKey.FhirBase"/> resolves relative references.</summary>
    public required PatientKey Patient { get; init; }

    /// <summary>Logical id of the encounter in context; null: the encounter that covers as-of is searched in the data.</summary>
    public string? EncounterId { get; init; }

    public required DateTimeOffset AsOf { get; init; }

    /// <summary>How far ahead of as-of other clocks may be: 5 minutes when as-of is our clock, zero when the caller stated it.</summary>
    public TimeSpan ClockTolerance { get; init; }

    /// <summary>Also accept status preliminary.</summary>
    public bool AcceptPreliminary { get; init; }
}
