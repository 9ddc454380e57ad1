namespace MedAI.Fhir.Store.Search;

/// <summary>Reads pages of matches, and what is brought along with them, from one snapshot of the store.</summary>
/// <param name="find">Runs composed SQL and gives its entries, with as many keys as the query's order has.</param>
/// <param name="ask">Runs composed SQL and gives the first column, as text.</param>
/// <param name="read">Gives the resources of entries, in their order.</param>
internal sealed class SearchReader(Func<SearchSql, IReadOnlyList<SearchOrder>, List<SearchEntry>> find, Func<SearchSql, List<string>> ask, Func<IReadOnlyList<SearchEntry>, long, List<StoredResource>> read)
{
    /// <summary>A page ends before its matches weigh more than this, however many were asked for: it is in memory while it is written.</summary>
    internal const long MostPageBytes = 32L * 1024 * 1024;

    public SearchPage Read(SearchQuery query)
    {
        long? total = query.WithTotal || query.Count == 0 ? long.Parse(ask(SearchSql.Total(query))[0], System.Globalization.CultureInfo.InvariantCulture) : null;
        if (query.Count == 0)
            return new SearchPage([], [], total, null);
        var entries = find(SearchSql.Page(query), query.Order);
        var shown = entries.Count > query.Count ? entries.GetRange(0, query.Count) : entries;
        var matches = read(shown, MostPageBytes);
        bool more = entries.Count > matches.Count;
        if (shown.Count > matches.Count)
            shown = shown.GetRange(0, matches.Count);
        var next = more ? new SearchPosition(shown[^1].Keys, shown[^1].Entry) : null;
        return new SearchPage(matches, Included(query, shown), total, next);
    }

    private List<StoredResource> Included(SearchQuery query, List<SearchEntry> matches)
    {
        if (matches.Count == 0 || (query.Includes.Count == 0 && query.ReverseIncludes.Count == 0))
            return [];
        var held = matches.Select(m => m.Entry).ToHashSet();
        var found = new List<SearchEntry>();
        foreach (var include in query.Includes)
        {
            var local = ask(SearchSql.Targets(include, matches.Select(m => m.Entry)))
                .Select(target => Local(target, query.FhirBase)).OfType<(string Type, string Id)>()
                .Where(t => query.ReadableTypes.Contains(t.Type) && (include.Target is null || include.Target == t.Type) && (include.Parameter.Targets.Count == 0 || include.Parameter.Targets.Contains(t.Type)))
                .ToLookup(t => t.Type, t => t.Id);
            foreach (var ids in local)
                Take(find(SearchSql.ByIds(ids.Key, ids, query), []));
        }
        foreach (var include in query.ReverseIncludes)
        {
            var targets = matches.SelectMany(m => (string[])[$"{m.Type}/{m.Id}", $"{query.FhirBase}/{m.Type}/{m.Id}"]);
            Take(find(SearchSql.PointingAt(include, targets, query), []));
        }
        return read(found, long.MaxValue);

        void Take(List<SearchEntry> entries) => found.AddRange(entries.Where(e => query.Scope.MayBring(e.Type, e.Patient) && held.Add(e.Entry)));
    }

    private static (string Type, string Id)? Local(string target, string fhirBase)
    {
        string own = target.StartsWith(fhirBase + "/", StringComparison.Ordinal) ? target[(fhirBase.Length + 1)..] : target;
        return own.Split('/') is [{ Length: > 0 } type, { Length: > 0 } id] ? (type, id) : null;
    }
}

/// <summary>One current resource of the index.</summary>
/// <param name="Keys">Values of the order's keys: long, double or string.</param>
internal sealed record SearchEntry(long Entry, string Type, string Id, int Version, string? Tenant, string? Patient, IReadOnlyList<object> Keys);
