using MedAI.Models.Packages;

namespace MedAI.Models.Timelines;

/// <summary>A manifest's variables, codes and units, compiled once when the package is loaded.</summary>
/// <remarks>Immutable and thread safe. Lookups by UTF-8 bytes do not allocate.</remarks>
public sealed class VariableTable
{
    private readonly ModelVariable[] _variables;
    private readonly Dictionary<string, ModelVariable> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelVariable> _statics = new(StringComparer.OrdinalIgnoreCase);
    private readonly CodeIndex<ModelCode[]> _codes;
    private readonly CodeIndex<ModelVariable> _procedures;
    private readonly Derivation[] _derivations;

    /// <summary>Compiles the table of a checked manifest.</summary>
    /// <exception cref="ArgumentException">The manifest was not checked and is inconsistent.</exception>
    public VariableTable(ModelManifest manifest)
    {
        var series = manifest.Variables.Where(v => v.Use != "static").ToArray();
        var statics = manifest.Variables.Where(v => v.Use == "static").ToArray();
        SeriesCount = series.Length;
        _variables =
        [
            .. series.Select((v, i) => new ModelVariable(i, i, v)),
            .. statics.Select((v, i) => new ModelVariable(series.Length + i, -1, v)),
        ];

        var codes = new Dictionary<(string, string), List<ModelCode>>();
        var procedures = new Dictionary<(string, string), ModelVariable>();
        foreach (var variable in _variables)
        {
            if (!_byId.TryAdd(variable.Id, variable))
                throw new ArgumentException($"Variable {variable.Id} is declared twice.", nameof(manifest));
            if (variable.IsStatic)
                _statics.Add(variable.Id, variable);
            for (int i = 0; i < variable.Manifest.Codes.Count; i++)
                AddCode(variable, variable.Manifest.Codes[i], i, -1);
            if (variable.Manifest.Parts is { } parts)
            {
                for (int i = 0; i < parts.Codes.Count; i++)
                    AddCode(variable, parts.Codes[i], i, i);
            }
            foreach (var coding in variable.Manifest.State?.ProcedureCodes ?? [])
            {
                if (!procedures.TryAdd((coding.System, coding.Code), variable))
                    throw new ArgumentException($"A procedure code of variable {variable.Id} means another variable too.", nameof(manifest));
            }
        }
        _codes = new CodeIndex<ModelCode[]>(codes.Select(c => KeyValuePair.Create(c.Key, c.Value.ToArray())));
        _procedures = new CodeIndex<ModelVariable>(procedures);
        _derivations = [.. _variables.Where(v => v.Manifest.Derived is not null).Select(v => Derivation.Of(v, this))];

        void AddCode(ModelVariable variable, ManifestCode code, int rank, int part)
        {
            if (!codes.TryGetValue((code.System, code.Code), out var meanings))
                codes.Add((code.System, code.Code), meanings = []);
            meanings.Add(new ModelCode(variable, code.System, code.Code, rank, code, part));
        }
    }

    /// <summary>All variables, series first in tensor order, then statics.</summary>
    public IReadOnlyList<ModelVariable> Variables => _variables;

    /// <summary>Grid columns.</summary>
    public int SeriesCount { get; }

    /// <summary>Variables that are computed at an instant from others when they were not measured there.</summary>
    internal ReadOnlySpan<Derivation> Derivations => _derivations;

    /// <summary>Every meaning of a code for this model (one code may mean two variables under different conditions); empty when unknown.</summary>
    public IReadOnlyList<ModelCode> FindCodes(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code) => _codes.TryFind(system, code, out var found) ? found : [];

    /// <summary>The same by strings.</summary>
    public IReadOnlyList<ModelCode> FindCodes(string system, string code) => _codes.TryFind(system, code, out var found) ? found : [];

    /// <summary>State variables whose interval a procedure with this code is.</summary>
    public ModelVariable? FindProcedure(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code) =>
        _procedures.TryFind(system, code, out var found) ? found : null;

    public ModelVariable? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The static variable that feeds a static feature or group of the same name ("weight" is fed by the variable Weight), or null.</summary>
    public ModelVariable? FindStatic(string feature) => _statics.GetValueOrDefault(feature);
}
