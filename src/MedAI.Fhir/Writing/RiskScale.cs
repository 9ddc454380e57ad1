namespace MedAI.Fhir.Writing;

/// <summary>Draws the estimate on a scale from 0 to 100 % with its interval, the operating thresholds and the base rate.</summary>
internal static class RiskScale
{
    private const double Width = 560, Left = 10, Right = 14, Bar = 40, Thick = 16;

    public static void Draw(PageText page, EstimateDetail estimate, ModelDetail model) => Draw(page, estimate, model.Thresholds, model.BaseRate, "");

    /// <param name="baseRate">Null where the model states none for this estimate.</param>
    /// <param name="number">Tells the scales of one page apart; part of an id.</param>
    public static void Draw(PageText page, EstimateDetail estimate, IReadOnlyList<ThresholdDetail> thresholds, double? baseRate, string number)
    {
        double risk = X(estimate.Probability);
        page.Add($"<svg viewBox=\"0 0 {Width} 112\" role=\"img\" aria-labelledby=\"ts{number} ds{number}\"><title id=\"ts{number}\">Estimate on a scale from 0 to 100 percent</title>");
        page.Add($"<desc id=\"ds{number}\">{Description(estimate, thresholds, baseRate)}</desc>");
        page.Add($"<rect class=\"track\" x=\"{Left}\" y=\"{Bar}\" width=\"{Width - Left - Right}\" height=\"{Thick}\" rx=\"8\"/>");
        page.Add($"<rect class=\"fill\" x=\"{Left}\" y=\"{Bar}\" width=\"{Math.Max(4, risk - Left)}\" height=\"{Thick}\" rx=\"{Math.Min(8, Math.Max(4, risk - Left) / 2)}\"/>");
        if (estimate is { Low: { } low, High: { } high })
        {
            double y = Bar + Thick / 2;
            page.Add($"<line class=\"halo\" x1=\"{X(low)}\" x2=\"{X(high)}\" y1=\"{y}\" y2=\"{y}\"/><line class=\"whisker\" x1=\"{X(low)}\" x2=\"{X(high)}\" y1=\"{y}\" y2=\"{y}\"/><line class=\"whisker\" x1=\"{X(low)}\" x2=\"{X(low)}\" y1=\"{y - 5}\" y2=\"{y + 5}\"/><line class=\"whisker\" x1=\"{X(high)}\" x2=\"{X(high)}\" y1=\"{y - 5}\" y2=\"{y + 5}\"/>");
        }
        // Labels of thresholds that lie close together climb, so that they do not cover each other.
        double lastEnd = double.NegativeInfinity;
        int level = 0;
        foreach (ThresholdDetail threshold in thresholds)
        {
            double x = X(threshold.Value);
            double half = threshold.Title.Length * 3.2;
            level = x - half < lastEnd ? (level + 1) % 3 : 0;
            lastEnd = Math.Max(lastEnd, x + half + 4);
            double y = Bar - 6 - level * 13;
            page.Add($"<line class=\"mark\" x1=\"{x}\" x2=\"{x}\" y1=\"{y + 2}\" y2=\"{Bar + Thick}\"/><text x=\"{Math.Max(x, Left + half)}\" y=\"{y - 1}\" text-anchor=\"middle\">{threshold.Title}</text>");
        }
        if (baseRate is { } rate)
        {
            page.Add($"<path class=\"fill\" d=\"M{X(rate)} {Bar + Thick + 3}l-5 8h10z\"/>");
            // To the left where there is no room to the right.
            if (X(rate) < Width - 110)
                page.Add($"<text x=\"{X(rate) + 9}\" y=\"{Bar + Thick + 13}\">base rate {ResultWording.Percent(rate)}</text>");
            else
                page.Add($"<text x=\"{X(rate) - 9}\" y=\"{Bar + Thick + 13}\" text-anchor=\"end\">base rate {ResultWording.Percent(rate)}</text>");
        }
        for (int percent = 0; percent <= 100; percent += 25)
            page.Add($"<text x=\"{X(percent / 100.0)}\" y=\"{Bar + Thick + 34}\" text-anchor=\"{(percent == 0 ? "start" : percent == 100 ? "end" : "middle")}\">{percent} %</text>");
        page.Raw("</svg>");
    }

    private static double X(double probability) => Left + probability * (Width - Left - Right);

    private static string Description(EstimateDetail estimate, IReadOnlyList<ThresholdDetail> thresholds, double? baseRate) =>
        $"Estimate {ResultWording.Percent(estimate.Probability)}{(baseRate is { } rate ? $"; base rate {ResultWording.Percent(rate)}" : "")}; thresholds "
        + (thresholds.Count == 0 ? "none" : string.Join(", ", thresholds.Select(t => $"{t.Title} {ResultWording.Percent(t.Value)}"))) + ".";
}
