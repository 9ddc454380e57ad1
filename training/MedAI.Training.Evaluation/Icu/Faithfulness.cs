using MedAI.Models.Predictions;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>Whether the explanation names what the model really leans on.</summary>
/// <remarks>
/// For every stay the server's own occlusion rows give the contributions. Then the three observed variables with the largest absolute contribution are
/// neutralised together, and 20 times three observed variables drawn at random: the explanation is faithful to the stay when the first moves the logit more than
/// the mean of the others.
/// </remarks>
internal static class Faithfulness
{
    private const int Stays = 500;
    private const int RandomTriples = 20;
    private const int Hour = 48;
    private const int Seed = 2012;

    /// <returns>Share of stays in which it is, and how many were looked at.</returns>
    public static (double Share, int Stays) Measure(ShippedIcuModel model, LandmarkScores scores)
    {
        var random = new Random(Seed);
        var stays = scores.Stays.ToArray();
        random.Shuffle(stays);
        int faithful = 0, looked = 0;
        foreach (var stay in stays)
        {
            if (looked == Stays)
                break;
            using var prepared = model.Prepare(stay, Hour);
            if (prepared?.Grid is not { } grid)
                continue;
            var plan = OcclusionPlan.Create(model.Package.Manifest, model.Variables, grid);
            var rows = Enumerable.Range(0, plan.Rows.Count).Select(row => Row(plan, row, grid.Steps, grid.Values.Length, grid.Statics.Length)).ToArray();
            var logits = model.Scorer.Logits(rows);
            var variables = Enumerable.Range(1, rows.Length - 1).Where(r => plan.Rows[r].Kind is ContributionKind.Measurement or ContributionKind.Treatment).ToArray();
            if (variables.Length < 4)
                continue;
            var top = variables.OrderByDescending(r => Math.Abs(logits[0] - logits[r])).Take(3).ToArray();
            var tested = new List<GridSample> { Together(rows, top) };
            for (var i = 0; i < RandomTriples; i++)
            {
                random.Shuffle(variables);
                tested.Add(Together(rows, variables[..3]));
            }

            var moved = Array.ConvertAll(model.Scorer.Logits(tested), x => Math.Abs(logits[0] - x));
            looked++;
            faithful += moved[0] > moved[1..].Average() ? 1 : 0;
        }

        return (faithful / (double)Math.Max(1, looked), looked);
    }

    private static GridSample Row(OcclusionPlan plan, int row, int steps, int cells, int statics)
    {
        var sample = new GridSample(0, false, steps, new float[cells], new float[cells], new float[cells], new float[statics]);
        plan.WriteRow(row, sample.Values, sample.Observed, sample.HoursSince, sample.Statics);
        return sample;
    }

    /// <summary>Every cell that any of the rows changes, changed.</summary>
    private static GridSample Together(GridSample[] rows, int[] chosen)
    {
        var real = rows[0];
        var sample = real with { Values = [.. real.Values], Observed = [.. real.Observed], HoursSince = [.. real.HoursSince] };
        foreach (var row in chosen)
        {
            Take(rows[row].Values, real.Values, sample.Values);
            Take(rows[row].Observed, real.Observed, sample.Observed);
            Take(rows[row].HoursSince, real.HoursSince, sample.HoursSince);
        }

        return sample;

        static void Take(float[] changed, float[] original, float[] target)
        {
            for (var i = 0; i < target.Length; i++)
            {
                if (changed[i] != original[i])
                    target[i] = changed[i];
            }
        }
    }
}
