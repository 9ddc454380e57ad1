using MedAI.Testing;
using MedAI.Testing.Icu2012;
using MedAI.Training.Evaluation.ClinicalScores;
using MedAI.Training.Evaluation.Metrics;
using MedAI.Training.Icu2012;

namespace MedAI.Accuracy.Tests.ClinicalScores;

public sealed class BedsideScoresOnStaysTests
{
    private static readonly string? Data = RepositoryRoot.Data is { } data && Directory.Exists(Path.Combine(data, "icu-stays")) ? Path.Combine(data, "icu-stays") : null;

    [Fact]
    [Trait("promise", "M-262")]
    public void Scores_separate_deaths_as_well_as_known_elsewhere()
    {
        Assert.SkipUnless(Data is not null, ChallengeStays.Missing);
        using var folder = IcuStayFolder.Open(Data!);
        var stays = folder.ReadAll().Where(s => s.Outcome is not null).ToList();
        var died = stays.Select(s => s.Outcome!.DiedInHospital).ToArray();
        double Computed(IClinicalScore score, int hour) => Discrimination.Auroc(BedsideScores.Of(score, stays, hour).Points, died);
        double Given(Func<IcuOutcome, int?> column)
        {
            var points = BedsideScores.Given(stays, column);
            var known = Enumerable.Range(0, stays.Count).Where(i => !double.IsNaN(points[i])).ToArray();
            return Discrimination.Auroc(Array.ConvertAll(known, i => points[i]), Array.ConvertAll(known, i => died[i]));
        }

        // Another computation over set C had 0.719 and 0.682.
        Assert.InRange(Computed(new News2(), 48), 0.70, 0.74);
        Assert.InRange(Computed(new Qsofa(), 48), 0.65, 0.70);
        // The outcome table holds both for the first 24 hours; vasopressors and the choice of values account for what is left.
        Assert.InRange(Computed(new SapsI(), 24) - Given(o => o.SapsI), -0.02, 0.02);
        Assert.InRange(Computed(new Sofa(), 24) - Given(o => o.Sofa), -0.02, 0.02);
    }
}
