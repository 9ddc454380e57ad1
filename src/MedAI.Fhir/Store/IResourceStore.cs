using MedAI.Fhir.Access;

namespace MedAI.Fhir.Store;

/// <summary>What this server authored (and the demo patients): versioned resources, outcomes and audit rows.</summary>
/// <remarks>Thread safe. Whatever a completed <see cref="CommitAsync"/> answered survives kill -9 and power loss.</remarks>
public interface IResourceStore
{
    /// <summary>Reads the current or a given version; null when it never existed.</summary>
    ValueTask<StoredResource?> ReadAsync(string type, string id, int? version, CancellationToken cancellationToken);

    /// <summary>Looks a result up by its idempotency key.</summary>
    ValueTask<StoredResult?> FindResultAsync(string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>The stored detail (explanation, quality, trends) of a result resource.</summary>
    ValueTask<StoredResult?> ReadResultAsync(string resultId, CancellationToken cancellationToken);

    /// <summary>All current resources of a stored patient: the Patient and what refers to it, and the Locations its encounters refer to.</summary>
    ValueTask<IReadOnlyList<StoredResource>> ReadPatientRecordAsync(string patientId, CancellationToken cancellationToken);

    /// <summary>Current resources of a type, in id order (small sets: demo patients, devices).</summary>
    ValueTask<IReadOnlyList<StoredResource>> ListAsync(string type, int limit, CancellationToken cancellationToken);

    /// <summary>Writes everything or nothing, durably, in one group-committed transaction.</summary>
    /// <returns>When another transaction already stored the idempotency key, nothing but the audit row is written and the earlier result is returned.</returns>
    ValueTask<StoreReceipt> CommitAsync(StoreTransaction transaction, CancellationToken cancellationToken);

    /// <summary>True when the store answers (readiness).</summary>
    ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken);
}

/// <param name="Json">UTF-8 FHIR JSON, with id, meta.versionId and meta.lastUpdated as stored.</param>
public sealed record StoredResource(string Type, string Id, int Version, DateTimeOffset LastUpdated, ReadOnlyMemory<byte> Json, bool Deleted = false);

/// <summary>A prediction's resource with its explanation.</summary>
/// <param name="ResultId">Id of the RiskAssessment.</param>
/// <param name="Detail">UTF-8 JSON of the result detail.</param>
public sealed record StoredResult(string ResultId, StoredResource Resource, ReadOnlyMemory<byte> Detail);

/// <summary>What is written together.</summary>
public sealed record StoreTransaction
{
    /// <summary>Resources to create, or to store as a next version where the id exists.</summary>
    public IReadOnlyList<ResourceWrite> Resources { get; init; } = [];

    /// <summary>Outcome of an inference; null for plain imports.</summary>
    public OutcomeWrite? Outcome { get; init; }

    public AuditRow? Audit { get; init; }
}

/// <summary>One resource to store. The JSON already holds id, meta.versionId ("1" for a new one) and meta.lastUpdated.</summary>
/// <param name="PatientId">Logical id of the patient compartment within our own base, or null.</param>
public sealed record ResourceWrite(string Type, string Id, ReadOnlyMemory<byte> Json, DateTimeOffset LastUpdated, string? PatientId);

/// <summary>A prediction or an abstention, as kept for audit and drift.</summary>
public sealed record OutcomeWrite
{
    public required string OutcomeId { get; init; }

    /// <summary>prediction, abstention.</summary>
    public required string Kind { get; init; }

    public required PatientKey Patient { get; init; }

    public required string ModelId { get; init; }

    public required string ModelVersion { get; init; }

    public required string ModelHash { get; init; }

    public required DateTimeOffset AsOf { get; init; }

    /// <summary>Null for an abstention.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>RiskAssessment id, null for an abstention.</summary>
    public string? ResultId { get; init; }

    /// <summary>Comma-separated abstention codes, empty for a prediction.</summary>
    public string Reasons { get; init; } = "";

    /// <summary>Explanation, quality, trends: UTF-8 JSON.</summary>
    public required ReadOnlyMemory<byte> Detail { get; init; }
}

/// <param name="ExistingResult">Set when the idempotency key was taken: the earlier result, which the caller answers with.</param>
public sealed record StoreReceipt(StoredResult? ExistingResult);
