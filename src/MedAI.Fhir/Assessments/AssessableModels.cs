using MedAI.Fhir.Reading;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Assessments;

/// <summary>The ready sequence models of the catalogue with their readers; rebuilt only when the catalogue changes.</summary>
public sealed class AssessableModels(IModelCatalog catalog, ClientConceptMaps conceptMaps)
{
    private AssessableSnapshot? _current;
    private readonly Lock _gate = new();

    /// <summary>An immutable snapshot; the same instance until the catalogue changes.</summary>
    public AssessableSnapshot Current
    {
        get
        {
            var source = catalog.SequenceModels;
            lock (_gate)
            {
                if (_current is not { } current || !ReferenceEquals(current.Source, source))
                    _current = current = new AssessableSnapshot(source, conceptMaps);
                return current;
            }
        }
    }

    /// <summary>The models as everybody's data are read who has no local codes of his own.</summary>
    public IReadOnlyList<AssessableModel> All => Current.All;

    /// <summary>A model by id, or by id|version.</summary>
    /// <param name="client">Whose local codes its reader understands.</param>
    public AssessableModel? Find(string reference, string? client = null)
    {
        var (id, version) = reference.Split('|') is [var i, var v] ? (i, v) : (reference, (string?)null);
        return Current.For(client).LastOrDefault(m => m.Manifest.Id == id && (version is null || m.Manifest.Version == version));
    }
}
