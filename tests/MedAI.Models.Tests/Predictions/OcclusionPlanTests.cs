using MedAI.Models.Predictions;
using MedAI.Models.Tests.Timelines;
using MedAI.Models.Timelines;

namespace MedAI.Models.Tests.Predictions;

public sealed class OcclusionPlanTests
{
    private static readonly string[] NeverMeasured =
        [.. Stay.Table.Variables.Where(v => !v.IsStatic && !v.IsState && v.Id is not ("HR" or "K")).Select(v => v.Id)];

    [Fact]
    public void Rows_are_the_input_then_each_observed_variable_each_known_static_and_the_missing()
    {
        using var grid = Grid();
        var plan = OcclusionPlan.Create(Stay.Manifest, Stay.Table, grid);

        Assert.Equal(
            [
                ("", ContributionKind.Measurement),
                ("HR", ContributionKind.Measurement),
                ("K", ContributionKind.Measurement),
                ("MechVent", ContributionKind.Treatment),
                ("age", ContributionKind.Demographic),
                ("sex", ContributionKind.Demographic),
                ("icu-type", ContributionKind.Demographic),
                ("weight", ContributionKind.Demographic),
                ("missingness", ContributionKind.Missingness),
            ],
            plan.Rows.Select(r => (r.Id, r.Kind)));
        Assert.All(plan.Rows.Skip(1), r => Assert.NotEqual("", r.Title));
    }

    [Fact]
    public void First_row_is_the_input_itself()
    {
        using var grid = Grid();
        using var row = Row(grid, "");

        GridAssert.Same(grid, row);
    }

    [Theory]
    [InlineData("HR", 86)]
    [InlineData("K", 4.1f)]
    public void Occluded_variable_is_measured_as_often_at_its_baseline_and_nothing_else_changes(string id, float baseline)
    {
        using var grid = Grid();
        using var row = Row(grid, id);

        for (int cell = 0; cell < grid.Values.Length; cell++)
        {
            bool own = cell % grid.Series == Stay.Variable(id).SeriesIndex;
            Assert.Equal(own ? baseline : grid.Values[cell], row.Values[cell]);
        }
        Assert.True(grid.Observed.SequenceEqual(row.Observed));
        Assert.True(grid.HoursSince.SequenceEqual(row.HoursSince));
        Assert.Equal(grid.Statics, row.Statics);
    }

    [Theory]
    [InlineData("MechVent", 0)]
    public void Occluded_state_has_never_held_and_nothing_else_changes(string id, float baseline)
    {
        using var grid = Grid();
        using var row = Row(grid, id);

        for (int cell = 0; cell < grid.Values.Length; cell++)
        {
            bool own = cell % grid.Series == Stay.Variable(id).SeriesIndex;
            Assert.Equal(own ? baseline : grid.Values[cell], row.Values[cell]);
            Assert.Equal(own ? 0 : grid.Observed[cell], row.Observed[cell]);
            Assert.Equal(own ? cell / grid.Series + 1 : grid.HoursSince[cell], row.HoursSince[cell]);
        }
        Assert.Equal(grid.Statics, row.Statics);
    }

    [Theory]
    [InlineData("age", new float[] { 65, 0, 0, 0, 1, 0, 0, 170, 0, 70, 1 })]
    [InlineData("sex", new float[] { 60, 0.5f, 0, 0, 1, 0, 0, 170, 0, 70, 1 })]
    [InlineData("icu-type", new float[] { 60, 0, 0, 0, 0, 0, 0, 170, 0, 70, 1 })]
    [InlineData("weight", new float[] { 60, 0, 0, 0, 1, 0, 0, 170, 0, 80, 0 })]
    public void Occluded_static_stands_at_its_baseline(string group, float[] expected)
    {
        using var grid = Grid();
        using var row = Row(grid, group);

        Assert.Equal(expected, row.Statics);
        Assert.True(grid.Values.SequenceEqual(row.Values));
    }

    [Fact]
    public void Missingness_row_supplies_what_was_never_measured_in_the_last_bin()
    {
        using var grid = Grid();
        using var row = Row(grid, OcclusionPlan.MissingnessId);

        for (int cell = 0; cell < grid.Values.Length; cell++)
        {
            var variable = Stay.Table.Variables[cell % grid.Series];
            bool supplied = NeverMeasured.Contains(variable.Id) && cell / grid.Series == grid.Steps - 1;
            Assert.Equal(supplied ? (float)variable.Manifest.Baseline : grid.Values[cell], row.Values[cell]);
            Assert.Equal(supplied ? 1 : grid.Observed[cell], row.Observed[cell]);
            Assert.Equal(supplied ? 0 : grid.HoursSince[cell], row.HoursSince[cell]);
        }
    }

    [Fact]
    public void Ventilation_that_never_was_is_off_and_not_missing()
    {
        using var grid = new Stay().Add("8867-4", 100, "/min", 1).Encode();
        using var row = Row(grid, OcclusionPlan.MissingnessId);

        Assert.Equal(0, row.Observed[(grid.Steps - 1) * grid.Series + Stay.Variable("MechVent").SeriesIndex]);
    }

    private static EncodedGrid Grid() =>
        new Stay().Add("8867-4", 100, "/min", 1).Add("8867-4", 110, "/min", 5).Add("2823-3", 5, "mmol/L", 2).Add("20124-4", 1, null, 3).Add("29463-7", 70, "kg", 1).Encode();

    private static EncodedGrid Row(EncodedGrid grid, string id)
    {
        var plan = OcclusionPlan.Create(Stay.Manifest, Stay.Table, grid);
        int index = plan.Rows.ToList().FindIndex(r => r.Id == id);
        Assert.True(index >= 0, $"no row {id}");
        var row = new EncodedGrid(grid.Steps, grid.Series, new float[grid.Statics.Length]);
        plan.WriteRow(index, row.Values, row.Observed, row.HoursSince, row.Statics);
        return row;
    }
}
