namespace MedAI.Fhir.Store.Search;

/// <summary>A parameter by which resources of a type are found, and where in them its values stand.</summary>
public sealed record SearchParameter(string Name, SearchKind Kind)
{
    /// <summary>Paths of JSON members from the root, dotted; arrays are walked through.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Types that a reference may point at.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>The parameter whose values this one searches, restricted to <see cref="Targets"/>: patient is subject where that is a Patient. Null for a parameter with values of its own.</summary>
    public string? Of { get; init; }

    /// <summary>Codes of a required binding: another one is a mistake of the client, not a search without matches. Empty for any.</summary>
    public IReadOnlyList<string> Codes { get; init; } = [];

    /// <summary>System of an element of type code, which names none itself.</summary>
    public string System { get; init; } = "";

    /// <summary>Canonical of its definition where that is ours; null for a parameter of R4.</summary>
    public string? Definition { get; init; }

    /// <summary>Under which the values stand in the index.</summary>
    public string Key { get; init; } = "";

    /// <summary>Kept with the resource itself, not as a value: _id, _lastUpdated.</summary>
    public bool IsOfEntry => Name is "_id" or "_lastUpdated";

    /// <summary>Whether matches can be ordered by it.</summary>
    public bool CanSort => IsOfEntry || Kind is SearchKind.Date or SearchKind.Number or SearchKind.Text;
}
