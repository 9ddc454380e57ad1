using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store;

/// <summary>What a caller saw when it decided what to write; the writer looks again before it writes, when nobody else can.</summary>
/// <remarks>So a decision may take its time, on the caller's thread, and is as good as one that was made under a lock.</remarks>
public sealed record StoreExpectation
{
    public IReadOnlyList<ExpectedVersion> Versions { get; init; } = [];

    public IReadOnlyList<ExpectedMatches> Matches { get; init; } = [];
}

/// <param name="Version">The newest version, also one that says that the resource was deleted; 0 where it never was.</param>
public sealed record ExpectedVersion(string Type, string Id, int Version);

/// <param name="Ids">What the first page of the search gives, in its order.</param>
public sealed record ExpectedMatches(SearchQuery Query, IReadOnlyList<string> Ids);
