using MedAI.Training.Evaluation.Icu;
using MedAI.Training.Icu2012;

namespace MedAI.Training.Tests.Icu;

public sealed class SharedEncoderTests
{
    private static readonly string[] Series = IcuVariables.Read().Where(v => v.Use == "series").Select(v => v.Id).ToArray();

    [Fact]
    public void Prefix_knows_nothing_of_what_came_later()
    {
        var encoder = new SharedEncoder(IcuManifest.Draft(1));
        var whole = Stay((30, "HR", 90), (390, "HR", 140), (400, "MechVent", 1), (500, "Weight", 70));
        var begun = Stay((30, "HR", 90));

        var seen = encoder.Encode(whole, 360);
        var expected = encoder.Encode(begun, 360);

        Assert.Equal(expected.Values, seen.Values);
        Assert.Equal(expected.Observed, seen.Observed);
        Assert.Equal(expected.HoursSince, seen.HoursSince);
        Assert.Equal(expected.Statics, seen.Statics);
    }

    [Fact]
    public void Values_fall_into_the_hour_they_were_measured_in()
    {
        var sample = new SharedEncoder(IcuManifest.Draft(1)).Encode(Stay((30, "HR", 90), (50, "HR", 100), (130, "HR", 60)), 360);
        var hr = Array.IndexOf(Series, "HR");
        float[] Column(float[] grid) => [.. Enumerable.Range(0, sample.Steps).Select(t => grid[(t * Series.Length) + hr])];

        Assert.Equal([95, 95, 60, 60, 60, 60], Column(sample.Values));
        Assert.Equal([1, 0, 1, 0, 0, 0], Column(sample.Observed));
        Assert.Equal([0, 1, 0, 1, 2, 3], Column(sample.HoursSince));
    }

    [Fact]
    public void Impossible_values_of_the_files_are_not_encoded()
    {
        var sample = new SharedEncoder(IcuManifest.Draft(1)).Encode(Stay((10, "pH", 735), (10, "HR", 0), (10, "Temp", -17.8), (10, "WBC", 12500)), 360);

        Assert.Equal(0, sample.ObservedCells);
    }

    [Fact]
    public void Every_series_of_the_challenge_is_understood()
    {
        var variables = IcuVariables.Read().Where(v => v.Use == "series").ToArray();
        var sample = new SharedEncoder(IcuManifest.Draft(1)).Encode(Stay([.. variables.Select(v => (10, v.Id, v.Id == "MechVent" ? 1 : (v.Soft!.Low + v.Soft.High) / 2))]), 60);

        Assert.Equal(variables.Length, sample.ObservedCells);
    }

    private static LabelledStay Stay(params (int Minute, string Parameter, double Value)[] events) => new(
        new IcuStay
        {
            RecordId = 1,
            Age = 60,
            Male = true,
            HeightCm = null,
            Unit = IcuUnit.Medical,
            Events = [.. events.Select(e => new IcuEvent(e.Minute, e.Parameter, e.Value))],
        },
        Outcome: null);
}
