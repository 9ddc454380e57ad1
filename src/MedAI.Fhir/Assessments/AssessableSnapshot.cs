using System.Collections.Frozen;
using MedAI.Fhir.Reading;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Assessments;

/// <summary>The sequence models of one state of the catalogue, each with a reader for every set of local codes. Immutable.</summary>
public sealed class AssessableSnapshot
{
    private readonly FrozenDictionary<string, IReadOnlyList<AssessableModel>> _byClient;

    internal AssessableSnapshot(IReadOnlyList<ISequenceModel> source, ClientConceptMaps conceptMaps)
    {
        Source = source;
        All = Models(source, conceptMaps.Site);
        _byClient = conceptMaps.Clients.ToFrozenDictionary(c => c, c => Models(source, conceptMaps.Of(c)), StringComparer.Ordinal);
    }

    /// <summary>Read with the site's local codes.</summary>
    public IReadOnlyList<AssessableModel> All { get; }

    internal IReadOnlyList<ISequenceModel> Source { get; }

    /// <summary>Read with a client's local codes.</summary>
    /// <param name="client">Configured name; null while no clients are configured.</param>
    public IReadOnlyList<AssessableModel> For(string? client) => client is not null && _byClient.TryGetValue(client, out var own) ? own : All;

    private static IReadOnlyList<AssessableModel> Models(IReadOnlyList<ISequenceModel> source, ConceptMapTable maps) =>
        [.. source.Select(m => new AssessableModel(m, new ClinicalDataReader(m.Variables, maps), IcuUnits.LocationTypeTokens(maps)))];
}
