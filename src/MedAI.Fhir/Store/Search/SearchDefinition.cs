namespace MedAI.Fhir.Store.Search;

/// <summary>By what the resources of one type are found.</summary>
/// <param name="Type">Resource type; for a table that is no resource, the type that its rows are shown as.</param>
/// <param name="Parameters">In the order in which they are advertised.</param>
public sealed record SearchDefinition(string Type, IReadOnlyList<SearchParameter> Parameters)
{
    /// <summary>Matches of a page where the client says nothing.</summary>
    public int DefaultCount { get; init; } = 20;

    /// <summary>Null where there is no such parameter.</summary>
    public SearchParameter? Find(string name)
    {
        foreach (var parameter in Parameters)
        {
            if (parameter.Name == name)
                return parameter;
        }
        return null;
    }

    /// <summary>References of a match that can be brought along: <c>_include=[Type]:[name]</c>.</summary>
    public IEnumerable<SearchParameter> Includes => Parameters.Where(p => p.Kind == SearchKind.Reference);
}
