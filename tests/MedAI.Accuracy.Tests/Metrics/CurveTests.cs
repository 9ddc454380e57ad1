using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Accuracy.Tests.Metrics;

public sealed class CurveTests
{
    private static readonly double[] Risks = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];
    private static readonly bool[] Died = [true, false, true, true, false, false, true, false, false, false];

    [Fact]
    public void Net_benefit_is_the_one_worked_out_by_hand()
    {
        var point = Assert.Single(DecisionCurve.Of(Risks, Died, [0.25]));

        // At 0.25 seven are acted on: four deaths, three not; odds 1/3. Acting on all: 0.4 - 0.6/3.
        Assert.Equal((4 - 1) / 10.0, point.Model, 12);
        Assert.Equal(0.2, point.TreatAll, 12);
    }

    [Fact]
    public void Net_benefit_at_the_lowest_threshold_is_that_of_acting_on_all()
    {
        var point = Assert.Single(DecisionCurve.Of(Risks, Died, [0.01]));

        Assert.Equal(point.TreatAll, point.Model, 12);
    }

    [Fact]
    public void Area_under_the_curve_points_is_the_AUROC()
    {
        var points = Curves.Roc(Risks, Died);

        var area = points.Zip(points.Skip(1), (a, b) => (b.X - a.X) * (a.Y + b.Y) / 2).Sum();
        Assert.Equal(Discrimination.Auroc(Risks, Died), area, 12);
        Assert.Equal(((0.0, 0.0), (1.0, 1.0)), (points[0], points[^1]));
    }

    [Fact]
    public void Precision_recall_points_begin_at_the_first_death_and_end_with_all_found()
    {
        var points = Curves.PrecisionRecall(Risks, Died);

        Assert.Equal((0.25, 1.0), points[0]);
        Assert.Equal((1.0, 0.4), points[^1]);
    }

    [Fact]
    public void Thinning_keeps_the_ends()
    {
        var points = Enumerable.Range(0, 1000).Select(i => ((double)i, 0.0)).ToArray();

        var thin = Curves.Thin(points, kept: 11);

        Assert.Equal(11, thin.Count);
        Assert.Equal((points[0], points[^1]), (thin[0], thin[^1]));
    }

    [Fact]
    public void Coverage_withholds_the_doubtful_first()
    {
        double[] scores = [0.9, 0.1, 0.2, 0.8];
        bool[] came = [true, false, true, false];
        double[] doubt = [0, 0, 1, 1];

        var points = RiskCoverage.Of(Discrimination.Auroc, scores, came, doubt, [1, 0.5]);

        // All four: of the four pairs 0.9 beats both, 0.2 beats 0.1 only. The two without doubt are in order.
        Assert.Equal([(1.0, 4, 0.75), (0.5, 2, 1.0)], points.Select(p => (p.Coverage, p.Kept, p.Value)));
    }
}
