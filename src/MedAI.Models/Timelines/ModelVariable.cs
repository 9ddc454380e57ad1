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
        Aggregation = Aggregations.TryParse(manifest.Aggregation, out var aggregation)
            ? aggregation
            : throw new ArgumentException($"Variable {manifest.Id} has an aggregation that this encoder does not know.", nameof(manifest));
        if (manifest.Soft is { } soft && (soft.Low < Hard.Low || soft.High > Hard.High))
            throw new ArgumentException($"The soft range of variable {manifest.Id} lies in its hard range.", nameof(manifest));
        Units = new UnitTable(manifest.Unit, manifest.Units, manifest.Aliases, canonicalImplied: true);
        var first = manifest.Codes.Count > 0 ? manifest.Codes[0] : new ManifestCode { System = "", Code = "" };
        Unmeasured = new VariableQuality(manifest.Id, manifest.Title, 0, null, Stale: false, IsState);
        ComputedCode = new ModelCode(this, first.System, first.Code, int.MaxValue, first);
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

    /// <summary>Feeds a static feature instead of a grid column.</summary>
    public bool IsStatic => SeriesIndex < 0;

    /// <summary>A lasting state rather than a measured quantity: absent means off, not unknown.</summary>
    public bool IsState => Manifest.State is not null;

    internal Aggregation Aggregation { get; }

    internal UnitTable Units { get; }

    /// <summary>What a quality report says of it where there is no value.</summary>
    internal VariableQuality Unmeasured { get; }

    /// <summary>Under which a value stands that was computed (a sum of parts, a derived pressure): the first accepted code at the lowest preference.</summary>
    internal ModelCode ComputedCode { get; }
}

/// <summary>An accepted code of a variable.</summary>
/// <param name="Variable">The variable that the code means.</param>
/// <param name="System">Code system URL.</param>
/// <param name="Code">The code.</param>
/// <param name="Rank">0 is the most preferred.</param>
/// <param name="Manifest">Declared condition, flag and units.</param>
/// <param name="PartIndex">Which part of a sum it is, or -1 for a whole value.</param>
public sealed record ModelCode(ModelVariable Variable, string System, string Code, int Rank, ManifestCode Manifest, int PartIndex = -1)
{
    /// <summary>The units that this code's values may have.</summary>
    internal UnitTable Units { get; } = Manifest.Units is { } own
        ? new UnitTable(Variable.Unit, own, Variable.Manifest.Aliases, canonicalImplied: false)
        : Variable.Units;

    /// <summary>Hard range of the values that come in by this code: the variable's, or a part's own.</summary>
    internal ManifestRange Hard { get; } = PartIndex < 0 ? Variable.Hard
        : Variable.Manifest.Parts?.Ranges?.GetValueOrDefault(Code) ?? new ManifestRange(0, Variable.Hard.High);

    internal CodeCondition Condition { get; } = CodeConditions.TryParse(Manifest.When, out var condition)
        ? condition
        : throw new ArgumentException($"A code of variable {Variable.Id} has a condition that is not known.", nameof(Manifest));

    /// <summary>True where one specimen makes a value the variable's and another does not.</summary>
    public bool DependsOnSpecimen => Condition.DependsOnSpecimen();

    internal MeasurementFlags Flags { get; } = Manifest.Flag is null ? MeasurementFlags.None
        : MeasurementFlagNames.TryParse(Manifest.Flag, out var flag) ? flag
        : throw new ArgumentException($"A code of variable {Variable.Id} has a flag that is not known.", nameof(Manifest));
}
