using MedAI.Fhir.Access;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Store;

/// <summary>One line of the audit trail: who asked what about whom, which model answered, and what came out.</summary>
/// <remarks>Never holds tokens; names and measured values only where a caller put them into a search. Kept in the store, never in logs.</remarks>
public sealed record AuditRow
{
    public required string Id { get; init; }

    /// <summary>A row about a request that ends now; outcome and status are for the caller to say.</summary>
    /// <param name="trigger">See <see cref="Trigger"/>.</param>
    public static AuditRow Of(RequestFacts facts, IdSource ids, TimeProvider time, string trigger)
    {
        var now = time.GetUtcNow();
        facts.IsAudited = true;
        return new()
        {
            Id = ids.NewOrderedId(now),
            RequestId = facts.Id,
            Client = facts.Client,
            User = facts.User,
            Tenant = facts.OnlyTenant,
            Started = facts.Started,
            Ended = now,
            Trigger = trigger,
            Outcome = "",
            Status = 0,
        };
    }

    /// <summary>Correlation id of the request.</summary>
    public required string RequestId { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required DateTimeOffset Ended { get; init; }

    /// <summary>cds-hooks:patient-view, operation:assess-risk, read:RiskAssessment, ...</summary>
    public required string Trigger { get; init; }

    public string? Service { get; init; }

    public string? HookInstance { get; init; }

    /// <summary>Client and user as authenticated, or one of <see cref="ReservedClients"/>.</summary>
    public string Client { get; init; } = ReservedClients.Anonymous;

    public string? User { get; init; }

    /// <summary>Whose caller it was; null where nobody was asked or known. The patient's own where one is named.</summary>
    public string? Tenant { get; init; }

    public PatientKey? Patient { get; init; }

    public string? ModelId { get; init; }

    public string? ModelVersion { get; init; }

    public string? ModelHash { get; init; }

    /// <summary>SHA-256 of the encoded input.</summary>
    public string? InputHash { get; init; }

    /// <summary>prediction, abstention, error, denied, read, written, what-if, feedback, sign-off; accepted, removed of jobs.</summary>
    public required string Outcome { get; init; }

    /// <summary>Stable codes: abstention reasons, the failure, or why a card was withheld (silent, cooldown, unchanged).</summary>
    public string Reasons { get; init; } = "";

    public string? ResultId { get; init; }

    /// <summary>Type of the result, or of the resource that was read.</summary>
    public string? ResultType { get; init; }

    /// <summary>Its version where it is known.</summary>
    public int? ResultVersion { get; init; }

    /// <summary>A search as it was asked, below the FHIR base; may hold patient data, and stays in the store.</summary>
    public string? Query { get; init; }

    /// <summary>Threshold reached, as id@model version.</summary>
    public string? Threshold { get; init; }

    /// <summary>uuids of the cards sent, comma-separated.</summary>
    public string? Cards { get; init; }

    public required int Status { get; init; }
}
