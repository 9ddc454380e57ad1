using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Which variables of a model the local codes of a site or client reach.</summary>
/// <param name="Variables">Variables that are read by code.</param>
/// <param name="Unmapped">Those of them that no local code means: they are there only where the client sends standard codes.</param>
public sealed record CodeCoverage(int Variables, IReadOnlyList<ModelVariable> Unmapped)
{
    public static CodeCoverage Of(VariableTable variables, ConceptMapTable maps)
    {
        var reached = maps.VariablesReached(variables);
        var coded = variables.Variables.Where(v => v.Manifest.Codes.Count > 0 || v.Manifest.Parts is not null || v.Manifest.State is not null).ToArray();
        return new CodeCoverage(coded.Length, [.. coded.Where(v => !reached.Contains(v.Id) && v.Manifest.Derived?.From.All(reached.Contains) != true)]);
    }
}
