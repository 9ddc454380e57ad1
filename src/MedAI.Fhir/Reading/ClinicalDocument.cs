using System.Text.Json;

namespace MedAI.Fhir.Reading;

/// <summary>One FHIR JSON document with clinical data: a prefetch value, an operation parameter, a stored resource, or an answer of a FHIR server.</summary>
/// <param name="Name">Prefetch key or parameter name; used in problems ("prefetch.patient").</param>
/// <param name="Root">A resource, a Bundle, or JSON null ("the client has no data").</param>
public sealed record ClinicalDocument(string Name, JsonElement Root)
{
    /// <summary>Further pages of the search that <see cref="Root"/> is the first page of, in order.</summary>
    public IReadOnlyList<JsonElement> MorePages { get; init; } = [];

    /// <summary>
    /// True for what this server searched itself: a FHIR server may return more than was asked for, and resources of other patients are left out and counted.
    /// What a caller handed over about somebody else is refused.
    /// </summary>
    public bool Searched { get; init; }

    /// <summary>True for a search of which the newest matches are enough: that there are more is no fault.</summary>
    public bool NewestOnly { get; init; }
}
