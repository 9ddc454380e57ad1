using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Finds what the codings of a value mean to the model, directly or through a concept map.</summary>
internal sealed class ObservationCodes(VariableTable variables, ConceptMapTable maps)
{
    private IReadOnlyList<ModelCode>? _first;
    private IReadOnlyList<ModelCode>? _second;
    private IReadOnlyList<ModelCode> _merged = [];

    /// <summary>Every meaning, the unconditional ones first; empty when the model does not know the code.</summary>
    /// <param name="concept">Observation.code or component.code.</param>
    /// <param name="mapped">A concept map was needed.</param>
    /// <param name="context">Pulse oximetry, where a coding says so.</param>
    public IReadOnlyList<ModelCode> Find(JsonElement concept, out bool mapped, out MeasurementContext context)
    {
        context = MeasurementContext.None;
        mapped = false;
        IReadOnlyList<ModelCode> found = [];
        foreach (var coding in FhirJson.Codings(concept))
        {
            var (system, code) = FhirJson.Coding(coding);
            found = Merge(found, Direct(FhirJson.Text(system), FhirJson.Text(code), ref context));
        }
        if (found.Count > 0 || maps.Count == 0)
            return found;
        foreach (var coding in FhirJson.Codings(concept))
        {
            var (system, code) = FhirJson.Coding(coding);
            foreach (var target in maps.Search(FhirJson.Text(system), FhirJson.Text(code)))
                found = Merge(found, Direct(target.SystemUtf8, target.CodeUtf8, ref context));
        }
        mapped = found.Count > 0;
        return found;
    }

    private IReadOnlyList<ModelCode> Direct(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code, ref MeasurementContext context)
    {
        if (code.SequenceEqual("59408-5"u8) && CodeSystems.IsLoinc(system))
            context |= MeasurementContext.PulseOximetryCoding;
        return variables.FindCodes(system, code);
    }

    private IReadOnlyList<ModelCode> Merge(IReadOnlyList<ModelCode> first, IReadOnlyList<ModelCode> second)
    {
        if (first.Count == 0)
            return second;
        if (second.Count == 0 || ReferenceEquals(first, second))
            return first;
        // The same two codings repeat through a stay.
        if (ReferenceEquals(first, _first) && ReferenceEquals(second, _second))
            return _merged;
        (_first, _second) = (first, second);
        return _merged = [.. first.Concat(second).Distinct().OrderBy(c => c.Manifest.When is null ? 0 : 1).ThenBy(c => c.Rank).ThenBy(c => c.Variable.Index)];
    }
}
