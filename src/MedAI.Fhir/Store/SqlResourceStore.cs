using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Jobs;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store;

/// <summary>A store in a database: one writer thread that commits groups, pooled readers.</summary>
/// <remarks>
/// Thread safe. Instants are kept to the millisecond. The memory of a transaction's JSON is read, not copied: it must stay as it is until
/// <see cref="CommitAsync"/> has ended. Every method throws <see cref="StoreUnavailableException"/> when the database, its disk or a lock is in the way.
/// </remarks>
public abstract class SqlResourceStore : IResourceStore, IAuditTrail, IJobRows, IAsyncDisposable, IDisposable
{
    /// <summary>The health check writes; asked more often than this it repeats its last answer, so that polling is not a load on the disk.</summary>
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    private readonly GroupCommitWriter _writer;
    private readonly ReaderPool _readers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _checking = new();
    private Task<bool> _lastCheck = Task.FromResult(true);
    private long? _lastChecked;
    private int _disposed;

    private protected SqlResourceStore(IStoreDatabase database, StoreOptions options, RequestLoad? load, TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _writer = new GroupCommitWriter(database, options.QueueCapacity, load ?? new RequestLoad(), time, logger);
        _readers = new ReaderPool(database, options.ReadConnections);
    }

    /// <summary>Database transactions committed since the start; fewer than the callers' where they shared one.</summary>
    public long CommittedGroups => _writer.Groups;

    public ValueTask<StoredResource?> ReadAsync(string type, string id, int? version, CancellationToken cancellationToken) =>
        Read((type, id, version), static (queries, asked) => queries.Resource(asked.type, asked.id, asked.version), cancellationToken);

    public ValueTask<StoredResult?> FindResultAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        Read(idempotencyKey, static (queries, key) => queries.InSnapshot(q => q.ResultByKey(key)), cancellationToken);

    public ValueTask<StoredResult?> ReadResultAsync(string resultId, CancellationToken cancellationToken) =>
        Read(resultId, static (queries, id) => queries.InSnapshot(q => q.ResultById(id)), cancellationToken);

    public ValueTask<IReadOnlyList<StoredResource>> ReadPatientRecordAsync(string patientId, CancellationToken cancellationToken) =>
        Read(patientId, static (queries, id) => (IReadOnlyList<StoredResource>)queries.InSnapshot(q => PatientRecord.Read(q, id)), cancellationToken);

    public ValueTask<IReadOnlyList<StoredResource>> ListAsync(string type, int limit, CancellationToken cancellationToken) =>
        Read((type, limit), static (queries, asked) => (IReadOnlyList<StoredResource>)queries.ResourcesOfType(asked.type, asked.limit), cancellationToken);

    public ValueTask<SearchPage> SearchAsync(SearchQuery query, CancellationToken cancellationToken) =>
        Read(query, static (queries, asked) => queries.InSnapshot(q => q.Search(asked)), cancellationToken);

    public ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        Read(query, static (queries, asked) => queries.InSnapshot(q => q.History(asked)), cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> FindImageRunAsync(string key, CancellationToken cancellationToken) =>
        Read(key, static (queries, asked) => queries.ImageRun(asked), cancellationToken);

    public ValueTask<IssuedCard?> FindCardAsync(string uuid, CancellationToken cancellationToken) =>
        Read(uuid, static (queries, asked) => queries.Card(asked), cancellationToken);

    public ValueTask<AlertRow?> FindAlertAsync(string key, CancellationToken cancellationToken) =>
        Read(key, static (queries, asked) => queries.Alert(asked), cancellationToken);

    public ValueTask<IReadOnlyList<FeedbackCount>> CountFeedbackAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        Read((from, to), static (queries, period) => queries.InSnapshot(q => (IReadOnlyList<FeedbackCount>)q.Feedback(period.from, period.to)), cancellationToken);

    public ValueTask<JobRow?> FindJobAsync(string id, CancellationToken cancellationToken) => Read(id, static (queries, asked) => queries.Jobs.Find(asked), cancellationToken);

    public ValueTask<JobRequest?> ReadJobRequestAsync(string id, CancellationToken cancellationToken) => Read(id, static (queries, asked) => queries.Jobs.Request(asked), cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadJobResultAsync(string id, CancellationToken cancellationToken) => Read(id, static (queries, asked) => queries.Jobs.Result(asked), cancellationToken);

    public ValueTask<IReadOnlyList<JobRow>> ListFreeJobsAsync(string holder, CancellationToken cancellationToken) =>
        Read(holder, static (queries, asked) => (IReadOnlyList<JobRow>)queries.Jobs.Free(asked), cancellationToken);

    public ValueTask<IReadOnlyDictionary<string, int>> CountJobLinesAsync(string id, CancellationToken cancellationToken) =>
        Read(id, static (queries, asked) => (IReadOnlyDictionary<string, int>)queries.Jobs.Lines(asked), cancellationToken);

    public ValueTask<StoredPart?> ReadJobPartAsync(string id, string file, int after, CancellationToken cancellationToken) =>
        Read((id, file, after), static (queries, asked) => queries.Jobs.PartAfter(asked.id, asked.file, asked.after), cancellationToken);

    public ValueTask<bool> HasExpiredJobsAsync(DateTimeOffset now, CancellationToken cancellationToken) => Read(now, static (queries, asked) => queries.Jobs.HasExpired(asked), cancellationToken);

    public ValueTask<int> CountEndedJobsAsync(CancellationToken cancellationToken) => Read(0, static (queries, _) => queries.Jobs.Ended(), cancellationToken);

    public ValueTask<StudyReadingRow?> FindStudyReadingAsync(string key, CancellationToken cancellationToken) =>
        Read(key, static (queries, asked) => queries.Reading(asked), cancellationToken);

    public ValueTask<IReadOnlyList<StudyReadingRow>> ListQueuedReadingsAsync(CancellationToken cancellationToken) =>
        Read(0, static (queries, _) => (IReadOnlyList<StudyReadingRow>)queries.QueuedReadings(), cancellationToken);

    public ValueTask<IReadOnlyList<DeliveryRow>> ListDeliveriesAsync(int limit, CancellationToken cancellationToken) =>
        Read(limit, static (queries, most) => (IReadOnlyList<DeliveryRow>)queries.Deliveries(most), cancellationToken);

    public ValueTask<DeliveryRow?> FindDeliveryAsync(string resultId, CancellationToken cancellationToken) =>
        Read(resultId, static (queries, id) => queries.Delivery(id), cancellationToken);

    public ValueTask<IReadOnlyList<AuditRow>> ReadRequestAsync(string requestId, CancellationToken cancellationToken) =>
        Read(requestId, static (queries, id) => (IReadOnlyList<AuditRow>)queries.AuditOfRequest(id), cancellationToken);

    ValueTask<IReadOnlyList<AuditRow>> IAuditTrail.SearchAsync(AuditQuestion question, CancellationToken cancellationToken) =>
        Read(question, static (queries, asked) => (IReadOnlyList<AuditRow>)queries.Audit(asked), cancellationToken);

    ValueTask<long> IAuditTrail.CountAsync(AuditQuestion question, CancellationToken cancellationToken) =>
        Read(question with { Before = null, Limit = int.MaxValue }, static (queries, asked) => queries.Audits(asked), cancellationToken);

    public ValueTask<IReadOnlyList<InferenceRecord>> ReadInferencesAsync(AuditQuestion question, CancellationToken cancellationToken) =>
        Read(question, static (queries, asked) => queries.InSnapshot(q => (IReadOnlyList<InferenceRecord>)q.Inferences(asked)), cancellationToken);

    public ValueTask<IReadOnlyList<AuditRow>> ReadNewestAsync(int limit, CancellationToken cancellationToken) =>
        Read(limit, static (queries, most) => (IReadOnlyList<AuditRow>)queries.NewestAudit(most), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Cancellation counts until the writer takes the transaction up; what was begun is finished.</remarks>
    public ValueTask<StoreReceipt> CommitAsync(StoreTransaction transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return _writer.CommitAsync(transaction, cancellationToken);
    }

    /// <summary>True when a row could be written durably and read back.</summary>
    public async ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        Task<bool> check;
        lock (_checking)
        {
            if (_lastChecked is not { } then || _time.GetElapsedTime(then) >= CheckEvery)
            {
                _lastChecked = _time.GetTimestamp();
                // Shared by all who ask meanwhile, so one that gives up must not end it.
                _lastCheck = CheckAsync();
            }
            check = _lastCheck;
        }
        return await check.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what was handed in, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _writer.DisposeAsync();
        _readers.Dispose();
        StoreLog.Closed(_logger, _writer.Groups);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    private async Task<bool> CheckAsync()
    {
        try
        {
            await _writer.CommitAsync(transaction: null, CancellationToken.None);
            return await _readers.ReadAsync(0, static (queries, _) => queries.Checks(), CancellationToken.None) > 0;
        }
        catch (StoreUnavailableException error)
        {
            StoreLog.Unhealthy(_logger, error.Reason);
            return false;
        }
    }

    private async ValueTask<T> Read<TState, T>(TState state, Func<ResourceQueries, TState, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _readers.ReadAsync(state, read, cancellationToken);
        }
        catch (StoreUnavailableException error)
        {
            StoreLog.Unreadable(_logger, error.Reason);
            throw;
        }
    }
}
