using System.Runtime.CompilerServices;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Store;

/// <summary>The one thread that writes: it commits whatever callers hand in together, because most of a commit's cost is the wait for the disk.</summary>
/// <remarks>
/// A lone transaction is committed at once. While one group waits for the disk, later callers queue up and become the next group. Where several requests are being answered,
/// or several callers wrote side by side a moment ago, a group waits for half of them while they keep coming, no longer than <see cref="Patience"/> for the next and
/// <see cref="CollectFor"/> in all: else the first to come back would go to the disk alone, and the others would wait for that and for their own; and each commit takes a
/// processor from those who compute. Half, because while one half is on its way to the disk the other half computes. Callers are answered only after COMMIT has returned.
/// </remarks>
internal sealed class GroupCommitWriter : IAsyncDisposable
{
    /// <summary>Longest time that a group waits for the next transaction to be written with it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(2);

    /// <summary>Longest time that the first transaction of a group waits while others keep coming.</summary>
    public static readonly TimeSpan CollectFor = TimeSpan.FromMilliseconds(8);

    /// <summary>How often a transaction is written that another server came before.</summary>
    private const int RaceAttempts = 3;

    private static readonly StoreReceipt Checked = new(ExistingResult: null);

    private readonly CommitQueue _queue;
    private readonly IStoreDatabase _database;
    private readonly RequestLoad _load;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<PendingCommit> _group = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TransactionWriter? _writer;
    private long _groups;

    /// <summary>Callers that were seen to write side by side lately.</summary>
    private int _callers = 1;

    public GroupCommitWriter(IStoreDatabase database, int capacity, RequestLoad load, TimeProvider time, ILogger logger)
    {
        _database = database;
        _load = load;
        _time = time;
        _logger = logger;
        _queue = new CommitQueue(capacity);
        _writer = OpenWriter();
        new Thread(Run) { IsBackground = true, Name = "MedAI store writer" }.Start();
    }

    /// <summary>Database transactions committed since the start.</summary>
    public long Groups => Interlocked.Read(ref _groups);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<StoreReceipt> CommitAsync(StoreTransaction? transaction, CancellationToken cancellationToken)
    {
        var pending = new PendingCommit(transaction, cancellationToken);
        await _queue.AddAsync(pending, cancellationToken);
        // Not abandoned on cancellation: the writer may be reading the caller's buffers.
        return await pending.Task;
    }

    /// <summary>Writes what was handed in, then ends the thread and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        await _ended.Task;
        _queue.Dispose();
    }

    private void Run()
    {
        try
        {
            while (_queue.Take(_group, (Math.Max(_callers, _load.Now) + 1) / 2, Patience, CollectFor))
                CommitGroup();
        }
        finally
        {
            _writer?.Dispose();
            _ended.SetResult();
        }
    }

    private void CommitGroup()
    {
        try
        {
            _group.RemoveAll(static pending => pending.GaveUp());
            if (_group.Count == 0)
                return;
            var writer = Written();
            writer.Commit();
            Learn();
            Interlocked.Increment(ref _groups);
            Answer();
            writer.Committed();
        }
        catch (Exception error) when (_database.Translate(error) is { } translated)
        {
            FailGroup(translated);
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

    /// <summary>Writes the group into an open transaction.</summary>
    private TransactionWriter Written()
    {
        bool kept = _writer is not null;
        while (true)
        {
            try
            {
                var writer = _writer ??= OpenWriter();
                if (!TryWriteTogether(writer))
                    WriteApart(writer);
                return writer;
            }
            catch (Exception error) when (kept && _database.Translate(error) is StoreUnavailableException { Reason: StoreUnavailableReason.Away })
            {
                // The connection is dead, and the server may have come back since. Nothing was committed, so that nothing is written twice.
                kept = false;
                Reopen();
            }
        }
    }

    /// <summary>Writes the group as if nothing could be wrong with it, which is nearly always so.</summary>
    /// <returns>False when something was: then nothing of the group is written, and a transaction is open for the next try.</returns>
    private bool TryWriteTogether(TransactionWriter writer)
    {
        writer.Begin();
        try
        {
            foreach (var pending in _group)
                pending.Receipt = Write(writer, pending, apart: false);
            writer.Flush();
            return true;
        }
        catch (Exception) when (writer.IsOpen)
        {
            writer.Rollback();
            writer.Begin();
            return false;
        }
    }

    /// <summary>Leaves in the group those whose transactions could be written; the others have been told.</summary>
    private void WriteApart(TransactionWriter writer)
    {
        // Whoever was told leaves at once: should the connection die on the way, those who stay are written again.
        for (int i = 0; i < _group.Count;)
        {
            if (TryWriteApart(writer, _group[i]))
                i++;
            else
                _group.RemoveAt(i);
        }
    }

    private bool TryWriteApart(TransactionWriter writer, PendingCommit pending)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                pending.Receipt = Write(writer, pending, apart: true);
                return true;
            }
            catch (Exception error) when (attempt < RaceAttempts && writer.IsOpen && _database.IsRace(error))
            {
                // What the other server wrote is there now: an earlier result under the same key, a next version.
            }
            catch (Exception error) when (writer.IsOpen)
            {
                var told = _database.Translate(error) ?? error;
                Log(told, 1);
                pending.Fail(told);
                return false;
            }
        }
    }

    private static StoreReceipt Write(TransactionWriter writer, PendingCommit pending, bool apart)
    {
        if (pending.Transaction is { } transaction)
            return apart ? writer.WriteApart(transaction, pending.Found) : writer.Write(transaction, pending.Found);
        writer.Check();
        return Checked;
    }

    /// <summary>Tells the callers, in as many rounds as there are processors: a wake-up for each would cost the machine more than the rows did.</summary>
    private void Answer()
    {
        int rounds = Math.Min(_group.Count, Environment.ProcessorCount);
        for (int round = 0; round < rounds; round++)
        {
            var share = new PendingCommit[(_group.Count - round + rounds - 1) / rounds];
            for (int i = 0; i < share.Length; i++)
                share[i] = _group[round + (i * rounds)];
            ThreadPool.UnsafeQueueUserWorkItem(static written =>
            {
                foreach (var pending in written)
                    pending.TrySetResult(pending.Receipt!);
            }, share, preferLocal: false);
        }
    }

    private void Learn()
    {
        int seen = _group.Count + _queue.Count;
        // Up at once, down by halves: a group that waited in vain soon waits no more.
        _callers = seen >= _callers ? seen : (_callers + seen) / 2;
    }

    private void FailGroup(Exception error)
    {
        Reopen();
        // Those that queued meanwhile would each wait for the same lock or disk in turn; they are told now.
        if (error is StoreUnavailableException)
            _queue.TryTake(_group);
        foreach (var pending in _group)
            pending.Fail(error);
        Log(error, _group.Count);
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
        catch (Exception error) when (_database.Translate(error) is not null)
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

    private TransactionWriter OpenWriter() => new(_database.OpenWriter(), _time);
}
