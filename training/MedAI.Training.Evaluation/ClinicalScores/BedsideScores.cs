using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.ClinicalScores;

/// <summary>The bedside scores that every report of an ICU model shows beside the model, on the same stays at the same hours.</summary>
public static class BedsideScores
{
    public static IReadOnlyList<IClinicalScore> All { get; } = [new News2(), new Qsofa(), new Sofa(), new SapsI()];

    /// <summary>One score over many stays.</summary>
    public static CohortScore Of(IClinicalScore score, IReadOnlyList<LabelledStay> stays, int hour)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentNullException.ThrowIfNull(stays);
        var points = new double[stays.Count];
        var available = new int[score.Components.Count];
        Parallel.For(0, stays.Count, i =>
        {
            var result = score.At(stays[i].Stay, hour);
            points[i] = result.Points;
            for (var c = 0; c < available.Length; c++)
            {
                if (result.Components[c] is not null)
                    Interlocked.Increment(ref available[c]);
            }
        });
        return new CohortScore(score, hour, points, Array.ConvertAll(available, count => count / (double)Math.Max(1, stays.Count)));
    }

    /// <summary>The score that the challenge's outcome table gives for the first 24 hours, or NaN where it gives none.</summary>
    public static double[] Given(IReadOnlyList<LabelledStay> stays, Func<IcuOutcome, int?> column)
    {
        ArgumentNullException.ThrowIfNull(stays);
        return [.. stays.Select(s => s.Outcome is { } outcome && column(outcome) is { } points ? points : double.NaN)];
    }
}

/// <summary>A bedside score of many stays at one hour.</summary>
/// <param name="Points">In the order of the stays.</param>
/// <param name="Available">Share of stays in which each component could be computed.</param>
public sealed record CohortScore(IClinicalScore Score, int Hour, double[] Points, double[] Available);
