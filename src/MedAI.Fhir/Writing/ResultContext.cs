using MedAI.Fhir.Access;

namespace MedAI.Fhir.Writing;

/// <summary>What the writers need to know about the request behind a result.</summary>
public sealed record ResultContext
{
    /// <summary>Our public FHIR base without a trailing slash, for instance http://127.0.0.1:5080/fhir.</summary>
    public required string PublicBase { get; init; }

    public required PatientKey Patient { get; init; }

    /// <summary>Reference to write as subject: absolute for a foreign patient, Patient/[id] for our own.</summary>
    public required string SubjectReference { get; init; }

    /// <summary>Reference to write as encounter.</summary>
    public required string? EncounterReference { get; init; }

    /// <summary>When the result was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Empty for an abstention, which has no resource.</summary>
    public string RiskAssessmentId { get; init; } = "";

    /// <inheritdoc cref="RiskAssessmentId"/>
    public string ProvenanceId { get; init; } = "";

    /// <summary>"cds-hooks:patient-view" or "operation:assess-risk".</summary>
    public required string Trigger { get; init; }

    /// <summary>The clock is pinned to the demo samples.</summary>
    public bool DemoClock { get; init; }

    public string IdempotencyKey { get; init; } = "";
}
