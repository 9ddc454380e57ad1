using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Store.Jobs;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store;

/// <summary>Puts transactions of callers into one database transaction; each can fail without the others.</summary>
/// <remarks>Not thread safe: it belongs to the writer thread.</remarks>
internal sealed class TransactionWriter : IDisposable
{
    private static readonly StoreReceipt Stored = new(ExistingResult: null);
    private static readonly StoreReceipt Outdated = new(ExistingResult: null) { IsOutdated = true };

    private readonly StoreSession _session;
    private readonly ResourceQueries _queries;
    private readonly TimeProvider _time;
    private readonly StoreStatement _begin;
    private readonly StoreStatement _commit;
    private readonly StoreStatement _resource;
    private readonly StoreStatement _outcome;
    private readonly StoreStatement _audit;
    private readonly StoreStatement _imageRun;
    private readonly StoreStatement _reading;
    private readonly StoreStatement _card;
    private readonly StoreStatement _alert;
    private readonly StoreStatement _feedback;
    private readonly StoreStatement _delivery;
    private readonly StoreStatement _check;
    private readonly StoreStatement _until;
    private readonly StoreStatement _expiredAudit;
    private readonly StoreStatement _expiredOutcome;
    private readonly StoreStatement _expiredFeedback;
    private readonly JobWriter _jobs;
    private readonly SearchIndexWriter _index;

    public TransactionWriter(StoreSession session, TimeProvider time)
    {
        _session = session;
        _queries = new ResourceQueries(session);
        _time = time;
        _begin = session.Prepare(session.BeginWriting);
        _commit = session.Prepare("COMMIT");
        _resource = session.Prepare("INSERT INTO resource (type, id, version, last_updated, patient_id, deleted, json, tenant) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        _outcome = session.PrepareInsert(
            "INSERT INTO outcome (outcome_id, kind, recorded, tenant, fhir_base, patient_id, model_id, model_version, model_hash, as_of, "
            + "idempotency_key, result_type, result_id, result_version, reasons, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "sequence");
        _audit = session.Prepare(AuditRows.Insert);
        _imageRun = session.Prepare("INSERT INTO image_run (run_key, recorded, outputs) VALUES (?, ?, ?) ON CONFLICT (run_key) DO NOTHING");
        _reading = session.Prepare(
            "INSERT INTO study_reading (reading_key, state, report_id, updated, attempts, request, detail) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reading_key) DO UPDATE SET "
            + "state = excluded.state, report_id = excluded.report_id, updated = excluded.updated, attempts = excluded.attempts, request = excluded.request, detail = excluded.detail");
        _card = session.Prepare("INSERT INTO card (uuid, service, model_id, model_version, result_id, issued, tenant) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO NOTHING");
        _alert = session.Prepare("INSERT INTO alert (alert_key, shown, probability, level) VALUES (?, ?, ?, ?) ON CONFLICT (alert_key) DO UPDATE SET "
            + "shown = excluded.shown, probability = excluded.probability, level = excluded.level");
        _feedback = session.Prepare(
            "INSERT INTO feedback (card, outcome, outcome_time, reason_system, reason_code, reason_display, comment, suggestions, recorded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
        _delivery = session.Prepare("INSERT INTO delivery (result_id, provenance_id, state, attempts, due, place) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (result_id) DO UPDATE SET "
            + "state = excluded.state, attempts = excluded.attempts, due = excluded.due, place = excluded.place");
        _check = session.Prepare("UPDATE probe SET checks = checks + 1");
        // Only the oldest rows are looked at, so that a run is short whatever the trail holds.
        _until = session.Prepare("UPDATE retention SET until = ?");
        _expiredAudit = session.Prepare("DELETE FROM audit WHERE ended < ? AND id IN (SELECT id FROM audit ORDER BY id LIMIT ?)");
        // A result and its explanation belong to the patient's record and stay; what was told and never stored goes with the trail.
        _expiredOutcome = session.Prepare("DELETE FROM outcome WHERE recorded < ? AND result_id IS NULL AND sequence IN (SELECT sequence FROM outcome WHERE result_id IS NULL ORDER BY sequence LIMIT ?)");
        _expiredFeedback = session.Prepare("DELETE FROM feedback WHERE recorded < ? AND sequence < (SELECT min(sequence) FROM feedback) + ?");
        _jobs = new JobWriter(session);
        _index = new SearchIndexWriter(session);
    }

    public void Begin() => _begin.Run();

    public void Commit()
    {
        _commit.Run();
        _session.Flush();
    }

    /// <summary>To be called when the callers of a commit have been told.</summary>
    public void Committed() => _session.Committed();

    /// <summary>Sees to it that what was written so far was taken: what is wrong with it is thrown here at the latest.</summary>
    public void Flush() => _session.Flush();

    public void Rollback()
    {
        if (_session.InTransaction)
            _session.Run("ROLLBACK");
    }

    /// <summary>Writes one caller's transaction.</summary>
    /// <param name="found">What each of its resources is found by.</param>
    /// <exception cref="Exception">Part of it may be written: the whole database transaction is to be rolled back.</exception>
    public StoreReceipt Write(StoreTransaction transaction, IReadOnlyList<SearchValues> found) => WriteParts(transaction, found);

    /// <summary>Writes one caller's transaction, or nothing of it.</summary>
    /// <exception cref="Exception">Nothing of this transaction is left; when <see cref="IsOpen"/> is false then, nothing of the others either.</exception>
    public StoreReceipt WriteApart(StoreTransaction transaction, IReadOnlyList<SearchValues> found)
    {
        _session.Run("SAVEPOINT caller");
        try
        {
            var receipt = WriteParts(transaction, found);
            _session.Run("RELEASE caller");
            return receipt;
        }
        catch
        {
            if (_session.InTransaction)
            {
                _session.Run("ROLLBACK TO caller");
                _session.Run("RELEASE caller");
            }
            throw;
        }
    }

    /// <summary>Writes the row of the health check.</summary>
    public void Check() => _check.Run();

    /// <summary>False after an error that ended the database transaction itself.</summary>
    public bool IsOpen => _session.InTransaction;

    public void Dispose()
    {
        StoreStatement[] all = [_begin, _commit, _resource, _outcome, _audit, _imageRun, _reading, _card, _alert, _feedback, _delivery, _check, _until, _expiredAudit, _expiredOutcome, _expiredFeedback];
        foreach (var statement in all)
            statement.Dispose();
        _jobs.Dispose();
        _index.Dispose();
        _queries.Dispose();
    }

    private StoreReceipt WriteParts(StoreTransaction transaction, IReadOnlyList<SearchValues> found)
    {
        // Before anything is written, so that there is nothing to undo.
        if (transaction.Expected is { } expected && !Holds(expected))
            return Outdated;
        if (transaction.Alert is { } alert)
            _alert.Bind(alert.Key).Bind(alert.Shown).Bind(alert.Probability).Bind(alert.Level).Run();
        if (transaction is { OnlyIfUnread: true, Reading: { } wish } && _queries.Reading(wish.Key) is not null)
        {
            if (transaction.Audit is { } asked)
                WriteAudit(asked, asked.ResultId);
            return Stored;
        }
        foreach (var run in transaction.ImageRuns)
            _imageRun.Bind(run.Key).Bind(_time.GetUtcNow()).Bind(run.Outputs.Span).Run();
        if (transaction.Outcome?.IdempotencyKey is { } key && _queries.ResultByKey(key) is { } earlier)
        {
            if (transaction.Reading is { } read)
                WriteReading(read with { ReportId = earlier.ResultId });
            if (transaction.Audit is { } repeated)
                WriteAudit(repeated, earlier.ResultId);
            return new StoreReceipt(earlier);
        }

        (string Type, int Version)? result = null;
        long? sequence = transaction.EarlierOutcome;
        string? tenant = transaction.Outcome?.Patient.Tenant ?? transaction.Tenant ?? transaction.Audit?.Patient?.Tenant;
        // A Provenance last: it is its targets' patient's, and those are in the index then.
        foreach (bool provenance in (ReadOnlySpan<bool>)[false, true])
        {
            for (int i = 0; i < transaction.Resources.Count; i++)
            {
                var resource = transaction.Resources[i];
                if (resource.Type == "Provenance" != provenance)
                    continue;
                int version = WriteResource(resource, tenant, found[i]);
                if (transaction.Outcome?.ResultId is { } id && id == resource.Id)
                    result ??= (resource.Type, version);
            }
        }
        if (transaction.Outcome is { } outcome)
            sequence = WriteOutcome(outcome, result);
        if (transaction.Reading is { } reading)
            WriteReading(reading);
        if (transaction.Job is { } job)
            _jobs.Write(job);
        foreach (var row in transaction.Feedback)
        {
            _feedback.Bind(row.Card).Bind(row.Outcome).Bind(row.OutcomeTime).Bind(row.ReasonSystem).Bind(row.ReasonCode).Bind(row.ReasonDisplay).Bind(row.Comment)
                .Bind(row.Suggestions).Bind(row.Recorded).Run();
        }
        if (transaction.Delivery is { } delivery)
        {
            _delivery.Bind(delivery.ResultId).Bind(delivery.ProvenanceId).Bind(KebabCase.Of(delivery.State)).Bind((long)delivery.Attempts).Bind(delivery.Due).Bind(delivery.Place).Run();
        }
        if (transaction.Audit is { } audit)
            WriteAudit(audit, audit.ResultId, sequence);
        foreach (var more in transaction.MoreAudit)
            WriteAudit(more, more.ResultId);
        if (transaction.Expire is { } expiry)
            return Stored with { Expired = Expire(expiry) };
        return transaction.Outcome is null ? Stored : Stored with { OutcomeSequence = sequence };
    }

    /// <summary>Opens the audit trail for what has expired, removes it, and closes the trail again, all in one transaction.</summary>
    private int Expire(Expiry expiry)
    {
        _until.Bind(expiry.Before).Run();
        int removed = _expiredAudit.Bind(expiry.Before).Bind(expiry.Most).RunNow()
            // Audit rows that are a little younger may refer to it.
            + _expiredOutcome.Bind(expiry.Before - OutcomeWrite.SharedFor).Bind(expiry.Most).RunNow()
            + _expiredFeedback.Bind(expiry.Before).Bind(expiry.Most).RunNow();
        _until.Bind(0L).Run();
        return removed;
    }

    /// <summary>Writes the row, and the cards that it says were sent.</summary>
    private void WriteAudit(AuditRow row, string? resultId, long? outcome = null)
    {
        AuditRows.Write(_audit, row, resultId, outcome);
        if (row is not { Cards: { } cards, Service: { } service, ModelId: { } model, ModelVersion: { } version })
            return;
        foreach (string uuid in cards.Split(','))
            _card.Bind(uuid).Bind(service).Bind(model).Bind(version).Bind(resultId).Bind(row.Ended).Bind(row.Tenant).Run();
    }

    private void WriteReading(StudyReadingRow reading) =>
        _reading
            .Bind(reading.Key).Bind(KebabCase.Of(reading.State)).Bind(reading.ReportId).Bind(reading.Updated).Bind((long)reading.Attempts)
            .BindOrNull(reading.Request).BindOrNull(reading.Detail).Run();

    private int WriteResource(ResourceWrite write, string? tenant, SearchValues found)
    {
        var current = _queries.Resource(write.Type, write.Id, version: null);
        if (write.KeepsTenant && current is not null)
            tenant = current.Tenant;
        if (current is null)
        {
            Insert(write, version: 1, write.Json.Span, tenant, found);
            return 1;
        }

        using var old = JsonDocument.Parse(current.Json);
        using var changed = JsonDocument.Parse(write.Json);
        int version = current.Version + 1;
        byte[] json = ResourceMeta.Stamp(changed.RootElement, version, write.LastUpdated);
        // What a start stores again (Device, demo patients) is the same each time and must not grow a history.
        if (!current.Deleted && !write.Deleted && json.AsSpan().SequenceEqual(ResourceMeta.Stamp(old.RootElement, version, write.LastUpdated)))
            return current.Version;
        Insert(write, version, json, write.KeepsTenant ? tenant : tenant ?? current.Tenant, found);
        return version;
    }

    private void Insert(ResourceWrite write, int version, ReadOnlySpan<byte> json, string? tenant, SearchValues found)
    {
        _resource.Bind(write.Type).Bind(write.Id).Bind((long)version).Bind(write.LastUpdated).Bind(write.PatientId).Bind(write.Deleted ? 1L : 0L).Bind(json).Bind(tenant).Run();
        if (write.Deleted)
            _index.Remove(write.Type, write.Id);
        else
            _index.Write(write.Type, write.Id, version, write.LastUpdated, tenant, found, isNew: version == 1);
    }

    /// <summary>Whether everything is still as the caller saw it. The one writer of this server writes nothing in between; servers that share the database wait for each other.</summary>
    /// <remarks>For versions as for searches: what another server commits after the look would be written over. It also keeps two servers from holding what the other one needs.</remarks>
    private bool Holds(StoreExpectation expected)
    {
        _session.HoldOthers();
        foreach (var (type, id, version) in expected.Versions)
        {
            if ((_queries.Resource(type, id, version: null)?.Version ?? 0) != version)
                return false;
        }
        foreach (var (query, ids) in expected.Matches)
        {
            if (!_queries.Search(query).Matches.Select(m => m.Id).SequenceEqual(ids, StringComparer.Ordinal))
                return false;
        }
        return true;
    }

    /// <summary>Writes the outcome and gives its sequence.</summary>
    private long WriteOutcome(OutcomeWrite outcome, (string Type, int Version)? result)
    {
        if (outcome.ResultId is not null && result is null)
            throw new InvalidOperationException("A prediction names a result that is not among the resources of its transaction.");
        return _outcome
            .Bind(outcome.OutcomeId).Bind(outcome.Kind).Bind(_time.GetUtcNow())
            .Bind(outcome.Patient.Tenant).Bind(outcome.Patient.FhirBase).Bind(outcome.Patient.Id)
            .Bind(outcome.ModelId).Bind(outcome.ModelVersion).Bind(outcome.ModelHash).Bind(outcome.AsOf)
            .Bind(outcome.IdempotencyKey).Bind(result?.Type).Bind(outcome.ResultId).Bind((long?)result?.Version)
            .Bind(outcome.Reasons).Bind(outcome.Detail.Span).RunForKey();
    }
}
