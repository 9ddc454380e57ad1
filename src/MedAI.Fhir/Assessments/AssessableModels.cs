using MedAI.Fhir.Reading;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Assessments;

/// <summary>The ready sequence models of the catalogue with their readers; rebuilt only when the catalogue changes.</summary>
public sealed class AssessableModels(IModelCatalog catalog, ConceptMapTable conceptMaps)
{
    private (IReadOnlyList<ISequenceModel> Source, IReadOnlyList<AssessableModel> Models)? _current;
    private readonly Lock _gate = new();

    /// <summary>An immutable snapshot; the same instance until the catalogue changes.</summary>
    public IReadOnlyList<AssessableModel> All
    {
        get
        {
            var source = catalog.SequenceModels;
            lock (_gate)
            {
                if (_current is not { } current || !ReferenceEquals(current.Source, source))
                {
                    AssessableModel[] models = [.. source.Select(m => new AssessableModel(m, new ClinicalDataReader(m.Variables, conceptMaps), IcuUnits.LocationTypeTokens(conceptMaps)))];
                    _current = current = (source, models);
                }
                return current.Models;
            }
        }
    }

    /// <summary>A model by id, or by id|version.</summary>
    public AssessableModel? Find(string reference)
    {
        var (id, version) = reference.Split('|') is [var i, var v] ? (i, v) : (reference, (string?)null);
        return All.LastOrDefault(m => m.Manifest.Id == id && (version is null || m.Manifest.Version == version));
    }
}
