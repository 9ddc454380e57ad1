using System.Diagnostics;

namespace MedAI.Fhir.Store;

/// <summary>The transactions that wait for the writer: many callers put in, the one writer takes them out in groups.</summary>
/// <remarks>Thread safe. A channel wakes its reader by way of the thread pool, which costs a waiting clinician a hop, and the machine two switches, per group.</remarks>
internal sealed class CommitQueue(int capacity) : IDisposable
{
    private readonly object _gate = new();
    private readonly SemaphoreSlim _room = new(capacity);
    private readonly Queue<PendingCommit> _waiting = new();
    private int _wanted = 1;
    private bool _closed;

    /// <summary>Transactions that wait now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Puts one in; waits while the queue is full.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up while the queue was full.</exception>
    /// <exception cref="StoreUnavailableException">The queue was closed.</exception>
    public ValueTask AddAsync(PendingCommit pending, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (!_room.Wait(0, CancellationToken.None))
                return AddLaterAsync(pending, cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            throw Closed();
        }
        Add(pending);
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits until one is there, then for others that are wanted beside it while they keep coming, and takes all that wait.</summary>
    /// <param name="group">Empty; receives them in the order in which they came.</param>
    /// <param name="wanted">So many are expected: once they are there nobody is waited for.</param>
    /// <param name="patience">Longest wait for the next one.</param>
    /// <param name="longest">After so long nobody is waited for any more, even if others keep coming.</param>
    /// <returns>False when the queue was closed and is empty.</returns>
    public bool Take(List<PendingCommit> group, int wanted, TimeSpan patience, TimeSpan longest)
    {
        lock (_gate)
        {
            _wanted = 1;
            while (_waiting.Count == 0)
            {
                if (_closed)
                    return false;
                Monitor.Wait(_gate);
            }
            long began = Stopwatch.GetTimestamp();
            _wanted = wanted;
            for (int seen = 0; seen < _waiting.Count && _waiting.Count < wanted && !_closed && Stopwatch.GetElapsedTime(began) < longest;)
            {
                seen = _waiting.Count;
                Monitor.Wait(_gate, patience);
            }
            int count = _waiting.Count;
            while (_waiting.TryDequeue(out var pending))
                group.Add(pending);
            _room.Release(count);
        }
        return true;
    }

    /// <summary>Takes what waits, without waiting.</summary>
    public bool TryTake(List<PendingCommit> group)
    {
        lock (_gate)
        {
            int count = _waiting.Count;
            while (_waiting.TryDequeue(out var pending))
                group.Add(pending);
            if (count > 0)
                _room.Release(count);
            return count > 0;
        }
    }

    /// <summary>Lets nobody in any more; what waits can still be taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
        // Callers that wait for room are told as well.
        _room.Release(capacity);
    }

    public void Dispose() => _room.Dispose();

    private async ValueTask AddLaterAsync(PendingCommit pending, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        Add(pending);
    }

    private static StoreUnavailableException Closed() => new(StoreUnavailableReason.Closed, "The store is closed.");

    private void Add(PendingCommit pending)
    {
        lock (_gate)
        {
            if (_closed)
                throw Closed();
            _waiting.Enqueue(pending);
            if (_waiting.Count >= _wanted)
                Monitor.Pulse(_gate);
        }
    }
}
