using MedAI.Fhir.Conformance.Answers;

namespace MedAI.Fhir.Store.Search;

/// <summary>What a client sent as a search, and what is needed to understand it.</summary>
/// <param name="Parameters">Names and values in the order in which they came.</param>
/// <param name="Lenient">What is not known is left out instead of refused: <c>Prefer: handling=lenient</c>.</param>
/// <param name="FhirBase">Our base URL without a trailing slash.</param>
/// <param name="Now">What approximate dates are near to.</param>
public sealed record SearchAsk(IReadOnlyList<(string Name, string Value)> Parameters, bool Lenient, string FhirBase, DateTimeOffset Now)
{
    /// <summary>Types that may be brought along; empty where nothing can be.</summary>
    public IReadOnlyCollection<string> ReadableTypes { get; init; } = [];

    public static SearchAsk Of(HttpRequest request, string fhirBase, DateTimeOffset now) => new(
        [.. request.Query.SelectMany(p => p.Value.Select(v => (p.Key, v ?? "")))],
        HandlingPreference.IsLenient(request),
        fhirBase,
        now);
}
