using System.Globalization;
using MedAI.Models.Packages;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Says where what a package publishes is not what its files give.</summary>
/// <remarks>
/// A figure may differ by 0.001, or by a thousandth of itself where that is more: processors round differently, and one case that changes sides of a
/// threshold moves a share over 1,000 cases by that much. Figures about cost depend on the machine and are not compared.
/// </remarks>
public static class EvaluationCheck
{
    public const double Tolerance = 0.001;

    /// <summary>One line per difference between the published figures and those measured again; empty when there is none.</summary>
    public static IReadOnlyList<string> Differences(EvaluationResult published, EvaluationResult measured)
    {
        ArgumentNullException.ThrowIfNull(published);
        ArgumentNullException.ThrowIfNull(measured);
        var lines = new List<string>();
        if (published.ModelSha256 != measured.ModelSha256)
            lines.Add("The published figures are of another model file.");
        foreach (var (name, count) in published.Data.Counts)
        {
            if (measured.Data.Counts.TryGetValue(name, out var now) && now != count)
                lines.Add(Line($"{name}: published {count}, measured {now}"));
        }

        var again = measured.Figures.Where(Compared).ToDictionary(f => f.Id);
        foreach (var figure in published.Figures.Where(Compared))
        {
            if (!again.Remove(figure.Id, out var now))
            {
                lines.Add($"{figure.Id}: published, but not measured");
                continue;
            }

            Compare(lines, figure.Id, "value", figure.Value, now.Value);
            Compare(lines, figure.Id, "low end", figure.Low, now.Low);
            Compare(lines, figure.Id, "high end", figure.High, now.High);
            if (figure.N != now.N)
                lines.Add(Line($"{figure.Id} n: published {figure.N}, measured {now.N}"));
        }

        lines.AddRange(again.Keys.Select(id => $"{id}: measured, but not published"));
        return lines;
    }

    /// <summary>Compares the thresholds of the manifest with the figures <c>threshold.ID.alert-rate</c>, <c>.sensitivity</c> and <c>.ppv</c>, which must be there.</summary>
    public static IReadOnlyList<string> Differences(ModelManifest manifest, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(evaluation);
        var lines = new List<string>();
        foreach (var threshold in manifest.Thresholds)
        {
            foreach (var (part, declared) in new[] { ("alert-rate", threshold.AlertRate), ("sensitivity", threshold.Sensitivity), ("ppv", threshold.Ppv) })
            {
                var id = $"threshold.{threshold.Id}.{part}";
                if (evaluation.Find(id) is { } figure)
                    Compare(lines, id, "in the manifest", declared, figure.Value);
                else
                    lines.Add($"{id}: in the manifest, but not measured");
            }
        }

        return lines;
    }

    /// <summary>Compares the machine-readable figures of a card with the evaluation; they are copies and must be equal.</summary>
    public static IReadOnlyList<string> Differences(ModelCard card, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(evaluation);
        var lines = new List<string>();
        if (card.ModelSha256 != evaluation.ModelSha256)
            lines.Add("The card is of another model file.");
        var figures = evaluation.Figures.Where(Compared).ToDictionary(f => f.Id);
        foreach (var figure in card.Figures)
        {
            if (!figures.Remove(figure.Id, out var source))
                lines.Add($"{figure.Id}: in the card, but not in the evaluation");
            else if ((figure.Value, figure.Low, figure.High, figure.N) != (source.Value, source.Low, source.High, source.N))
                lines.Add($"{figure.Id}: the card says something else than the evaluation");
        }

        lines.AddRange(figures.Keys.Select(id => $"{id}: in the evaluation, but not in the card"));
        return lines;
    }

    private static bool Compared(EvaluationFigure figure) => figure.Topic != FigureTopic.Cost;

    private static void Compare(List<string> lines, string id, string part, double? published, double? measured)
    {
        if (published is null && measured is null)
            return;
        if (published is not { } before || measured is not { } now || Math.Abs(before - now) > Tolerance * Math.Max(1, Math.Abs(before)))
            lines.Add(Line($"{id} {part}: published {published?.ToString("R", CultureInfo.InvariantCulture) ?? "none"}, measured {measured?.ToString("R", CultureInfo.InvariantCulture) ?? "none"}"));
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
