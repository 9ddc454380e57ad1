using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>A timeline, or why there is none.</summary>
public sealed record ReadingResult
{
    /// <summary>Null when there are problems.</summary>
    public PatientTimeline? Timeline { get; init; }

    /// <summary>Reference of the encounter that gave the stay, absolute; null when none.</summary>
    public string? EncounterReference { get; init; }

    public IReadOnlyList<ReadingProblem> Problems { get; init; } = [];

    /// <summary>Resources of other patients that were left out; see <see cref="ClinicalDocument.Searched"/>.</summary>
    public int ForeignResources { get; init; }
}

/// <summary>Why data could not be read safely.</summary>
/// <param name="Kind">Closed cause; the error map turns it into a status.</param>
/// <param name="Where">Path such as <c>prefetch.labs.entry[3].resource</c>; indexes and member names only, no patient data.</param>
/// <param name="Detail">Fixed words, codes or counts.</param>
public sealed record ReadingProblem(ReadingProblemKind Kind, string Where, string Detail);

public enum ReadingProblemKind
{
    /// <summary>Not the FHIR JSON that was expected.</summary>
    Malformed,
    /// <summary>The Patient resource is not in the data.</summary>
    PatientMissing,
    /// <summary>A resource belongs to another patient, or a type that must say whose it is does not.</summary>
    ForeignSubject,
    /// <summary>A searchset with a next link or fewer matches than its total.</summary>
    Incomplete,
    /// <summary>An OperationOutcome with error or fatal stands where data should be.</summary>
    UpstreamFailed,
    /// <summary>More resources or deeper nesting than the limits allow.</summary>
    TooLarge,
}
