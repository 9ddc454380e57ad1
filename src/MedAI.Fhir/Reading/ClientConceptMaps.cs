using System.Collections.Frozen;
using MedAI.Fhir.Access.Clients;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Reading;

/// <summary>Meanings of local codes as each client uses them: the site's, and over them the client's own.</summary>
/// <remarks>The same code may mean one thing in one EHR and another in the next. Immutable and thread-safe.</remarks>
public sealed class ClientConceptMaps(ContentFolders folders, ConceptMapTable site, IOptions<ClientsOptions> options)
{
    private readonly FrozenDictionary<string, ConceptMapTable> _own = options.Value.Trusted.Where(c => c.ConceptMaps.Count > 0)
        .ToFrozenDictionary(c => c.Name, c => ConceptMapTable.Load([.. folders.ConceptMaps, .. c.ConceptMaps]).Table, StringComparer.Ordinal);

    /// <summary>Meanings for everybody who has none of his own.</summary>
    public ConceptMapTable Site => site;

    /// <summary>Clients that have meanings of their own.</summary>
    public IEnumerable<string> Clients => _own.Keys.Order(StringComparer.Ordinal);

    /// <param name="client">Configured name; null while no clients are configured.</param>
    public ConceptMapTable Of(string? client) => client is not null && _own.TryGetValue(client, out var own) ? own : site;
}
