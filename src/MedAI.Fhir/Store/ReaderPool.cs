using System.Collections.Concurrent;

namespace MedAI.Fhir.Store;

/// <summary>Read-only connections with their prepared statements, opened when needed and kept.</summary>
/// <remarks>Thread safe. Readers see what was committed and neither wait for the writer nor hold it up.</remarks>
internal sealed class ReaderPool(IStoreDatabase database, int connections) : IDisposable
{
    private readonly ConcurrentBag<ResourceQueries> _idle = [];
    private readonly SemaphoreSlim _free = new(connections);
    private volatile bool _closed;

    /// <exception cref="StoreUnavailableException">The file cannot be read.</exception>
    public async ValueTask<T> ReadAsync<TState, T>(TState state, Func<ResourceQueries, TState, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        ResourceQueries? queries = null;
        try
        {
            if (_closed)
                throw new StoreUnavailableException(StoreUnavailableReason.Closed, "The store is closed.");
            bool kept = _idle.TryTake(out queries);
            T answer;
            try
            {
                queries ??= new ResourceQueries(database.OpenReader());
                answer = read(queries, state);
            }
            catch (Exception error) when (kept && database.Translate(error) is StoreUnavailableException { Reason: StoreUnavailableReason.Away })
            {
                // A connection that was kept may be dead while the server has long come back. All that were kept are as old as this one.
                queries!.Dispose();
                while (_idle.TryTake(out queries))
                    queries.Dispose();
                queries = new ResourceQueries(database.OpenReader());
                answer = read(queries, state);
            }
            _idle.Add(queries);
            queries = null;
            return answer;
        }
        catch (Exception error) when (database.Translate(error) is { } translated)
        {
            throw translated;
        }
        finally
        {
            // Only a connection that answered is used again.
            queries?.Dispose();
            _free.Release();
        }
    }

    /// <summary>Waits for the reads that run, then closes.</summary>
    public void Dispose()
    {
        _closed = true;
        for (int i = 0; i < connections; i++)
            _free.Wait();
        while (_idle.TryTake(out var queries))
            queries.Dispose();
        // Late callers find the pool closed, not broken.
        _free.Release(connections);
    }
}
