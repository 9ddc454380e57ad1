namespace MedAI.Fhir.Store.Search;

/// <summary>Keeps the search index of one SQLite connection in step with the resources, inside the caller's transaction.</summary>
/// <remarks>Not thread safe: it belongs to the writer thread.</remarks>
internal sealed class SearchIndexWriter : IDisposable
{
    /// <summary>Tables of values.</summary>
    public static readonly string[] Tables = ["search_token", "search_reference", "search_date", "search_number", "search_text"];

    private readonly StoreStatement _entry;
    private readonly StoreStatement _find;
    private readonly StoreStatement _remove;
    private readonly StoreStatement _token;
    private readonly StoreStatement _reference;
    private readonly StoreStatement _date;
    private readonly StoreStatement _number;
    private readonly StoreStatement _text;
    private readonly StoreStatement[] _forget;

    public SearchIndexWriter(StoreSession session)
    {
        _entry = session.Prepare(
            "INSERT INTO search_entry (type, id, version, last_updated, tenant, patient) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (type, id) DO UPDATE SET "
            + "version = excluded.version, last_updated = excluded.last_updated, tenant = excluded.tenant, patient = excluded.patient RETURNING entry");
        _find = session.Prepare("SELECT entry, patient, tenant FROM search_entry WHERE type = ? AND id = ?");
        _remove = session.Prepare("DELETE FROM search_entry WHERE entry = ?");
        _token = session.Prepare("INSERT INTO search_token (entry, parameter, code, system) VALUES (?, ?, ?, ?)");
        _reference = session.Prepare("INSERT INTO search_reference (entry, parameter, target, version) VALUES (?, ?, ?, ?)");
        _date = session.Prepare("INSERT INTO search_date (entry, parameter, low, high) VALUES (?, ?, ?, ?)");
        _number = session.Prepare("INSERT INTO search_number (entry, parameter, value) VALUES (?, ?, ?)");
        _text = session.Prepare("INSERT INTO search_text (entry, parameter, folded, exact) VALUES (?, ?, ?, ?)");
        _forget = [.. Tables.Select(table => session.Prepare($"DELETE FROM {table} WHERE entry = ?"))];
    }

    /// <summary>Makes the resource's current version the one that is found.</summary>
    /// <param name="isNew">Nothing is in the index that the resource was found by before.</param>
    public void Write(string type, string id, int version, DateTimeOffset lastUpdated, string? tenant, SearchValues values, bool isNew)
    {
        string? patient = values.Patient;
        if (type == "Provenance")
            patient = PatientOfTargets(values, tenant);
        long entry;
        _entry.Bind(type).Bind(id).Bind((long)version).Bind(lastUpdated).Bind(tenant).Bind(patient);
        try
        {
            _entry.Step();
            entry = _entry.Number(0);
        }
        finally
        {
            _entry.Reset();
        }
        if (!isNew)
            Forget(entry);
        foreach (var value in values.Tokens)
            _token.Bind(entry).Bind(value.Parameter).Bind(value.Code).Bind(value.System).Run();
        foreach (var value in values.References)
            _reference.Bind(entry).Bind(value.Parameter).Bind(value.Target).Bind(value.Version).Run();
        foreach (var value in values.Dates)
            _date.Bind(entry).Bind(value.Parameter).Bind(value.Interval.Low).Bind(value.Interval.High).Run();
        foreach (var value in values.Numbers)
            _number.Bind(entry).Bind(value.Parameter).Bind(value.Value).Run();
        foreach (var value in values.Texts)
            _text.Bind(entry).Bind(value.Parameter).Bind(value.Folded).Bind(value.Exact).Run();
    }

    /// <summary>Takes a deleted resource out.</summary>
    public void Remove(string type, string id)
    {
        _find.Bind(type).Bind(id);
        long? entry;
        try
        {
            entry = _find.Step() ? _find.Number(0) : null;
        }
        finally
        {
            _find.Reset();
        }
        if (entry is not { } known)
            return;
        Forget(known);
        _remove.Bind(known).Run();
    }

    public void Dispose()
    {
        StoreStatement[] all = [_entry, _find, _remove, _token, _reference, _date, _number, _text, .. _forget];
        foreach (var statement in all)
            statement.Dispose();
    }

    private void Forget(long entry)
    {
        foreach (var statement in _forget)
            statement.Bind(entry).Run();
    }

    /// <summary>A Provenance is its targets' patient's, where they are of one patient and in this store.</summary>
    private string? PatientOfTargets(SearchValues values, string? tenant)
    {
        var patients = new HashSet<string?>();
        foreach (var value in values.References)
        {
            if (value.Parameter != "Provenance.target")
                continue;
            // Our results are named under the public base of the day on which they were made.
            string[] parts = value.Target.Split('/');
            if (parts.Length < 2)
                return SearchValues.SomeBody;
            _find.Bind(parts[^2]).Bind(parts[^1]);
            try
            {
                if (!_find.Step() || _find.TextOrNull(2) != tenant)
                    return SearchValues.SomeBody;
                patients.Add(_find.TextOrNull(1));
            }
            finally
            {
                _find.Reset();
            }
        }
        return patients.Count == 1 ? patients.Single() : SearchValues.SomeBody;
    }
}
