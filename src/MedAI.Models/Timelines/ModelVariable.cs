using MedAI.Models.Packages;

namespace MedAI.Models.Timelines;

/// <summary>A manifest variable compiled for lookups.</summary>
/// <remarks>Immutable and shared; compare by reference or <see cref="Index"/>.</remarks>
public sealed class ModelVariable
{
    internal ModelVariable(int index, int seriesIndex, ManifestVariable manifest)
    {
        Index = index;
        SeriesIndex = seriesIndex;
        Manifest = manifest;
        Hard = manifest.Hard;
    }

    /// <summary>Position in <see cref="VariableTable.Variables"/>.</summary>
    public int Index { get; }

    /// <summary>Column in the grid, or -1 for a static variable.</summary>
    public int SeriesIndex { get; }

    public ManifestVariable Manifest { get; }

    public string Id => Manifest.Id;

    public string Title => Manifest.Title;

    public string Unit => Manifest.Unit;

    public ManifestRange Hard { get; }
}

/// <summary>An accepted code of a variable.</summary>
/// <param name="Variable">The variable that the code means.</param>
/// <param name="System">Code system URL.</param>
/// <param name="Code">The code.</param>
/// <param name="Rank">0 is the most preferred.</param>
/// <param name="Manifest">Declared condition, flag and units.</param>
/// <param name="PartIndex">Which part of a sum it is, or -1 for a whole value.</param>
public sealed record ModelCode(ModelVariable Variable, string System, string Code, int Rank, ManifestCode Manifest, int PartIndex = -1);
