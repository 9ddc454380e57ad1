using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace MedAI.Fhir.Store;

/// <summary>The one thread that writes: it commits whatever callers hand in together, because most of a commit's cost is the wait for the disk.</summary>
/// <remarks>
/// A lone transaction is committed at once. While one group waits for the disk, later callers queue up and become the next group; transactions that arrive
/// while a group is being written join it, for at most <see cref="CollectFor"/>. Where several callers wrote side by side a moment ago, a group waits for those that are
/// not in it yet, for at most half the time that a flush takes: else two halves of the callers would take turns at the disk, each waiting for two flushes.
/// Callers are answered only after COMMIT has returned.
/// </remarks>
internal sealed class GroupCommitWriter : IAsyncDisposable
{
    /// <summary>Longest time that the first transaction of a group waits for others to be written beside it.</summary>
    public static readonly TimeSpan CollectFor = TimeSpan.FromMilliseconds(2);

    private static readonly StoreReceipt Checked = new(ExistingResult: null);

    private readonly Channel<PendingCommit> _queue;
    private readonly string _path;
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<PendingCommit> _group = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TransactionWriter? _writer;
    private long _groups;

    /// <summary>Callers that were seen to write side by side lately.</summary>
    private int _callers = 1;

    /// <summary>Time that a flush takes, smoothed.</summary>
    private TimeSpan _flush;

    public GroupCommitWriter(string path, StoreOptions options, TimeProvider time, ILogger logger)
    {
        _path = path;
        _options = options;
        _time = time;
        _logger = logger;
        _queue = Channel.CreateBounded<PendingCommit>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _writer = OpenWriter();
        new Thread(Run) { IsBackground = true, Name = "MedAI store writer" }.Start();
    }

    /// <summary>SQLite transactions committed since the start.</summary>
    public long Groups => Interlocked.Read(ref _groups);

    public async ValueTask<StoreReceipt> CommitAsync(StoreTransaction? transaction, CancellationToken cancellationToken)
    {
        var pending = new PendingCommit(transaction, cancellationToken);
        try
        {
            await _queue.Writer.WriteAsync(pending, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new StoreUnavailableException(StoreUnavailableReason.Closed, "The store is closed.");
        }
        // Not abandoned on cancellation: the writer may be reading the caller's buffers.
        return await pending.Task;
    }

    /// <summary>Writes what was handed in, then ends the thread and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.Task;
    }

    private void Run()
    {
        try
        {
            while (WaitForNext(out var first))
                CommitGroup(first);
        }
        finally
        {
            _writer?.Dispose();
            _ended.SetResult();
        }
    }

    private bool WaitForNext(out PendingCommit first)
    {
        while (!_queue.Reader.TryRead(out first!))
        {
            // Blocking is what this thread is for.
            if (!_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                return false;
        }
        return true;
    }

    private void CommitGroup(PendingCommit first)
    {
        try
        {
            _group.Add(first);
            var writer = _writer ??= OpenWriter();
            writer.Begin();
            WriteGroup(writer, first);
            long flushing = Stopwatch.GetTimestamp();
            writer.Commit();
            Learn(Stopwatch.GetElapsedTime(flushing));
            Interlocked.Increment(ref _groups);
            foreach (var written in _group)
                written.TrySetResult(written.Receipt!);
        }
        catch (SqliteException error)
        {
            FailGroup(SqliteErrors.Translate(error, _path));
        }
        catch (Exception error)
        {
            // A bug of ours must reach the callers that wait, and must not end the thread.
            FailGroup(error);
        }
        finally
        {
            _group.Clear();
        }
    }

    /// <summary>Leaves in the group those whose transactions were written; the others have been told.</summary>
    private void WriteGroup(TransactionWriter writer, PendingCommit first)
    {
        _group.Clear();
        long began = Stopwatch.GetTimestamp();
        PendingCommit? next = first;
        do
        {
            if (!next.GaveUp())
                Write(writer, next);
        }
        while (TryNext(began, out next));
    }

    private bool TryNext(long began, [NotNullWhen(true)] out PendingCommit? next)
    {
        next = null;
        if (Stopwatch.GetElapsedTime(began) >= CollectFor)
            return false;
        if (_queue.Reader.TryRead(out next))
            return true;
        var patience = _flush / 2 < CollectFor ? _flush / 2 : CollectFor;
        while (_group.Count < _callers && Stopwatch.GetElapsedTime(began) < patience)
        {
            // The callers need the processor to get here.
            Thread.Yield();
            if (_queue.Reader.TryRead(out next))
                return true;
        }
        return false;
    }

    private void Learn(TimeSpan flush)
    {
        _flush = _flush == TimeSpan.Zero ? flush : (_flush * 0.9) + (flush * 0.1);
        int seen = _group.Count + _queue.Reader.Count;
        // Up at once, down by halves: a group that waited in vain soon waits no more.
        _callers = seen >= _callers ? seen : (_callers + seen) / 2;
    }

    private void Write(TransactionWriter writer, PendingCommit pending)
    {
        _group.Add(pending);
        try
        {
            if (pending.Transaction is { } transaction)
                pending.Receipt = writer.Write(transaction);
            else
                writer.Check();
            pending.Receipt ??= Checked;
        }
        catch (Exception error) when (writer.IsOpen)
        {
            _group.RemoveAt(_group.Count - 1);
            var told = error is SqliteException sqlite ? SqliteErrors.Translate(sqlite, _path) : error;
            Log(told, 1);
            pending.TrySetException(told);
        }
    }

    private void FailGroup(Exception error)
    {
        Reopen();
        int failed = _group.Count;
        foreach (var pending in _group)
            pending.TrySetException(error);
        // Those that queued meanwhile would each wait for the same lock or disk in turn; they are told now.
        while (error is StoreUnavailableException && _queue.Reader.TryRead(out var waiting))
        {
            waiting.TrySetException(error);
            failed++;
        }
        Log(error, failed);
    }

    /// <summary>Gives the connection up: after an error of the disk its state is not to be trusted. The next group opens another.</summary>
    private void Reopen()
    {
        var failed = _writer;
        _writer = null;
        try
        {
            failed?.Rollback();
        }
        catch (SqliteException)
        {
            // Closing rolls back as well; the error that matters has been reported.
        }
        failed?.Dispose();
    }

    private void Log(Exception error, int transactions)
    {
        if (error is StoreUnavailableException unavailable)
            StoreLog.Unavailable(_logger, unavailable.Reason, transactions);
        else
            StoreLog.Refused(_logger, error.GetType().Name, transactions);
    }

    private TransactionWriter OpenWriter() => new(SqliteSession.OpenWriter(_path, _options), _time);
}
