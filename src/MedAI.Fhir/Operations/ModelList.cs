using MedAI.Fhir.Writing;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Operations;

/// <summary>The models of an operation as its description lists them.</summary>
internal static class ModelList
{
    /// <summary>Markdown: what an operation does, and with which models it does it here.</summary>
    public static string After(string description, IReadOnlyList<ModelManifest> models) => $"{description} Served now: " + string.Join("; ", models.Select(m => $"`{m.Id}`: {SafeText.Markdown(m.Outcome.Text)}")) + ".";
}
