using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Jobs;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store;

/// <summary>The prepared questions about resources, results and audit rows on one connection.</summary>
/// <remarks>Not thread safe. Closes the connection with it.</remarks>
internal sealed class ResourceQueries(StoreSession session) : IDisposable
{
    private const string Select = "SELECT r.type, r.id, r.version, r.last_updated, r.deleted, r.json, r.tenant, e.patient, e.entry FROM resource r LEFT JOIN search_entry e ON e.type = r.type AND e.id = r.id ";

    private const string IsCurrent = "NOT EXISTS (SELECT 1 FROM resource n WHERE n.type = r.type AND n.id = r.id AND n.version > r.version)";

    private const string ResultColumns = "SELECT o.result_type, o.result_id, o.detail FROM outcome o ";

    /// <summary>What this server writes about patients is no input of a model.</summary>
    private const string Authored = "'RiskAssessment', 'DiagnosticReport', 'Media', 'Binary', 'Provenance'";

    // The newest word on a card counts.
    private const string LastWord = "FROM card c LEFT JOIN feedback f ON f.sequence = "
        + "(SELECT n.sequence FROM feedback n WHERE n.card = c.uuid ORDER BY n.outcome_time DESC, n.sequence DESC LIMIT 1) WHERE c.issued >= ? AND c.issued < ?";

    private readonly StoreStatement _current = session.Prepare($"{Select} WHERE r.type = ? AND r.id = ? ORDER BY r.version DESC LIMIT 1");
    private readonly StoreStatement _version = session.Prepare($"{Select} WHERE r.type = ? AND r.id = ? AND r.version = ?");
    private readonly StoreStatement _ofType = session.Prepare($"{Select} WHERE r.type = ? AND r.deleted = 0 AND {IsCurrent} ORDER BY r.id LIMIT ?");
    private readonly StoreStatement _ofPatient = session.Prepare($"{Select} WHERE r.patient_id = ? AND r.deleted = 0 AND r.type NOT IN ({Authored}) AND {IsCurrent} ORDER BY r.type, r.id");
    private readonly StoreStatement _resultByKey = session.Prepare(ResultColumns + "WHERE o.idempotency_key = ?");
    private readonly StoreStatement _resultById = session.Prepare(ResultColumns + "WHERE o.result_id = ? ORDER BY o.sequence DESC LIMIT 1");
    private readonly StoreStatement _auditOfRequest = session.Prepare($"SELECT {AuditRows.Columns} FROM audit WHERE request_id = ? ORDER BY id");
    private readonly StoreStatement _newestAudit =
        session.Prepare($"SELECT {AuditRows.Columns} FROM (SELECT * FROM audit ORDER BY id DESC LIMIT ?) a ORDER BY id");
    private const string Interaction = "CASE WHEN cause LIKE 'read:%' OR cause LIKE 'link:%' THEN 'read' WHEN cause LIKE 'vread:%' THEN 'vread' WHEN cause LIKE 'history:%' THEN 'history-instance' "
        + "WHEN cause LIKE 'search:%' THEN 'search-type' WHEN cause LIKE 'create:%' THEN 'create' WHEN cause LIKE 'update:%' THEN 'update' WHEN cause LIKE 'delete:%' THEN 'delete' ELSE 'operation' END";

    private const string AuditOutcome = "CASE WHEN status < 400 THEN '0' WHEN status < 500 THEN '4' WHEN status = 500 THEN '12' ELSE '8' END";

    // Rows about the server itself are no access to data.
    private static readonly string AuditFits = "id > $1 AND id < $2 AND ($3 IS NULL OR tenant = $3 OR tenant IS NULL) AND ($4 IS NULL OR fhir_base = $4) AND ($5 IS NULL OR client = $5) AND ($6 IS NULL OR \"user\" = $6) "
        + "AND ($7 IS NULL OR result_type = $7) AND ($8 IS NULL OR result_id = $8) AND ($9 IS NULL OR model_id = $9) AND ($10 IS NULL OR " + Listed("$10", AuditOutcome) + ") "
        + "AND ($11 IS NULL OR " + Listed("$11", Interaction) + ") AND ($12 IS NULL OR " + Listed("$12", "id") + ") AND outcome NOT IN ('sign-off', 'retention')";

    private readonly StoreStatement _audit = session.Prepare($"SELECT {AuditRows.Columns} FROM audit WHERE {AuditFits} ORDER BY id DESC LIMIT $13");
    private readonly StoreStatement _auditOfPatient = session.Prepare($"SELECT {AuditRows.Columns} FROM audit WHERE {AuditFits} AND patient_id = $13 ORDER BY id DESC LIMIT $14");
    private readonly StoreStatement _audits = session.Prepare($"SELECT count(*) FROM (SELECT 1 AS one FROM audit WHERE {AuditFits} LIMIT $13) a");
    private readonly StoreStatement _auditsOfPatient = session.Prepare($"SELECT count(*) FROM (SELECT 1 AS one FROM audit WHERE {AuditFits} AND patient_id = $13 LIMIT $14) a");
    private const string Inferred = " AND outcome IN ('prediction', 'abstention')";
    private readonly StoreStatement _inferences = session.Prepare($"SELECT {AuditRows.Columns}, outcome_sequence FROM audit WHERE {AuditFits}{Inferred} ORDER BY id DESC LIMIT $13");
    private readonly StoreStatement _inferencesOfPatient = session.Prepare($"SELECT {AuditRows.Columns}, outcome_sequence FROM audit WHERE {AuditFits}{Inferred} AND patient_id = $13 ORDER BY id DESC LIMIT $14");
    private readonly StoreStatement _outcomeBySequence = session.Prepare("SELECT kind, as_of, detail, result_type, result_id, result_version FROM outcome WHERE sequence = ?");
    // A result that answers again was written by an earlier request.
    private readonly StoreStatement _outcomeByResult = session.Prepare("SELECT kind, as_of, detail, result_type, result_id, result_version FROM outcome WHERE result_id = ? ORDER BY sequence DESC LIMIT 1");
    private readonly StoreStatement _feedbackOfCards = session.Prepare("SELECT card, outcome, outcome_time, reason_system, reason_code, reason_display, comment, suggestions, recorded, sequence FROM feedback WHERE card = ?");

    private readonly StoreStatement _history = session.Prepare($"{Select} WHERE r.type = ? AND r.id = ? AND r.last_updated >= ? AND r.version < ? ORDER BY r.version DESC LIMIT ?");
    private readonly StoreStatement _versions = session.Prepare("SELECT count(*) FROM resource WHERE type = ? AND id = ? AND last_updated >= ?");
    private const string DeliveryColumns = "result_id, provenance_id, state, attempts, due, place";

    private const string ReadingColumns = "reading_key, state, report_id, updated, attempts, request, detail";

    private readonly StoreStatement _imageRun = session.Prepare("SELECT outputs FROM image_run WHERE run_key = ?");
    private readonly StoreStatement _reading = session.Prepare($"SELECT {ReadingColumns} FROM study_reading WHERE reading_key = ?");
    private readonly StoreStatement _queuedReadings = session.Prepare($"SELECT {ReadingColumns} FROM study_reading WHERE state = 'queued' ORDER BY updated");
    private readonly StoreStatement _card = session.Prepare("SELECT uuid, service, model_id, model_version, result_id, issued, tenant FROM card WHERE uuid = ?");
    private readonly StoreStatement _alert = session.Prepare("SELECT alert_key, shown, probability, level FROM alert WHERE alert_key = ?");
    private readonly StoreStatement _feedback = session.Prepare(
        $"SELECT c.service, c.model_version, count(*), count(CASE f.outcome WHEN 'accepted' THEN 1 END), count(CASE f.outcome WHEN 'overridden' THEN 1 END) {LastWord} "
        + "GROUP BY c.service, c.model_version ORDER BY c.service, c.model_version");
    private readonly StoreStatement _reasons = session.Prepare(
        $"SELECT c.service, c.model_version, f.reason_system, f.reason_code, max(f.reason_display), count(*) {LastWord} AND f.outcome = 'overridden' "
        + "GROUP BY 1, 2, 3, 4 ORDER BY 6 DESC, 3, 4");
    private readonly JobQueries _jobs = new(session);
    private readonly StoreStatement _deliveries = session.Prepare($"SELECT {DeliveryColumns} FROM delivery WHERE state = 'waiting' ORDER BY due LIMIT ?");
    private readonly StoreStatement _delivery = session.Prepare($"SELECT {DeliveryColumns} FROM delivery WHERE result_id = ?");
    private readonly StoreStatement _checks = session.Prepare("SELECT checks FROM probe");

    public StoredResource? Resource(string type, string id, int? version)
    {
        var statement = version is null ? _current : _version;
        statement.Bind(type).Bind(id);
        if (version is { } number)
            statement.Bind(number);
        return First(statement, Resource);
    }

    public List<StoredResource> ResourcesOfType(string type, int limit) => All(_ofType.Bind(type).Bind(limit), Resource);

    public List<StoredResource> ResourcesOfPatient(string patientId) => All(_ofPatient.Bind(patientId), Resource);

    public StoredResult? ResultByKey(string idempotencyKey) => Result(_resultByKey.Bind(idempotencyKey));

    public StoredResult? ResultById(string resultId) => Result(_resultById.Bind(resultId));

    public List<AuditRow> AuditOfRequest(string requestId) => All(_auditOfRequest.Bind(requestId), AuditRows.Read);

    public List<AuditRow> NewestAudit(int limit) => All(_newestAudit.Bind(limit), AuditRows.Read);

    public List<AuditRow> Audit(AuditQuestion question) => All(Bound(question.PatientId is null ? _audit : _auditOfPatient, question), AuditRows.Read);

    /// <summary>How many rows fit, up to the question's limit.</summary>
    public long Audits(AuditQuestion question) => First(Bound(question.PatientId is null ? _audits : _auditsOfPatient, question), s => s.Number(0));

    /// <summary>Inferences with what is kept of each; to be asked within one snapshot.</summary>
    public List<InferenceRecord> Inferences(AuditQuestion question)
    {
        var rows = All(Bound(question.PatientId is null ? _inferences : _inferencesOfPatient, question), s => (Row: AuditRows.Read(s), Outcome: s.IsNull(AuditRows.Count) ? (long?)null : s.Number(AuditRows.Count)));
        var records = new List<InferenceRecord>(rows.Count);
        foreach (var (row, sequence) in rows)
        {
            var statement = sequence is { } number ? _outcomeBySequence.Bind(number) : _outcomeByResult.Bind(row.ResultId);
            var (kind, asOf, detail, type, id, version) = First(statement, s => (s.Text(0), s.Instant(1), s.Blob(2), s.TextOrNull(3), s.TextOrNull(4), s.IsNull(5) ? 0 : (int)s.Number(5)));
            // What was told before outcomes were kept of everything has an audit row alone.
            if (kind is null)
                (kind, asOf, detail) = (row.Outcome, row.Started, []);
            var feedback = row.Cards is null ? [] : row.Cards.Split(',').SelectMany(card => All(_feedbackOfCards.Bind(card),
                s => (Row: new FeedbackRow(s.Text(0), s.Text(1), s.Instant(2), s.Text(3), s.Text(4), s.Text(5), s.Text(6), s.Text(7), s.Instant(8)), Sequence: s.Number(9))))
                .OrderBy(f => f.Sequence).Select(f => f.Row).ToList();
            records.Add(new InferenceRecord(row, kind, asOf, detail, type is null ? null : Resource(type, id!, version)?.Json, feedback));
        }
        return records;
    }

    /// <summary>Ids of audit rows begin with their time in milliseconds, as sixteen hexadecimal digits do.</summary>
    private static string IdAt(DateTimeOffset instant) => IdSource.OrderedPrefix(instant);

    /// <summary>One text for a list of values, so that the statement stays the same however many there are.</summary>
    private static string? ListOrNull(IReadOnlyList<string> values) => values.Count == 0 ? null : $",{string.Join(',', values)},";

    /// <summary>True where a value of ours (a code, an id: no sign of LIKE is in them) is one of the list.</summary>
    private static string Listed(string list, string value) => $"{list} LIKE '%,' || {value} || ',%'";

    private static StoreStatement Bound(StoreStatement statement, AuditQuestion question)
    {
        string until = question.To is { } to ? IdAt(to) : "g";
        if (question.Before is { } before && string.CompareOrdinal(before, until) < 0)
            until = before;
        statement.Bind(question.From is { } from ? IdAt(from) : "").Bind(until).Bind(question.Tenant).Bind(question.FhirBase).Bind(question.Client).Bind(question.User).Bind(question.ResultType)
            .Bind(question.ResultId).Bind(question.ModelId).Bind(ListOrNull(question.Outcomes)).Bind(ListOrNull(question.Interactions)).Bind(ListOrNull(question.Ids));
        if (question.PatientId is { } patient)
            statement.Bind(patient);
        return statement.Bind((long)question.Limit);
    }

    public SearchPage Search(SearchQuery query) => new SearchReader(Entries, Texts, Resources).Read(query);

    public HistoryPage? History(HistoryQuery query)
    {
        if (Resource(query.Type, query.Id, version: null) is not { } current)
            return null;
        long since = query.Since?.ToUnixTimeMilliseconds() ?? long.MinValue;
        long total = First(_versions.Bind(query.Type).Bind(query.Id).Bind(since), s => s.Number(0));
        var versions = query.Count == 0 ? [] : All(_history.Bind(query.Type).Bind(query.Id).Bind(since).Bind(query.Before ?? long.MaxValue).Bind(query.Count + 1L), Resource);
        bool more = versions.Count > query.Count;
        return new HistoryPage(more && query.Count > 0 ? versions.GetRange(0, query.Count) : versions, total, current, more);
    }

    public ReadOnlyMemory<byte>? ImageRun(string key) => First(_imageRun.Bind(key), s => (ReadOnlyMemory<byte>?)s.Blob(0));

    public StudyReadingRow? Reading(string key) => First(_reading.Bind(key), Reading);

    public List<StudyReadingRow> QueuedReadings() => All(_queuedReadings, Reading);

    public List<DeliveryRow> Deliveries(int limit) => All(_deliveries.Bind(limit), Delivery);

    public DeliveryRow? Delivery(string resultId) => First(_delivery.Bind(resultId), Delivery);

    public IssuedCard? Card(string uuid) => First(_card.Bind(uuid), s => new IssuedCard(s.Text(0), s.Text(1), s.Text(2), s.Text(3), s.TextOrNull(4), s.Instant(5), s.TextOrNull(6)));

    public AlertRow? Alert(string key) => First(_alert.Bind(key), s => new AlertRow(s.Text(0), s.Instant(1), s.Number(2), s.Number(3)));

    public List<FeedbackCount> Feedback(DateTimeOffset from, DateTimeOffset to)
    {
        var reasons = All(_reasons.Bind(from).Bind(to), s => (Service: s.Text(0), Version: s.Text(1), Count: new ReasonCount(s.Text(2), s.Text(3), s.Text(4), (int)s.Number(5))))
            .ToLookup(r => (r.Service, r.Version), r => r.Count);
        return All(_feedback.Bind(from).Bind(to), s => new FeedbackCount(s.Text(0), s.Text(1), (int)s.Number(2), (int)s.Number(3), (int)s.Number(4), [.. reasons[(s.Text(0), s.Text(1))]]));
    }

    public JobQueries Jobs => _jobs;

    public long Checks() => First(_checks, s => s.Number(0));

    /// <summary>Runs several questions against one snapshot.</summary>
    public T InSnapshot<T>(Func<ResourceQueries, T> questions)
    {
        session.Run(session.BeginReading);
        try
        {
            return questions(this);
        }
        finally
        {
            session.Run("ROLLBACK");
        }
    }

    public void Dispose()
    {
        StoreStatement[] all = [_current, _version, _ofType, _ofPatient, _resultByKey, _resultById, _auditOfRequest, _newestAudit, _audit, _auditOfPatient, _audits, _auditsOfPatient, _inferences, _inferencesOfPatient, _outcomeBySequence, _outcomeByResult, _feedbackOfCards, _history, _versions, _imageRun, _reading, _queuedReadings, _card, _alert, _feedback, _reasons, _deliveries, _delivery, _checks];
        foreach (var statement in all)
            statement.Dispose();
        _jobs.Dispose();
        session.Dispose();
    }

    private StoredResult? Result(StoreStatement statement)
    {
        var found = First(statement, s => (Type: s.TextOrNull(0), Id: s.TextOrNull(1), Detail: s.Blob(2)));
        if (found.Type is null || found.Id is null || Resource(found.Type, found.Id, null) is not { } resource)
            return null;
        return new StoredResult(found.Id, resource, found.Detail);
    }

    private List<SearchEntry> Entries(SearchSql sql, IReadOnlyList<SearchOrder> order)
    {
        using var statement = Bound(sql);
        return All(statement, row => new SearchEntry(row.Number(0), row.Text(1), row.Text(2), (int)row.Number(3), row.TextOrNull(5), row.TextOrNull(6), [.. order.Select((o, i) => Key(row, o.Parameter, 7 + i))]));
    }

    private static object Key(StoreStatement row, SearchParameter parameter, int column) => parameter.Kind switch
    {
        SearchKind.Date => row.Number(column),
        SearchKind.Number => row.Real(column),
        _ => row.Text(column),
    };

    private List<string> Texts(SearchSql sql)
    {
        using var statement = Bound(sql);
        return All(statement, row => row.Text(0));
    }

    /// <summary>The resources of entries in their order, as long as they weigh no more than <paramref name="most"/>, but at least one.</summary>
    private List<StoredResource> Resources(IReadOnlyList<SearchEntry> entries, long most)
    {
        var found = new List<StoredResource>(entries.Count);
        long weight = 0;
        foreach (var entry in entries)
        {
            var resource = Resource(entry.Type, entry.Id, entry.Version) ?? throw new InvalidOperationException("The index names a version that is not there.");
            weight += resource.Json.Length;
            if (weight > most && found.Count > 0)
                break;
            found.Add(resource);
        }
        return found;
    }

    private StoreStatement Bound(SearchSql sql)
    {
        var statement = session.Prepare(sql.Text);
        foreach (object value in sql.Values)
        {
            _ = value switch
            {
                long number => statement.Bind(number),
                double real => statement.Bind(real),
                string text => statement.Bind(text),
                _ => throw new InvalidOperationException($"{value.GetType().Name} is no value of a search."),
            };
        }
        return statement;
    }

    private static StudyReadingRow Reading(StoreStatement row) =>
        new(row.Text(0), Enum.Parse<StudyReadingState>(row.Text(1), ignoreCase: true), row.Text(2), row.Instant(3), (int)row.Number(4), row.BlobOrNull(5), row.BlobOrNull(6));

    private static DeliveryRow Delivery(StoreStatement row) =>
        new(row.Text(0), row.Text(1), Enum.Parse<DeliveryState>(row.Text(2), ignoreCase: true), (int)row.Number(3), row.Instant(4), row.TextOrNull(5));

    private static StoredResource Resource(StoreStatement row) =>
        new(row.Text(0), row.Text(1), (int)row.Number(2), row.Instant(3), row.Blob(5), row.Number(4) != 0)
        {
            Tenant = row.TextOrNull(6),
            // A deleted resource is not in the index; its last word says whose it was.
            Patient = row.IsNull(8) ? SearchValueReader.PatientOf(row.Text(0), row.Text(1), row.Blob(5)) : row.TextOrNull(7),
        };

    /// <summary>The first row, read; the default where there is none.</summary>
    internal static T? First<T>(StoreStatement statement, Func<StoreStatement, T> read)
    {
        try
        {
            return statement.Step() ? read(statement) : default;
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>Every row, read.</summary>
    internal static List<T> All<T>(StoreStatement statement, Func<StoreStatement, T> read)
    {
        try
        {
            var rows = new List<T>();
            while (statement.Step())
                rows.Add(read(statement));
            return rows;
        }
        finally
        {
            statement.Reset();
        }
    }
}
