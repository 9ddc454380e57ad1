using MedAI.Fhir.Access;

namespace MedAI.Fhir.Store.Search;

/// <summary>A question to the store, checked: what is asked, and what the asker may see.</summary>
public sealed record SearchQuery(SearchDefinition Definition, AccessScope Scope)
{
    /// <summary>All must hold.</summary>
    public IReadOnlyList<SearchCriterion> Criteria { get; init; } = [];

    /// <summary>Empty: newest first, by when a resource came in for the first time.</summary>
    public IReadOnlyList<SearchOrder> Order { get; init; } = [];

    /// <summary>Most matches of a page; 0 for the total alone.</summary>
    public int Count { get; init; }

    /// <summary>Whether all matches are counted.</summary>
    public bool WithTotal { get; init; } = true;

    /// <summary>The last match of the page before; null for the first page.</summary>
    public SearchPosition? After { get; init; }

    public IReadOnlyList<SearchInclude> Includes { get; init; } = [];

    public IReadOnlyList<SearchInclude> ReverseIncludes { get; init; } = [];

    /// <summary>Base URL under which references to our own resources stand, without a trailing slash.</summary>
    public required string FhirBase { get; init; }

    /// <summary>Types that may be brought along.</summary>
    public required IReadOnlyCollection<string> ReadableTypes { get; init; }
}

/// <summary>Where a page ended.</summary>
/// <param name="Keys">Values of the order's keys: long, double or string.</param>
/// <param name="Entry">Number of the last match; decides among equal keys.</param>
public sealed record SearchPosition(IReadOnlyList<object> Keys, long Entry);

/// <summary>A page of matches.</summary>
/// <param name="Included">What was brought along: each resource once, none that is a match.</param>
/// <param name="Total">All matches; null where they were not counted.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record SearchPage(IReadOnlyList<StoredResource> Matches, IReadOnlyList<StoredResource> Included, long? Total, SearchPosition? Next);

/// <summary>A question for the versions of one resource, newest first.</summary>
/// <param name="Since">Only versions that are not older.</param>
/// <param name="Before">Only versions before this one: the next page.</param>
public sealed record HistoryQuery(string Type, string Id, int Count, DateTimeOffset? Since = null, int? Before = null);

/// <param name="Versions">Newest first; empty where none fits.</param>
/// <param name="Total">All that fit, on all pages.</param>
/// <param name="Current">The newest version whatever was asked for.</param>
/// <param name="HasMore">Whether older ones fit that are not on this page.</param>
public sealed record HistoryPage(IReadOnlyList<StoredResource> Versions, long Total, StoredResource Current, bool HasMore);
