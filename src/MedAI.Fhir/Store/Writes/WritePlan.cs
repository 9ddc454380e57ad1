using System.Globalization;

namespace MedAI.Fhir.Store.Writes;

/// <summary>A write as it was decided on what the store held at that moment.</summary>
/// <param name="Id">The id under which it is, or will be, stored.</param>
/// <param name="Current">What is stored under the id, and visible to the caller; null where nothing is.</param>
public sealed record WritePlan(WriteAsk Ask, string Id, StoredResource? Current)
{
    /// <summary>The one resource that was there already where a create wanted none like it: it is the answer, and nothing is written.</summary>
    public StoredResource? Existing { get; init; }

    /// <summary>What the store must still hold when it is written.</summary>
    public ExpectedVersion? Version { get; init; }

    /// <summary>What the condition of a create found.</summary>
    public ExpectedMatches? Matches { get; init; }

    /// <summary>Whether there is anything to write.</summary>
    public bool Writes => Existing is null && !(Ask.Kind == WriteKind.Delete && Current is null or { Deleted: true });

    /// <summary>Whether it begins, or begins again, what is not there.</summary>
    public bool Begins => Current is null or { Deleted: true };

    public string Reference => $"{Ask.Type}/{Existing?.Id ?? Id}";
}

/// <summary>What was written, as it is answered with.</summary>
/// <param name="Status">200, 201, 204.</param>
/// <param name="Resource">The resource as it stands now; null for a deletion.</param>
/// <param name="Version">0 where nothing was there to delete.</param>
public sealed record WriteAnswer(int Status, string Type, string Id, int Version, DateTimeOffset LastUpdated, StoredResource? Resource)
{
    /// <summary>Null where nothing was there to delete.</summary>
    public string? ETag => Version > 0 ? ResourceMeta.ETag(Version) : null;

    /// <summary>Address of the version.</summary>
    public string PlaceBelow(string fhirBase) => string.Create(CultureInfo.InvariantCulture, $"{fhirBase}/{Type}/{Id}/_history/{Version}");
}
