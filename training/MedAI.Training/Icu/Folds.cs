using MedAI.Training.Icu2012;

namespace MedAI.Training.Icu;

/// <summary>Stays set apart once, by seed, so that nothing reported was seen while fitting, stopping, calibrating or choosing thresholds.</summary>
/// <param name="Fit">Used for weights; each member holds another tenth of it back to decide when to stop.</param>
/// <param name="Calibration">Used for calibration and thresholds only.</param>
/// <param name="Test">Used for the report only.</param>
internal sealed record Folds(IReadOnlyList<LabelledStay> Fit, IReadOnlyList<LabelledStay> Calibration, IReadOnlyList<LabelledStay> Test)
{
    private const double TestShare = 0.20;
    private const double CalibrationShare = 0.125;
    private const int CheckFolds = 10;

    /// <summary>Splits within survivors and deaths separately, so that every fold has the same share of deaths.</summary>
    public static Folds Split(IReadOnlyList<LabelledStay> stays, int seed)
    {
        var random = new Random(seed);
        var folds = (Fit: new List<LabelledStay>(), Calibration: new List<LabelledStay>(), Test: new List<LabelledStay>());
        foreach (var stratum in stays.OrderBy(s => s.Stay.RecordId).GroupBy(s => s.Outcome!.DiedInHospital).OrderBy(g => g.Key))
        {
            var shuffled = stratum.ToArray();
            random.Shuffle(shuffled);
            var test = (int)(shuffled.Length * TestShare);
            var calibration = (int)(shuffled.Length * CalibrationShare);
            folds.Test.AddRange(shuffled[..test]);
            folds.Calibration.AddRange(shuffled[test..(test + calibration)]);
            folds.Fit.AddRange(shuffled[(test + calibration)..]);
        }

        var order = folds.Fit.ToArray();
        random.Shuffle(order);
        return new Folds(order, folds.Calibration, folds.Test);
    }

    /// <summary>The fit fold of one member, and the tenth of it that decides when this member stops.</summary>
    public (IReadOnlyList<LabelledStay> Fit, IReadOnlyList<LabelledStay> Check) ForMember(int member) =>
        (Fit.Where((_, i) => i % CheckFolds != member % CheckFolds).ToList(), Fit.Where((_, i) => i % CheckFolds == member % CheckFolds).ToList());
}
