using MedAI.Models.Packages;
using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>The rows that explain one estimate by occlusion, all run in one batch with the real input.</summary>
/// <remarks>
/// Row 0 is the real input. Then one row per series variable that was observed, with every value at its baseline: measured as often, so that
/// the contribution is that of the values and not of the charting; one row per known static group at its baseline; and, when some series variable was never measured, a last row "missingness" in which each of those was measured
/// with its baseline value in the last bin. A state such as ventilation that never held is off, not missing, and stays out of that row.
/// A static group whose value equals its baseline has no row: nothing would change. Reads the grid until that is disposed.
/// </remarks>
public sealed class OcclusionPlan
{
    /// <summary>Id of the row about what was never measured.</summary>
    public const string MissingnessId = "missingness";

    private readonly IReadOnlyList<ManifestStatic> _statics;
    private readonly VariableTable _variables;
    private readonly EncodedGrid _grid;
    private readonly OcclusionRow[] _rows;

    /// <summary>What each row neutralises: a series column, or -1.</summary>
    private readonly int[] _columns;

    private OcclusionPlan(IReadOnlyList<ManifestStatic> statics, VariableTable variables, EncodedGrid grid, OcclusionRow[] rows, int[] columns)
    {
        _statics = statics;
        _variables = variables;
        _grid = grid;
        _rows = rows;
        _columns = columns;
    }

    public IReadOnlyList<OcclusionRow> Rows => _rows;

    public static OcclusionPlan Create(ModelManifest manifest, VariableTable variables, EncodedGrid grid)
    {
        var rows = new List<OcclusionRow>(variables.SeriesCount + 8) { new("", "", ContributionKind.Measurement) };
        var columns = new List<int>(variables.SeriesCount + 8) { -1 };
        bool missing = false;
        IReadOnlyList<ManifestStatic> statics = manifest.AsSequence().Encoder.Statics;
        for (int column = 0; column < variables.SeriesCount; column++)
        {
            var variable = variables.Variables[column];
            if (IsObserved(grid, column))
            {
                rows.Add(new OcclusionRow(variable.Id, variable.Title, KindOf(variable)));
                columns.Add(column);
            }
            else
                missing |= !variable.IsState;
        }
        foreach (string group in statics.Select(s => s.Group).Distinct())
        {
            if (!IsKnown(statics, grid, group))
                continue;
            rows.Add(new OcclusionRow(group, TitleOf(group, variables), ContributionKind.Demographic));
            columns.Add(-1);
        }
        if (missing)
        {
            rows.Add(new OcclusionRow(MissingnessId, "What was not measured", ContributionKind.Missingness));
            columns.Add(-1);
        }
        return new OcclusionPlan(statics, variables, grid, [.. rows], [.. columns]);
    }

    /// <summary>Writes one row's tensors.</summary>
    /// <param name="row">Index into <see cref="Rows"/>.</param>
    /// <param name="values">[steps, series] row-major, as are the next two.</param>
    /// <param name="statics">[statics].</param>
    public void WriteRow(int row, Span<float> values, Span<float> observed, Span<float> hoursSince, Span<float> statics)
    {
        _grid.Values.CopyTo(values);
        _grid.Observed.CopyTo(observed);
        _grid.HoursSince.CopyTo(hoursSince);
        _grid.Statics.CopyTo(statics);
        if (row == 0)
            return;
        int column = _columns[row];
        if (column >= 0)
            Neutralise(column, values, observed, hoursSince);
        else if (_rows[row].Kind == ContributionKind.Missingness)
            Supply(values, observed, hoursSince);
        else
            Neutralise(_rows[row].Id, statics);
    }

    private static ContributionKind KindOf(ModelVariable variable) =>
        variable.IsState || variable.Manifest.Role is "treatment" or "state" ? ContributionKind.Treatment : ContributionKind.Measurement;

    private static bool IsObserved(EncodedGrid grid, int column)
    {
        var observed = grid.Observed;
        for (int cell = column; cell < observed.Length; cell += grid.Series)
        {
            if (observed[cell] > 0)
                return true;
        }
        return false;
    }

    private static bool IsKnown(IReadOnlyList<ManifestStatic> statics, EncodedGrid grid, string group)
    {
        for (int i = 0; i < statics.Count; i++)
        {
            var feature = statics[i];
            if (feature.Group == group && grid.Statics[i] != (float)feature.Baseline)
                return true;
        }
        return false;
    }

    private static string TitleOf(string group, VariableTable variables) => group switch
    {
        "age" => "Age",
        "sex" => "Sex",
        "icu-type" => "Type of intensive care unit",
        _ => variables.FindStatic(group)?.Title ?? group,
    };

    /// <summary>As if the variable had been measured as often, but always at its baseline; a state, as if it had never held.</summary>
    private void Neutralise(int column, Span<float> values, Span<float> observed, Span<float> hoursSince)
    {
        var variable = _variables.Variables[column];
        float baseline = variable.IsState ? 0 : (float)variable.Manifest.Baseline;
        for (int step = 0, cell = column; step < _grid.Steps; step++, cell += _grid.Series)
        {
            values[cell] = baseline;
            if (variable.IsState)
            {
                observed[cell] = 0;
                hoursSince[cell] = step + 1;
            }
        }
    }

    /// <summary>As if everything that was never measured had just come out at its baseline.</summary>
    private void Supply(Span<float> values, Span<float> observed, Span<float> hoursSince)
    {
        int lastRow = (_grid.Steps - 1) * _grid.Series;
        for (int column = 0; column < _grid.Series; column++)
        {
            var variable = _variables.Variables[column];
            if (variable.IsState || IsObserved(_grid, column))
                continue;
            values[lastRow + column] = (float)variable.Manifest.Baseline;
            observed[lastRow + column] = 1;
            hoursSince[lastRow + column] = 0;
        }
    }

    private void Neutralise(string group, Span<float> statics)
    {
        for (int i = 0; i < _statics.Count; i++)
        {
            var feature = _statics[i];
            if (feature.Group == group)
                statics[i] = (float)feature.Baseline;
        }
    }
}
