namespace MedAI.Fhir.Store.Search;

/// <summary>One condition that a match fulfils: any of the alternatives.</summary>
/// <param name="Alternatives">Of one kind; empty where no value can match.</param>
public sealed record SearchCriterion(SearchParameter Parameter, IReadOnlyList<SearchAlternative> Alternatives);

/// <summary>One value that a client asks for.</summary>
public abstract record SearchAlternative;

/// <param name="System">Null for any; empty for codes without a system.</param>
/// <param name="Code">Null for any code of the system.</param>
public sealed record TokenAlternative(string? System, string? Code) : SearchAlternative;

/// <param name="Targets">Forms in which the reference may stand: relative and under our base are the same.</param>
/// <param name="Version">Null for any.</param>
public sealed record ReferenceAlternative(IReadOnlyList<string> Targets, string? Version) : SearchAlternative;

/// <param name="Interval">What the value covers; for <see cref="SearchComparison.Approximately"/> already widened.</param>
public sealed record DateAlternative(SearchComparison Comparison, DateInterval Interval) : SearchAlternative;

/// <param name="Low">Of a value without a prefix, where its precision begins; otherwise the value.</param>
/// <param name="High">Where it ends, exclusive; otherwise the value.</param>
public sealed record NumberAlternative(SearchComparison Comparison, double Low, double High) : SearchAlternative;

/// <param name="Text">Folded unless the match is exact.</param>
public sealed record TextAlternative(TextMatch Match, string Text) : SearchAlternative;

/// <summary>Where a text must stand.</summary>
public enum TextMatch
{
    Start,
    Anywhere,
    Exact,
}

/// <summary>Prefixes of ordered values.</summary>
public enum SearchComparison
{
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    StartsAfter,
    EndsBefore,
    Approximately,
}

/// <summary>One key by which matches are ordered.</summary>
public sealed record SearchOrder(SearchParameter Parameter, bool Descending);

/// <summary>References to bring along with the matches, or resources that point at them.</summary>
/// <param name="Type">Type that holds the reference.</param>
/// <param name="Target">Only resources of this type are brought along; null for all.</param>
public sealed record SearchInclude(string Type, SearchParameter Parameter, string? Target);
