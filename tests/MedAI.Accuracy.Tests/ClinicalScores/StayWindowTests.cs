using MedAI.Training.Evaluation.ClinicalScores;

namespace MedAI.Accuracy.Tests.ClinicalScores;

public sealed class StayWindowTests
{
    [Fact]
    [Trait("promise", "M-262")]
    public void Window_sees_nothing_after_its_hour_and_nothing_a_day_old()
    {
        var stay = StayMaker.Stay(50, (24 * 60, "HR", 60), ((24 * 60) + 1, "HR", 70), (48 * 60, "HR", 80), ((48 * 60) + 1, "HR", 90));

        Assert.Equal([70, 80], new StayWindow(stay, 48).Values("HR"));
    }

    [Fact]
    public void First_day_begins_at_admission_itself()
    {
        var stay = StayMaker.Stay(50, (0, "HR", 60), (60, "HR", 70));

        Assert.Equal([60, 70], new StayWindow(stay, 6).Values("HR"));
        Assert.Equal([60, 70], new StayWindow(stay, 24).Values("HR"));
    }

    [Fact]
    public void Impossible_values_count_as_not_recorded()
    {
        var stay = StayMaker.Stay(50, (0, "SysABP", 0), (1, "Temp", -17.8), (2, "HR", 500));
        var window = new StayWindow(stay, 6);

        Assert.False(window.Has("SysABP") || window.Has("Temp") || window.Has("HR"));
    }

    [Fact]
    public void Newest_takes_the_later_of_two_ways_to_measure()
    {
        var stay = StayMaker.Stay(50, (10, "SysABP", 120), (20, "NISysABP", 95), (20, "SysABP", 101));

        Assert.Equal(101, new StayWindow(stay, 6).Newest("SysABP", "NISysABP"));
        Assert.Equal(95, new StayWindow(stay, 6).Newest("NISysABP"));
        Assert.Null(new StayWindow(stay, 6).Newest("RespRate"));
    }

    [Fact]
    public void Oxygen_ratio_takes_the_share_charted_before_the_sample()
    {
        var stay = StayMaker.Stay(50, (0, "PaO2", 90), (10, "FiO2", 0.5), (20, "PaO2", 80), (30, "FiO2", 1.0));

        Assert.Equal([160], new StayWindow(stay, 6).OxygenRatios());
    }

    [Fact]
    public void Urine_of_a_day_needs_a_whole_day()
    {
        var stay = StayMaker.Stay(50, (60, "Urine", 100), (120, "Urine", 200));

        Assert.Null(new StayWindow(stay, 23).UrineOfDay);
        Assert.Equal(300, new StayWindow(stay, 24).UrineOfDay);
        Assert.Null(new StayWindow(stay, 30).UrineOfDay);
    }
}
