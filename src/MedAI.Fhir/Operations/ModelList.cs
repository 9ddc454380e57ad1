using MedAI.Fhir.Writing;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Operations;

/// <summary>The models of an operation as its description lists them.</summary>
internal static class ModelList
{
    /// <summary>Markdown, ended by a full stop.</summary>
    public static string Of(IReadOnlyList<ModelManifest> models) => string.Join("; ", models.Select(m => $"`{m.Id}`: {SafeText.Markdown(m.Outcome.Text)}")) + ".";
}
