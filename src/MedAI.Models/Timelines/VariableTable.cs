using MedAI.Models.Packages;

namespace MedAI.Models.Timelines;

/// <summary>A manifest's variables, codes and units, compiled once when the package is loaded.</summary>
/// <remarks>Immutable and thread safe. Lookups by UTF-8 bytes do not allocate.</remarks>
public sealed class VariableTable
{
    /// <summary>Compiles the table of a checked manifest.</summary>
    public VariableTable(ModelManifest manifest) => throw new NotImplementedException();

    /// <summary>All variables, series first in tensor order, then statics.</summary>
    public IReadOnlyList<ModelVariable> Variables => throw new NotImplementedException();

    /// <summary>Grid columns.</summary>
    public int SeriesCount => throw new NotImplementedException();

    /// <summary>Every meaning of a code for this model (one code may mean two variables under different conditions); empty when unknown.</summary>
    public IReadOnlyList<ModelCode> FindCodes(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code) => throw new NotImplementedException();

    /// <summary>The same by strings.</summary>
    public IReadOnlyList<ModelCode> FindCodes(string system, string code) => throw new NotImplementedException();

    /// <summary>State variables whose interval a procedure with this code is.</summary>
    public ModelVariable? FindProcedure(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code) => throw new NotImplementedException();

    public ModelVariable? Find(string id) => throw new NotImplementedException();
}
