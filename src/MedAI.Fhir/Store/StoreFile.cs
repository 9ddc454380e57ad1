using System.Globalization;
using MedAI.Fhir.Store.Search;
using Microsoft.Data.Sqlite;

namespace MedAI.Fhir.Store;

/// <summary>The database file: made on first start, checked and brought to the current schema on every start.</summary>
internal static class StoreFile
{
    public const string Name = "medai.db";

    /// <summary>Marks a SQLite file as ours ("MdAI"), so that another program's file is refused, not migrated.</summary>
    private const int ApplicationId = 0x4D644149;

    /// <summary>A full check reads every page; above this size it would hold a start up for longer than an operator waits.</summary>
    private const long FullCheckBytes = 256L * 1024 * 1024;

    /// <summary>Makes the store ready for use and returns the file's full path with the schema version found and the one reached, and how many resources were indexed anew.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be used; it was left as it is.</exception>
    public static (string Path, int Found, int Reached, long? Indexed) Prepare(StoreOptions options)
    {
        string folder = Path.GetFullPath(options.DataFolder);
        string path = Path.Combine(folder, Name);
        try
        {
            CreateForOwner(folder, path);
            int found = Check(path, options);
            using var session = SqliteSession.OpenWriter(path, options);
            Migrate(session, found);
            return (path, found, Version(session), SearchIndexBuild.Run(session));
        }
        catch (SqliteException error)
        {
            var reason = SqliteErrors.Unavailable(error) ?? StoreUnavailableReason.Corrupt;
            throw new StoreUnavailableException(reason, Refusal(path, $"{reason} (SQLite {error.SqliteExtendedErrorCode})"), error);
        }
        // FileNotFoundException would be a missing library of ours, which is another matter.
        catch (Exception error) when (error is UnauthorizedAccessException or IOException and not FileNotFoundException)
        {
            throw new StoreUnavailableException(StoreUnavailableReason.Unwritable, Refusal(path, "the file or its folder cannot be made or opened"), error);
        }
    }

    private static void CreateForOwner(string folder, string path)
    {
        // A folder that was there keeps its mode: it may be a shared one, and is not ours to change.
        if (!Directory.Exists(folder))
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var database = new FileInfo(path);
        var log = new FileInfo(path + "-wal");
        // SQLite throws a log away whose database is missing or empty, and with it what was committed last.
        if ((!database.Exists || database.Length == 0) && log.Exists && log.Length > 0)
            throw new StoreUnavailableException(StoreUnavailableReason.Corrupt, Refusal(path, "the database is missing or empty but its log medai.db-wal is not"));

        // SQLite takes a file shorter than its smallest page for a new one and would write over it.
        if (database.Exists && database.Length is > 0 and < 512)
            throw new StoreUnavailableException(StoreUnavailableReason.Corrupt, Refusal(path, "it is cut short"));

        // SQLite gives the log and the shared memory file the mode of the database.
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var create = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
            create.UnixCreateMode = Owner;
        using (new FileStream(path, create))
        {
        }
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) != Owner)
            File.SetUnixFileMode(path, Owner);
    }

    /// <summary>Looks at the file through a read-only connection, which changes nothing whatever it finds.</summary>
    private static int Check(string path, StoreOptions options)
    {
        using var session = SqliteSession.OpenReader(path, options);
        bool ours = session.Ask("PRAGMA application_id") == ApplicationId.ToString(CultureInfo.InvariantCulture);
        if (!ours && session.Ask("SELECT count(*) FROM sqlite_master") != "0")
            throw new StoreUnavailableException(StoreUnavailableReason.Corrupt, Refusal(path, "it is a database of another program"));
        if (new FileInfo(path).Length <= FullCheckBytes && session.Ask("PRAGMA quick_check(1)") is not "ok")
            throw new StoreUnavailableException(StoreUnavailableReason.Corrupt, Refusal(path, "it is damaged"));
        int found = Version(session);
        if (found > Migration.OfSqlite[^1].Version)
            throw new StoreUnavailableException(StoreUnavailableReason.Corrupt, Refusal(path, $"it has schema {found}, and this server knows {Migration.OfSqlite[^1].Version}"));
        return found;
    }

    private static void Migrate(SqliteSession session, int found)
    {
        foreach (var (version, sql) in Migration.OfSqlite)
        {
            if (version <= found)
                continue;
            // One transaction per step: a crash leaves the schema before or after it, never between. A failed step ends with the session.
            session.Run("BEGIN EXCLUSIVE");
            session.Run(sql);
            session.Run($"PRAGMA application_id = {ApplicationId}");
            session.Run($"PRAGMA user_version = {version}");
            session.Run("COMMIT");
        }
    }

    private static int Version(SqliteSession session) => int.Parse(session.Ask("PRAGMA user_version"), CultureInfo.InvariantCulture);

    private static string Refusal(string path, string cause) =>
        $"The store {path} cannot be used: {cause}. Nothing in it was changed; restore it from a backup or point Store:DataFolder elsewhere.";
}
