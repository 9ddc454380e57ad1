using System.Text.Json;

namespace MedAI.Fhir.Store.Search;

/// <summary>Builds the search index of a store that was made before there was one, or by a server that knew other parameters.</summary>
internal static class SearchIndexBuild
{
    // Oldest first, so that their numbers tell when they came; a Provenance after what it is about.
    private const string Current =
        "SELECT r.type, r.id, r.version FROM resource r WHERE r.deleted = 0 AND (CASE r.type WHEN 'Provenance' THEN 1 ELSE 0 END) = ? "
        + "AND NOT EXISTS (SELECT 1 FROM resource n WHERE n.type = r.type AND n.id = r.id AND n.version > r.version) "
        + "ORDER BY (SELECT f.last_updated FROM resource f WHERE f.type = r.type AND f.id = r.id ORDER BY f.version LIMIT 1), r.type, r.id";

    /// <summary>Builds the index where it is not this server's, as one transaction: a crash leaves it as it was, and the next start builds it.</summary>
    /// <returns>How many resources were read; null where nothing was to be done.</returns>
    public static long? Run(StoreSession session)
    {
        if (session.Ask("SELECT parameters FROM search_built") == SearchParameters.Fingerprint)
            return null;
        long count = 0;
        session.Run(session.BeginWriting);
        foreach (string table in SearchIndexWriter.Tables)
            session.Run($"DELETE FROM {table}");
        using (var index = new SearchIndexWriter(session))
        using (var one = session.Prepare("SELECT last_updated, tenant, json FROM resource WHERE type = ? AND id = ? AND version = ?"))
        {
            foreach (long provenance in (ReadOnlySpan<long>)[0, 1])
            {
                foreach (var (type, id, version) in Keys(session, provenance))
                {
                    one.Bind(type).Bind(id).Bind(version).Step();
                    var (updated, tenant, json) = (one.Instant(0), one.TextOrNull(1), one.Blob(2));
                    one.Reset();
                    // The values were deleted as a whole: what is there has none to be forgotten.
                    index.Write(type, id, (int)version, updated, tenant, Values(type, id, json), isNew: true);
                    count++;
                }
            }
        }
        session.Run($"UPDATE search_built SET parameters = '{SearchParameters.Fingerprint}'");
        session.Run("COMMIT");
        return count;
    }

    private static List<(string Type, string Id, long Version)> Keys(StoreSession session, long provenance)
    {
        using var current = session.Prepare(Current);
        current.Bind(provenance);
        var keys = new List<(string, string, long)>();
        while (current.Step())
            keys.Add((current.Text(0), current.Text(1), current.Number(2)));
        current.Reset();
        return keys;
    }

    private static SearchValues Values(string type, string id, byte[] json)
    {
        try
        {
            return SearchValueReader.Read(type, id, json);
        }
        catch (JsonException)
        {
            // One unreadable row must not keep the hospital's server from starting; it is found by its id alone.
            return new SearchValues { Patient = SearchValues.SomeBody };
        }
    }
}
