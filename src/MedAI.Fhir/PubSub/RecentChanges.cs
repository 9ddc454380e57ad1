namespace MedAI.Fhir.PubSub;

/// <summary>Changes that were dealt with lately, so that one that is sent twice is not dealt with twice.</summary>
/// <remarks>Bounded; what is forgotten and comes again costs a score that is already stored. Not thread safe.</remarks>
internal sealed class RecentChanges(int most = 100_000)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public bool Contains(string key) => _known.Contains(key);

    public void Add(string key)
    {
        if (!_known.Add(key))
            return;
        _order.Enqueue(key);
        if (_order.Count > most)
            _known.Remove(_order.Dequeue());
    }
}
