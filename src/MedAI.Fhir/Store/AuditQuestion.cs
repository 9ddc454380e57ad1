namespace MedAI.Fhir.Store;

/// <summary>A question to the audit trail; whatever is null or empty does not restrict. Newest rows come first.</summary>
public sealed record AuditQuestion
{
    /// <summary>Whose rows may be found, beside those that are nobody's (a caller who was not known); null: everybody's.</summary>
    public string? Tenant { get; init; }

    public string? PatientId { get; init; }

    /// <summary>FHIR base of the patient.</summary>
    public string? FhirBase { get; init; }

    /// <summary>First instant.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>First instant that is too late.</summary>
    public DateTimeOffset? To { get; init; }

    public string? Client { get; init; }

    public string? User { get; init; }

    public string? ResultType { get; init; }

    public string? ResultId { get; init; }

    public string? ModelId { get; init; }

    /// <summary>0, 4, 8, 12 as of AuditEvent.outcome.</summary>
    public IReadOnlyList<string> Outcomes { get; init; } = [];

    /// <summary>Codes of FHIR's restful interactions.</summary>
    public IReadOnlyList<string> Interactions { get; init; } = [];

    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>Only rows older than the one with this id.</summary>
    public string? Before { get; init; }

    public required int Limit { get; init; }
}

/// <summary>An answered inference with everything that is kept of it.</summary>
/// <param name="Audit">Who asked, when, and what came of it.</param>
/// <param name="Kind">prediction, abstention.</param>
/// <param name="Detail">UTF-8 JSON as stored with the outcome.</param>
/// <param name="Resource">The stored result as it was written; null where none was stored.</param>
/// <param name="Feedback">What clinicians did with the cards that it was shown on.</param>
public sealed record InferenceRecord(AuditRow Audit, string Kind, DateTimeOffset AsOf, ReadOnlyMemory<byte> Detail, ReadOnlyMemory<byte>? Resource, IReadOnlyList<FeedbackRow> Feedback);
