using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Store.Search;

/// <summary>A search as it was understood.</summary>
public sealed class SearchQuestion(SearchDefinition definition)
{
    /// <summary>Most matches of a page.</summary>
    public const int MostCount = 1000;

    public SearchDefinition Definition { get; } = definition;

    public List<SearchCriterion> Criteria { get; } = [];

    public List<SearchOrder> Order { get; } = [];

    public List<SearchInclude> Includes { get; } = [];

    public List<SearchInclude> ReverseIncludes { get; } = [];

    public int Count { get; set; } = definition.DefaultCount;

    public bool WithTotal { get; set; } = true;

    /// <summary>Where this page begins; null for the first.</summary>
    public SearchPosition? After { get; set; }

    /// <summary>Parameters that were not known and left out, each by <see cref="UnknownParameter.Named"/>.</summary>
    public List<string> Unknown { get; } = [];

    /// <summary>What is wrong with those that are known.</summary>
    public List<FailureIssue> Issues { get; } = [];

    /// <summary>What was used, as it was sent: what the links repeat.</summary>
    public List<(string Name, string Value)> Used { get; } = [];

    /// <summary>Why the search cannot be answered; null when it can.</summary>
    public Failure? Failure(bool lenient)
    {
        List<FailureIssue> issues = [.. Issues];
        if (Unknown.Count > 0 && !lenient)
        {
            string names = string.Join(", ", Definition.Parameters.Select(p => p.Name));
            issues.Add(new FailureIssue($"Not known: {string.Join(", ", Unknown)}. This search of {Definition.Type} knows the parameters {names}; the modifiers :exact and :contains of texts and [:Type] of references; and those of the CapabilityStatement that shape an answer.", "http.query"));
        }
        return issues.Count == 0 ? null : new Failure(FailureCode.InvalidParameter, issues);
    }

    /// <summary>The search again, at another page.</summary>
    /// <param name="position">Null for the page that was asked for.</param>
    public string Link(string fhirBase, SearchPosition? position)
    {
        // A number that was too large was answered with fewer.
        var query = Used.Where(u => u.Name != "_page").Select(u => u.Name == "_count" ? u with { Value = Count.ToString(System.Globalization.CultureInfo.InvariantCulture) } : u).ToList();
        if ((position ?? After) is { } at)
            query.Add(("_page", SearchCursor.Write(this, at)));
        if (query.Count == 0)
            return $"{fhirBase}/{Definition.Type}";
        return $"{fhirBase}/{Definition.Type}?{string.Join('&', query.Select(u => $"{Uri.EscapeDataString(u.Name)}={Uri.EscapeDataString(u.Value)}"))}";
    }
}
