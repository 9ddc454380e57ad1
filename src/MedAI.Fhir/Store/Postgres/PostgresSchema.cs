using System.Globalization;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store.Postgres;

/// <summary>The schema of a PostgreSQL store: made on first start, checked and brought up to date on every start.</summary>
internal static class PostgresSchema
{
    /// <summary>Whoever starts beside us waits: two servers must not migrate one database at once.</summary>
    private const long Lock = 0x4D644149;

    /// <returns>The schema version found and the one reached, and how many resources were indexed anew.</returns>
    /// <exception cref="StoreUnavailableException">The database cannot be used; nothing in it was changed.</exception>
    public static (int Found, int Reached, long? Indexed) Prepare(PostgresDatabase database)
    {
        try
        {
            using var session = database.OpenWriter();
            session.Run("SET lock_timeout = 60000");
            session.Run($"SELECT pg_advisory_lock({Lock})");
            int found = Found(session, database.Place);
            foreach (var step in Migration.OfPostgres)
            {
                if (step.Version <= found)
                    continue;
                // One transaction per step: a crash leaves the schema before or after it, never between.
                session.Run("BEGIN");
                session.Run(step.Sql);
                session.Run("CREATE TABLE IF NOT EXISTS medai_schema (\"only\" BIGINT PRIMARY KEY CHECK (\"only\" = 1), version BIGINT NOT NULL)");
                session.Run($"INSERT INTO medai_schema VALUES (1, {step.Version}) ON CONFLICT (\"only\") DO UPDATE SET version = excluded.version");
                session.Run("COMMIT");
            }
            return (found, Migration.OfPostgres[^1].Version, SearchIndexBuild.Run(session));
        }
        catch (Exception error) when (database.Translate(error) is StoreUnavailableException unavailable)
        {
            throw new StoreUnavailableException(unavailable.Reason, Refusal(database.Place, unavailable.Reason.ToString()), error);
        }
    }

    private static int Found(StoreSession session, string place)
    {
        if (session.Ask("SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'medai_schema'") == "0")
        {
            if (session.Ask("SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()") != "0")
                throw new StoreUnavailableException(StoreUnavailableReason.Corrupt, Refusal(place, "it holds tables of another program"));
            return 0;
        }
        int found = int.Parse(session.Ask("SELECT version FROM medai_schema"), CultureInfo.InvariantCulture);
        if (found > Migration.OfPostgres[^1].Version)
            throw new StoreUnavailableException(StoreUnavailableReason.Corrupt, Refusal(place, $"it has schema {found}, and this server knows {Migration.OfPostgres[^1].Version}"));
        return found;
    }

    private static string Refusal(string place, string cause) =>
        $"The store {place} cannot be used: {cause}. Nothing in it was changed; check Store:ConnectionString, or restore the database from a backup.";
}
