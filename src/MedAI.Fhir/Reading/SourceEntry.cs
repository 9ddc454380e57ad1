using System.Buffers;
using System.Text.Json;

namespace MedAI.Fhir.Reading;

/// <summary>Resource types that the reader tells apart.</summary>
internal enum ResourceKind : byte
{
    /// <summary>Not read; only its subject is checked.</summary>
    Other,
    /// <summary>Not read, and FHIR requires that it names its patient.</summary>
    OtherOfPatient,
    Patient,
    Observation,
    Encounter,
    Location,
    Procedure,
    Specimen,
    Bundle,
    OperationOutcome,
}

/// <summary>What became of a resource among others with its identity.</summary>
internal enum VersionState : byte
{
    Current,
    /// <summary>A newer version is in the data.</summary>
    Superseded,
    /// <summary>The same version came twice, for instance in two prefetch keys.</summary>
    Repeated,
    /// <summary>Another patient's, left out of what this server searched itself.</summary>
    Foreign,
}

/// <summary>One resource and where it stands.</summary>
internal struct SourceEntry
{
    public JsonElement Resource;
    public JsonElement FullUrl;
    public JsonElement Id;
    public JsonElement Meta;
    public JsonElement Subject;

    /// <summary>Name of the document or path of the bundle; <see cref="Index"/> follows unless it is -1.</summary>
    public string Prefix;
    public int Index;
    public ResourceKind Kind;
    public VersionState State;

    /// <summary>The index counts items of an array, not entries of a bundle.</summary>
    public bool InArray;

    /// <summary>Comes from a search of ours, which may have returned more than was asked for.</summary>
    public bool Searched;

    /// <summary>Relative references are relative to the patient's own server.</summary>
    public bool OwnBase;

    public readonly string Path => Index < 0 ? Prefix : InArray ? $"{Prefix}[{Index}]" : $"{Prefix}.entry[{Index}].resource";
}

/// <summary>A growing list of entries in rented memory.</summary>
internal sealed class SourceEntries : IDisposable
{
    private SourceEntry[] _items = ArrayPool<SourceEntry>.Shared.Rent(512);

    public int Count { get; private set; }

    public Span<SourceEntry> Span => _items.AsSpan(0, Count);

    public ref SourceEntry this[int index] => ref _items.AsSpan(0, Count)[index];

    public void Add(in SourceEntry entry)
    {
        if (Count == _items.Length)
        {
            var larger = ArrayPool<SourceEntry>.Shared.Rent(Count * 2);
            Span.CopyTo(larger);
            ArrayPool<SourceEntry>.Shared.Return(_items, clearArray: true);
            _items = larger;
        }
        _items[Count++] = entry;
    }

    public void Dispose()
    {
        // Cleared as far as it was used: the pool must not keep a patient's document alive.
        Span.Clear();
        ArrayPool<SourceEntry>.Shared.Return(_items);
        _items = [];
        Count = 0;
    }
}
