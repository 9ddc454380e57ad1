using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>The jobs that wait or run in this process, bounded as a whole and for each client.</summary>
/// <remarks>Thread safe. Holds no request: those are in the store until they are run.</remarks>
public sealed class JobQueue(IOptions<JobOptions> options) : IDisposable
{
    private readonly ConcurrentDictionary<string, JobTicket> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ofOwner = new(StringComparer.Ordinal);
    private readonly Channel<JobTicket> _waiting = Channel.CreateUnbounded<JobTicket>();
    private readonly Lock _gate = new();
    private int _places;

    public ChannelReader<JobTicket> Waiting => _waiting.Reader;

    /// <summary>Takes a place for a job that is about to be stored.</summary>
    /// <returns>False when there is none; what was taken is given back with <see cref="Close"/>.</returns>
    public bool TryOpen(JobTicket ticket)
    {
        lock (_gate)
        {
            if (_places >= options.Value.MostWaiting || _ofOwner.GetValueOrDefault(ticket.Owner) >= options.Value.MostWaitingPerClient)
                return false;
            return Take(ticket);
        }
    }

    /// <summary>Takes a place for a job that is stored from before; those were promised and are never refused.</summary>
    /// <returns>False when it is here already.</returns>
    public bool Reopen(JobTicket ticket)
    {
        lock (_gate)
            return Take(ticket);
    }

    /// <summary>Gives the job to the next free worker.</summary>
    public void Enqueue(JobTicket ticket) => _waiting.Writer.TryWrite(ticket);

    /// <summary>Null for a job that is not open in this process.</summary>
    public JobTicket? Find(string id) => _open.GetValueOrDefault(id);

    /// <summary>Gives the place back.</summary>
    public void Close(JobTicket ticket)
    {
        lock (_gate)
        {
            if (!_open.TryRemove(ticket.Id, out _))
                return;
            _places--;
            if (--_ofOwner[ticket.Owner] == 0)
                _ofOwner.Remove(ticket.Owner);
        }
        ticket.Dispose();
    }

    public void Dispose()
    {
        foreach (var ticket in _open.Values)
            ticket.Dispose();
    }

    private bool Take(JobTicket ticket)
    {
        if (!_open.TryAdd(ticket.Id, ticket))
            return false;
        _places++;
        _ofOwner[ticket.Owner] = _ofOwner.GetValueOrDefault(ticket.Owner) + 1;
        return true;
    }
}
