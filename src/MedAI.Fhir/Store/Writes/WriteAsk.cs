using System.Text.Json;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store.Writes;

/// <summary>What a client may ask to be done to a resource.</summary>
public enum WriteKind
{
    Create,
    Update,
    Delete,
}

/// <summary>One write as a client asks for it, read and allowed by the scopes, not yet decided.</summary>
public sealed record WriteAsk(WriteKind Kind, string Type, RequestFacts Facts)
{
    /// <summary>Null for a create: the server chooses it.</summary>
    public string? Id { get; init; }

    /// <summary>What is to be stored; undefined for a deletion.</summary>
    public JsonElement Resource { get; init; }

    /// <summary>Where the current version must be one of some; null for no such condition.</summary>
    public VersionCondition? IfMatch { get; init; }

    /// <summary>Nothing may be there yet: <c>If-None-Match: *</c>.</summary>
    public bool OnlyNew { get; init; }

    /// <summary>Nothing that fits may be there yet: <c>If-None-Exist</c>.</summary>
    public SearchQuery? IfNoneExist { get; init; }
}

/// <summary><c>If-Match</c>: weak or strong tags of versions.</summary>
/// <param name="Versions">Empty for <c>*</c>: any version will do.</param>
public sealed record VersionCondition(IReadOnlyList<string> Versions)
{
    /// <param name="current">The current version; null where there is none, or it was deleted.</param>
    public bool Allows(StoredResource? current) =>
        current is { Deleted: false } && (Versions.Count == 0 || Versions.Contains(current.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal));
}
