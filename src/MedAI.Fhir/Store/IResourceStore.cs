using MedAI.Fhir.Access;
using MedAI.Fhir.Store.Jobs;
using MedAI.Fhir.Store.Search;

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

    /// <summary>A page of the current resources of a type that fit and that the caller may see, with what is to be brought along.</summary>
    ValueTask<SearchPage> SearchAsync(SearchQuery query, CancellationToken cancellationToken);

    /// <summary>A page of the versions of a resource; null when it never existed.</summary>
    ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Raw outputs of an earlier run over the same pixels; null when there was none.</summary>
    ValueTask<ReadOnlyMemory<byte>?> FindImageRunAsync(string key, CancellationToken cancellationToken);

    /// <summary>What became of the wish to read a study; null when nobody wished it.</summary>
    ValueTask<StudyReadingRow?> FindStudyReadingAsync(string key, CancellationToken cancellationToken);

    /// <summary>Studies that wait to be read, longest waiting first.</summary>
    ValueTask<IReadOnlyList<StudyReadingRow>> ListQueuedReadingsAsync(CancellationToken cancellationToken);

    /// <summary>Results that wait to be delivered, those that are due first.</summary>
    ValueTask<IReadOnlyList<DeliveryRow>> ListDeliveriesAsync(int limit, CancellationToken cancellationToken);

    /// <summary>What became of a result's delivery; null when none was wanted.</summary>
    ValueTask<DeliveryRow?> FindDeliveryAsync(string resultId, CancellationToken cancellationToken);

    /// <summary>A card that was sent; null when it never was.</summary>
    ValueTask<IssuedCard?> FindCardAsync(string uuid, CancellationToken cancellationToken);

    /// <summary>What was last shown under a key; null when nothing was.</summary>
    ValueTask<AlertRow?> FindAlertAsync(string key, CancellationToken cancellationToken);

    /// <summary>How the cards that were sent in [from, to) were taken up, by service and model version.</summary>
    ValueTask<IReadOnlyList<FeedbackCount>> CountFeedbackAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);

    /// <summary>Writes everything or nothing, durably, in one group-committed transaction.</summary>
    /// <returns>
    /// When another transaction already stored the idempotency key, nothing but the audit row and the study's reading is written and the earlier result is
    /// returned. When a reading that may only be added is there already, nothing but the audit row is written. When what it was decided on has changed, nothing is written.
    /// </returns>
    ValueTask<StoreReceipt> CommitAsync(StoreTransaction transaction, CancellationToken cancellationToken);

    /// <summary>True when the store answers (readiness).</summary>
    ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken);
}

/// <param name="Json">UTF-8 FHIR JSON, with id, meta.versionId and meta.lastUpdated as stored.</param>
public sealed record StoredResource(string Type, string Id, int Version, DateTimeOffset LastUpdated, ReadOnlyMemory<byte> Json, bool Deleted = false)
{
    /// <summary>Whose data it was written from; null where it says nothing about a patient.</summary>
    public string? Tenant { get; init; }

    /// <summary>Reference to the Patient that its current version is about, as it stands there; empty where that cannot be said; null where it is about nobody.</summary>
    public string? Patient { get; init; }
}

/// <summary>A prediction's resource with its explanation.</summary>
/// <param name="ResultId">Id of the RiskAssessment or DiagnosticReport.</param>
/// <param name="Detail">UTF-8 JSON of the result detail.</param>
public sealed record StoredResult(string ResultId, StoredResource Resource, ReadOnlyMemory<byte> Detail);

/// <summary>What is written together.</summary>
public sealed record StoreTransaction
{
    /// <summary>Resources to create, or to store as a next version where the id exists.</summary>
    public IReadOnlyList<ResourceWrite> Resources { get; init; } = [];

    /// <summary>Outcome of an inference; null for plain imports.</summary>
    public OutcomeWrite? Outcome { get; init; }

    /// <summary>Sequence of the stored outcome that says what this call would store again (<see cref="StoreReceipt.OutcomeSequence"/>): the audit row refers to it. Null where there is none.</summary>
    public long? EarlierOutcome { get; init; }

    /// <summary>Raw outputs to keep; those that are there already stay.</summary>
    public IReadOnlyList<ImageRunWrite> ImageRuns { get; init; } = [];

    /// <summary>What is now known about a study's reading.</summary>
    public StudyReadingRow? Reading { get; init; }

    /// <summary>True when <see cref="Reading"/> is a first wish: where the study has one already, this transaction writes its audit row alone.</summary>
    public bool OnlyIfUnread { get; init; }

    /// <summary>What clinicians did with cards; what is there already stays as it is.</summary>
    public IReadOnlyList<FeedbackRow> Feedback { get; init; } = [];

    /// <summary>What is shown to a user with this answer; replaces what was shown under the key before.</summary>
    public AlertRow? Alert { get; init; }

    /// <summary>What happens to an operation that is worked off in the background.</summary>
    public JobChange? Job { get; init; }

    /// <summary>Where the delivery of a result is now.</summary>
    public DeliveryRow? Delivery { get; init; }

    /// <summary>Whose data the resources are written from, where neither outcome nor audit row names the patient.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it was decided on; where that is no longer so, nothing is written. Null: it is written in any case.</summary>
    public StoreExpectation? Expected { get; init; }

    /// <summary>Removes expired rows of audit, feedback and what was never a result; null: nothing is removed.</summary>
    public Expiry? Expire { get; init; }

    /// <summary>The cards that it names as sent are remembered, so that feedback can be told from noise.</summary>
    public AuditRow? Audit { get; init; }

    /// <summary>Further rows, where one request is about several patients.</summary>
    public IReadOnlyList<AuditRow> MoreAudit { get; init; } = [];
}

/// <summary>What was last shown to a user about a patient by a service.</summary>
/// <param name="Key">Lower-case hex SHA-256.</param>
/// <param name="Probability">In millionths; -1 where nothing was estimated.</param>
/// <param name="Level">Bands and thresholds that it reached.</param>
public sealed record AlertRow(string Key, DateTimeOffset Shown, long Probability, long Level);

/// <param name="Key">Lower-case hex SHA-256 of what the outputs depend on.</param>
/// <param name="Outputs">Raw outputs.</param>
public sealed record ImageRunWrite(string Key, ReadOnlyMemory<byte> Outputs);

/// <summary>The state of a study's reading in the background.</summary>
/// <param name="Key">Lower-case hex SHA-256 of patient, study content and model.</param>
/// <param name="State">See <see cref="StudyReadingState"/>.</param>
/// <param name="ReportId">Id of the DiagnosticReport, registered before it is read.</param>
/// <param name="Updated">When this state was reached.</param>
/// <param name="Attempts">How often it was tried in vain.</param>
/// <param name="Request">What is needed to read it, UTF-8 JSON; null when the reading has ended.</param>
/// <param name="Detail">What a card says, UTF-8 JSON; null before the reading has ended.</param>
public sealed record StudyReadingRow(string Key, StudyReadingState State, string ReportId, DateTimeOffset Updated, int Attempts,
    ReadOnlyMemory<byte>? Request, ReadOnlyMemory<byte>? Detail);

/// <summary>How far a reading is.</summary>
public enum StudyReadingState
{
    /// <summary>Waits, or is being read.</summary>
    Queued,
    /// <summary>Read; the report is complete.</summary>
    Reported,
    /// <summary>No image may be read, and why.</summary>
    Refused,
    /// <summary>The images could not be had, or we failed, as often as it is tried.</summary>
    Failed,
}

/// <summary>One resource to store. The JSON already holds id, meta.versionId ("1" for a new one) and meta.lastUpdated.</summary>
/// <param name="PatientId">Logical id of the patient compartment within our own base, or null.</param>
public sealed record ResourceWrite(string Type, string Id, ReadOnlyMemory<byte> Json, DateTimeOffset LastUpdated, string? PatientId)
{
    /// <summary>The resource ends with this version: it is read no more and found no more. The JSON still says whose it was.</summary>
    public bool Deleted { get; init; }

    /// <summary>It stays whose it was, whoever writes the next version.</summary>
    public bool KeepsTenant { get; init; }
}

/// <summary>A prediction or an abstention, as kept for audit and drift.</summary>
public sealed record OutcomeWrite
{
    /// <summary>How long audit rows can refer to an outcome that was stored before (<see cref="StoreTransaction.EarlierOutcome"/>): it outlives them by that much.</summary>
    public static readonly TimeSpan SharedFor = TimeSpan.FromHours(1);

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

    /// <summary>Id of the RiskAssessment or DiagnosticReport, null for an abstention.</summary>
    public string? ResultId { get; init; }

    /// <summary>Comma-separated abstention codes, empty for a prediction.</summary>
    public string Reasons { get; init; } = "";

    /// <summary>Explanation, quality, trends: UTF-8 JSON.</summary>
    public required ReadOnlyMemory<byte> Detail { get; init; }
}

/// <param name="ExistingResult">Set when the idempotency key was taken: the earlier result, which the caller answers with.</param>
public sealed record StoreReceipt(StoredResult? ExistingResult)
{
    /// <summary>Rows that were removed because they had expired.</summary>
    public int Expired { get; init; }

    /// <summary>Nothing was written: what the transaction was decided on has changed meanwhile.</summary>
    public bool IsOutdated { get; init; }

    /// <summary>Under which the outcome was stored; null where the transaction stored none.</summary>
    public long? OutcomeSequence { get; init; }
}

/// <param name="Before">What ended before has expired.</param>
/// <param name="Most">At most so many of the oldest rows are looked at.</param>
public sealed record Expiry(DateTimeOffset Before, int Most);
