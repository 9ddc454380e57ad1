using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MedAI.Fhir.Store;

/// <summary>Moves pages from the log of a SQLite file into the file itself while others write, so that no caller waits for it.</summary>
/// <remarks>
/// Left to itself, SQLite does this within the COMMIT that filled the log, and everybody who waits for a commit waits for 16 MiB of scattered pages to be on the disk.
/// Here another connection moves what is there. What came in meanwhile is little, and the writer moves it between two groups: only when the log holds nothing more does SQLite
/// begin it anew. Nothing depends on it but the length of the log; an error is met again at the next try, and by whoever writes.
/// </remarks>
internal sealed class WalCheckpoints(string path, StoreOptions options)
{
    /// <summary>Pages in the log (16 MiB) after which they are moved: pages that every group writes to then reach the file once.</summary>
    public const int Pages = 4096;

    /// <summary>So many the writer moves itself without anybody noticing.</summary>
    private const int FewPages = 128;

    /// <summary>On a disk that is slower than those who write, another round would not leave fewer.</summary>
    private const int Rounds = 4;

    private Task _moving = Task.CompletedTask;
    private int _written;
    private volatile bool _isMoved;

    /// <summary>After a commit of the writer, on its thread.</summary>
    public void Committed(sqlite3 writer)
    {
        if (raw.sqlite3_db_status(writer, raw.SQLITE_DBSTATUS_CACHE_WRITE, out int pages, out _, resetFlg: 1) == raw.SQLITE_OK)
            _written += pages;
        if (!_moving.IsCompleted)
            return;
        if (_isMoved)
        {
            _isMoved = false;
            _written = 0;
            _ = raw.sqlite3_wal_checkpoint_v2(writer, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        }
        else if (_written >= Pages)
        {
            // A thread of its own: the disk may take seconds.
            _moving = Task.Factory.StartNew(Move, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>To be called before the writer's connection closes: the last one to close moves the rest and removes the log, and two that close at once each take the other for the last.</summary>
    public void End() => _moving.GetAwaiter().GetResult();

    private void Move()
    {
        try
        {
            using var session = SqliteSession.OpenForCheckpoints(path, options);
            int left = int.MaxValue;
            for (int round = 0; round < Rounds && left > FewPages; round++)
            {
                if (raw.sqlite3_wal_checkpoint_v2(session.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out int logged, out int moved) != raw.SQLITE_OK)
                    break;
                left = logged - moved;
            }
        }
        catch (SqliteException)
        {
            // The writer tries next, and its callers hear of a disk that is in the way.
        }
        _isMoved = true;
    }
}
