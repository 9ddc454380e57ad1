using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace MedAI.Fhir.Store;

/// <summary>Read-only connections with their prepared statements, opened when needed and kept.</summary>
/// <remarks>Thread safe. Readers see what was committed and neither wait for the writer nor hold it up.</remarks>
internal sealed class ReaderPool(string path, StoreOptions options) : IDisposable
{
    private readonly ConcurrentBag<ResourceQueries> _idle = [];
    private readonly SemaphoreSlim _free = new(options.ReadConnections);
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
            if (!_idle.TryTake(out queries))
                queries = new ResourceQueries(SqliteSession.OpenReader(path, options));
            var answer = read(queries, state);
            _idle.Add(queries);
            queries = null;
            return answer;
        }
        catch (SqliteException error)
        {
            throw SqliteErrors.Translate(error, path);
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
        for (int i = 0; i < options.ReadConnections; i++)
            _free.Wait();
        while (_idle.TryTake(out var queries))
            queries.Dispose();
        // Late callers find the pool closed, not broken.
        _free.Release(options.ReadConnections);
    }
}
