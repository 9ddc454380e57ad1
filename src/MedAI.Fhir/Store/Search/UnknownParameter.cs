using System.Collections.Frozen;
using Hl7.Fhir.Model;

namespace MedAI.Fhir.Store.Search;

/// <summary>Says which parameter of a search is not known without repeating what a client wrote, which may be a patient's name in the wrong place.</summary>
public static class UnknownParameter
{
    /// <summary>What R4 defines for any type, and for searches as such.</summary>
    private static readonly FrozenSet<string> Standard = ModelInfo.SearchParameters.Select(p => p.Name ?? "")
        .Concat(["_contained", "_containedType", "_content", "_count", "_elements", "_filter", "_format", "_has", "_id", "_include", "_lastUpdated", "_list", "_profile", "_query", "_revinclude", "_security", "_sort",
            "_source", "_summary", "_tag", "_text", "_total", "_type"])
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The name where FHIR defines it, without what follows it (a modifier, a chain); otherwise its place in the search.</summary>
    /// <param name="name">As it was sent.</param>
    /// <param name="position">From 1 on.</param>
    public static string Named(string name, int position)
    {
        int end = name.AsSpan().IndexOfAny(':', '.');
        string own = end < 0 ? name : name[..end];
        return !Standard.Contains(own) ? $"parameter {position}" : end < 0 ? own : $"{own} with what follows it";
    }
}
