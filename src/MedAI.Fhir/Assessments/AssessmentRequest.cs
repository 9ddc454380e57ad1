using MedAI.Fhir.Access;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Assessments;

/// <summary>One wish for a risk: whose, from which data, as of when, and who asked.</summary>
public sealed record AssessmentRequest
{
    public required IReadOnlyList<ClinicalDocument> Documents { get; init; }

    public required PatientKey Patient { get; init; }

    public string? EncounterId { get; init; }

    public required DateTimeOffset AsOf { get; init; }

    /// <summary>How far ahead of as-of the clocks of other systems may be.</summary>
    public TimeSpan ClockTolerance { get; init; }

    /// <summary>False: the risk is returned and audited, but no resource is stored.</summary>
    public bool Persist { get; init; } = true;

    public required RequestFacts Request { get; init; }

    /// <summary>cds-hooks:[hook] or operation:assess-risk.</summary>
    public required string Trigger { get; init; }

    public string? HookInstance { get; init; }

    /// <summary>The user as [ResourceType]/[id], where the caller says.</summary>
    public string? User { get; init; }

    /// <summary>uuid of the card if the risk is shown on one; null when the caller shows none.</summary>
    public string? CardId { get; init; }

    /// <summary>Names the card that would say that data is missing: the same for the same user, patient, encounter and model; null when the caller shows none.</summary>
    public string? MissingDataCard { get; init; }

    /// <summary>uuid of that card.</summary>
    public string? MissingDataCardId => field ??= MissingDataCard is null ? null : IdSource.NameBased(MissingDataCard);

    /// <summary>Instant after which nobody waits.</summary>
    public required DateTimeOffset Deadline { get; init; }
}
