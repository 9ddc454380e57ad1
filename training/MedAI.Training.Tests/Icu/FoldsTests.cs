using MedAI.Training.Icu;
using MedAI.Training.Icu2012;

namespace MedAI.Training.Tests.Icu;

public sealed class FoldsTests
{
    private static readonly LabelledStay[] Stays =
    [
        .. Enumerable.Range(1, 400).Select(i => new LabelledStay(
            new IcuStay { RecordId = i, Age = 60, Male = true, HeightCm = null, Unit = IcuUnit.Medical, Events = [] },
            new IcuOutcome(i, null, null, null, null, i % 5 == 0))),
    ];

    [Fact]
    public void Folds_share_no_stay_and_lose_none()
    {
        var folds = Folds.Split(Stays, 3);

        Assert.Equal(
            Stays.Select(s => s.Stay.RecordId),
            folds.Fit.Concat(folds.Calibration).Concat(folds.Test).Select(s => s.Stay.RecordId).Order());
    }

    [Fact]
    public void Folds_repeat_by_seed_whatever_the_order_of_the_stays()
    {
        var again = Folds.Split([.. Stays.Reverse()], 3);

        Assert.Equal(Folds.Split(Stays, 3).Test.Select(s => s.Stay.RecordId), again.Test.Select(s => s.Stay.RecordId));
        Assert.NotEqual(Folds.Split(Stays, 4).Test.Select(s => s.Stay.RecordId), again.Test.Select(s => s.Stay.RecordId));
    }

    [Fact]
    public void Member_stops_on_stays_that_it_is_not_fitted_on()
    {
        var folds = Folds.Split(Stays, 3);
        var (fit, check) = folds.ForMember(1);

        Assert.Empty(fit.Intersect(check));
        Assert.Equal(folds.Fit.Count, fit.Count + check.Count);
        Assert.Empty(check.Intersect(folds.ForMember(2).Check));
    }
}
