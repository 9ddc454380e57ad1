using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MedAI.Fhir.Reading;

/// <summary>Finds resources by type and id, or by the full URL of their entry, and keeps the newest version of each.</summary>
/// <remarks>Open addressing over rented memory with a hash that is seeded per process, so that ids cannot be chosen to collide. Dispose it.</remarks>
internal sealed class ResourceIndex : IDisposable
{
    private readonly SourceEntries _entries;
    private readonly int _mask;
    private int[] _slots;

    public ResourceIndex(SourceEntries entries)
    {
        _entries = entries;
        // Up to two keys per entry, at most half full.
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, entries.Count * 4));
        _mask = size - 1;
        _slots = ArrayPool<int>.Shared.Rent(size);
        _slots.AsSpan(0, size).Fill(-1);
    }

    /// <summary>True when one resource came in states that neither version nor time tells apart.</summary>
    public bool Undecidable { get; private set; }

    /// <summary>Adds entry <paramref name="index"/>; of two states of one resource the older is marked.</summary>
    public void Add(int index)
    {
        ref var entry = ref _entries[index];
        var url = FhirJson.Text(entry.FullUrl);
        bool byUrl = PatientOwnership.IsUrn(url) || (!entry.OwnBase && PatientOwnership.IsAbsolute(url));
        var id = FhirJson.Text(entry.Id);
        // Elsewhere the same id is another resource.
        if (!id.IsEmpty && entry.OwnBase)
            Place(index, byId: true, id);
        if (byUrl && entry.State == VersionState.Current)
            Place(index, byId: false, url);
    }

    /// <summary>Index of the current resource with that key, or -1.</summary>
    public int Find(ResourceKind kind, bool byId, ReadOnlySpan<byte> key)
    {
        int slot = Slot(kind, byId, key);
        return _slots[slot] < 0 ? -1 : _slots[slot] >> 1;
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_slots);
        _slots = [];
    }

    private void Place(int index, bool byId, ReadOnlySpan<byte> key)
    {
        ref var entry = ref _entries[index];
        ref int slot = ref _slots[Slot(entry.Kind, byId, key)];
        if (slot >= 0 && slot >> 1 != index)
        {
            ref var other = ref _entries[slot >> 1];
            int order = Compare(entry, other, out bool sameVersion, out bool decided);
            Undecidable |= !decided;
            var loser = sameVersion ? VersionState.Repeated : VersionState.Superseded;
            if (order <= 0)
            {
                entry.State = loser;
                return;
            }
            other.State = loser;
        }
        slot = (index << 1) | (byId ? 0 : 1);
    }

    private int Slot(ResourceKind kind, bool byId, ReadOnlySpan<byte> key)
    {
        var hash = new HashCode();
        hash.Add((int)kind);
        hash.AddBytes(key);
        int slot = hash.ToHashCode() & _mask;
        while (_slots[slot] is var held && held >= 0)
        {
            ref var entry = ref _entries[held >> 1];
            if (entry.Kind == kind && (held & 1) == (byId ? 0 : 1) && FhirJson.Text(byId ? entry.Id : entry.FullUrl).SequenceEqual(key))
                break;
            slot = (slot + 1) & _mask;
        }
        return slot;
    }

    /// <summary>Positive when <paramref name="left"/> is to be taken: the newer, or where that cannot be known, one that does not depend on the order.</summary>
    private static int Compare(in SourceEntry left, in SourceEntry right, out bool sameVersion, out bool decided)
    {
        sameVersion = false;
        decided = true;
        var leftVersion = FhirJson.Member(left.Meta, "versionId"u8);
        var rightVersion = FhirJson.Member(right.Meta, "versionId"u8);
        if (IsNumber(leftVersion, out ulong leftNumber) && IsNumber(rightVersion, out ulong rightNumber) && leftNumber != rightNumber)
            return leftNumber.CompareTo(rightNumber);
        var leftUpdated = FhirTime.Instant(FhirJson.Member(left.Meta, "lastUpdated"u8));
        var rightUpdated = FhirTime.Instant(FhirJson.Member(right.Meta, "lastUpdated"u8));
        if (leftUpdated is { } l && rightUpdated is { } r && l != r)
            return l.CompareTo(r);

        int bytes = JsonMarshal.GetRawUtf8Value(left.Resource).SequenceCompareTo(JsonMarshal.GetRawUtf8Value(right.Resource));
        sameVersion = bytes == 0;
        if (sameVersion)
            return 0;
        var leftText = FhirJson.Text(leftVersion);
        if (!leftText.IsEmpty && leftText.SequenceEqual(FhirJson.Text(rightVersion)))
        {
            // The same version, written or subsetted differently.
            sameVersion = true;
            return bytes;
        }
        decided = false;
        int known = (leftVersion.ValueKind != JsonValueKind.Undefined || leftUpdated is not null).CompareTo(rightVersion.ValueKind != JsonValueKind.Undefined || rightUpdated is not null);
        return known != 0 ? known : bytes;
    }

    private static bool IsNumber(JsonElement version, out ulong number) => ulong.TryParse(FhirJson.Text(version), out number);
}
