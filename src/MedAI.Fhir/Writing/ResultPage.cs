using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Writing;

/// <summary>Draws a stored result as one HTML page for people: risk, window, trends, contributions, data quality, model and limits.</summary>
/// <remarks>
/// Complete in itself: no script, no picture, no font and no style from elsewhere, so it can be printed, archived and shown under
/// <see cref="ContentSecurityPolicy"/>. Everything that came from outside is encoded. Works without script because a ward's browser may forbid it.
/// </remarks>
public static class ResultPage
{
    /// <summary>Value of the Content-Security-Policy header to send with the page.</summary>
    public static string ContentSecurityPolicy => PageStyle.ContentSecurityPolicy;

    /// <param name="detail">The stored detail: UTF-8 JSON of a <see cref="ResultDetail"/>.</param>
    /// <returns>UTF-8 HTML.</returns>
    /// <exception cref="JsonException">The stored bytes are not a detail that this version writes.</exception>
    public static byte[] Render(ReadOnlyMemory<byte> detail) =>
        Encoding.UTF8.GetBytes(Render(ResultDetailJson.Read(detail)));

    public static string Render(ResultDetail detail)
    {
        var page = new PageText();
        page.Raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\">");
        page.Add($"<title>{detail.Model.Title}</title><style>").Raw(PageStyle.Css).Raw("</style></head>\n<body><main>");
        Header(page, detail);
        if (detail.DemoClock)
            page.Add($"<p class=\"banner\" role=\"note\">{ResultWording.DemoClock}</p>");
        foreach (EstimateDetail estimate in detail.Estimates)
            Risk(page, estimate, detail);
        Window(page, detail);
        Trends(page, detail);
        Contributions(page, detail);
        Quality(page, detail.Quality);
        Model(page, detail);
        page.Add($"<footer>Result {detail.ResultId}, made {ResultWording.Time(detail.Created, detail.Window.AsOf.Offset)} by {detail.Trigger}. Artificial-intelligence assertion (AIAST).</footer>");
        page.Raw("</main></body></html>\n");
        return page.ToString();
    }

    private static void Header(PageText page, ResultDetail detail)
    {
        page.Add($"<header><h1>{detail.Model.Title}</h1><div class=\"soft small\">{detail.Subject}");
        if (detail.Encounter is { } encounter)
            page.Add($" · {encounter}");
        page.Add($" · as of {ResultWording.Time(detail.Window.AsOf, detail.Window.AsOf.Offset)}</div></header>\n");
    }

    private static void Risk(PageText page, EstimateDetail estimate, ResultDetail detail)
    {
        ThresholdDetail? reached = detail.Model.Thresholds.FirstOrDefault(t => t.Id == estimate.Threshold);
        string shade = reached?.Indicator is "info" or "warning" or "critical" ? reached.Indicator : "soft";
        page.Add($"<section class=\"risk\" aria-label=\"Estimate\"><div><p class=\"soft\">Estimated probability of {estimate.OutcomeText}</p><div class=\"number\">{ResultWording.Percent(estimate.Probability)}</div>");
        if (estimate is { Low: { } low, High: { } high })
            page.Add($"<p class=\"soft\">interval {ResultWording.Percent(low)} to {ResultWording.Percent(high)}</p>");
        if (estimate.Band is { } band)
            page.Add($"<span class=\"tag soft\">{band} risk</span>");
        page.Add($"<span class=\"tag {shade}\">{(reached is null ? "below every threshold" : $"threshold {reached.Title}")}</span></div><div>");
        RiskScale.Draw(page, estimate, detail.Model);
        if (reached is not null)
        {
            page.Add($"<p class=\"small\">At the threshold <b>{reached.Title}</b> ({ResultWording.Percent(reached.Value)}), on stays not used in training: {ResultWording.Percent(reached.AlertRate)} of stays reach it, {ResultWording.Percent(reached.Ppv)} of those have the outcome (positive predictive value), and it finds {ResultWording.Percent(reached.Sensitivity)} of all outcomes (sensitivity).</p>");
        }
        page.Add($"<p class=\"small soft\">Base rate {ResultWording.Percent(detail.Model.BaseRate)} in {detail.Model.BaseRateCohort}.</p></div></section>\n");
        page.Add($"<section class=\"caution\"><p><b>Caution.</b> {detail.Model.TrainingStatement} {detail.Model.Caution}</p></section>\n");
    }

    private static void Window(PageText page, ResultDetail detail)
    {
        WindowDetail window = detail.Window;
        TimeSpan offset = window.AsOf.Offset;
        page.Raw("<section><h2>Data window</h2><div class=\"facts\">");
        page.Add($"<div><span class=\"soft small\">from</span><b>{Clock(window.TimeZero, offset)}</b></div><div><span class=\"soft small\">to (time of the estimate)</span><b>{Clock(window.AsOf, offset)}</b></div>");
        page.Add($"<div><span class=\"soft small\">length</span><b>{(window.AsOf - window.TimeZero).TotalHours:0.#} h</b></div>");
        if (window.NewestInput is { } newest)
            page.Add($"<div><span class=\"soft small\">newest input</span><b>{Clock(newest, offset)}</b><span class=\"soft small\">{Age(window.AsOf - newest)}</span></div>");
        page.Raw("</div></section>\n");
    }

    private static void Trends(PageText page, ResultDetail detail)
    {
        page.Raw("<section><h2>Course of the main variables</h2>");
        if (detail.Trends.Count == 0)
            page.Raw("<p class=\"soft\">None of them was measured in the window.</p>");
        else
        {
            page.Raw("<div class=\"plots\">");
            for (int i = 0; i < detail.Trends.Count; i++)
                TrendPlot.Draw(page, detail.Trends[i], detail.Window, i);
            page.Raw("</div>");
        }
        page.Raw("</section>\n");
    }

    private static void Contributions(PageText page, ResultDetail detail)
    {
        IReadOnlyList<ContributionDetail> all = detail.Explanation.Contributions;
        page.Raw("<section><h2>What contributed to the estimate</h2>");
        page.Add($"<p class=\"soft small\">{ResultWording.NotCauses} Found by {detail.Explanation.Method}: how much the log-odds change when the values are replaced by typical ones (a treatment: when it is taken away). Bars to the right raised the estimate, bars to the left lowered it.</p>");
        int top = Math.Min(all.Count, Math.Max(detail.Explanation.Top, 8));
        double largest = all.Count == 0 ? 1 : Math.Max(1e-9, all.Max(c => Math.Abs(c.LogOdds)));
        Table(page, all.Take(top), largest, detail.Window.AsOf.Offset);
        if (all.Count > top)
        {
            page.Add($"<details><summary>{all.Count - top} smaller {(all.Count - top == 1 ? "contribution" : "contributions")}</summary>");
            Table(page, all.Skip(top), largest, detail.Window.AsOf.Offset);
            page.Raw("</details>");
        }
        page.Raw("</section>\n");
    }

    private static void Table(PageText page, IEnumerable<ContributionDetail> contributions, double largest, TimeSpan offset)
    {
        page.Add($"<table><thead><tr><th scope=\"col\">Variable</th><th scope=\"col\" class=\"num\">Newest value</th><th scope=\"col\">Time ({(offset == TimeSpan.Zero ? "UTC" : DateTimeOffset.UnixEpoch.ToOffset(offset).ToString("zzz", CultureInfo.InvariantCulture))})</th><th scope=\"col\" class=\"bar\">Contribution</th><th scope=\"col\" class=\"num\">Log-odds</th></tr></thead><tbody>");
        foreach (ContributionDetail contribution in contributions)
        {
            page.Add($"<tr><td>{contribution.Title}");
            if (Kind(contribution.Kind) is { } kind)
                page.Add($"<br><span class=\"kind\">{kind}</span>");
            page.Add($"</td><td class=\"num\">{(contribution.Value is { } value ? ResultWording.Value(value, contribution.Unit ?? "") : "")}</td>");
            page.Add($"<td class=\"small\">{(contribution.Effective is { } time ? Clock(time, offset) : "")}</td><td class=\"bar\">");
            Bar(page, contribution.LogOdds, largest);
            page.Add($"</td><td class=\"num\">{contribution.LogOdds:+0.00;−0.00;0.00}</td></tr>");
        }
        page.Raw("</tbody></table>");
    }

    /// <summary>Drawn with attributes, not with style: the policy allows no inline style.</summary>
    private static void Bar(PageText page, double logOdds, double largest)
    {
        double width = Math.Abs(logOdds) / largest * 98;
        string side = logOdds >= 0 ? "raise" : "lower";
        page.Add($"<svg viewBox=\"0 0 200 12\" preserveAspectRatio=\"none\" height=\"12\" aria-hidden=\"true\"><line class=\"grid\" x1=\"100\" x2=\"100\" y1=\"0\" y2=\"12\"/><rect class=\"{side}\" x=\"{(logOdds >= 0 ? 100 : 100 - width)}\" y=\"2\" width=\"{Math.Max(0.5, width)}\" height=\"8\"/></svg>");
    }

    private static void Quality(PageText page, QualityDetail quality)
    {
        VariableDetail[] missing = [.. quality.Variables.Where(v => v.Missing)];
        VariableDetail[] stale = [.. quality.Variables.Where(v => v.Stale)];
        page.Add($"<section><h2>Quality of the data</h2><div class=\"facts\"><div><b>{quality.Used}</b><span class=\"soft small\">values used</span></div><div><b>{quality.Converted}</b><span class=\"soft small\">converted</span></div><div><b>{quality.Rejected.Sum(r => r.Count)}</b><span class=\"soft small\">not used</span></div><div><b>{missing.Length}</b><span class=\"soft small\">variables missing</span></div><div><b>{stale.Length}</b><span class=\"soft small\">variables stale</span></div><div><b>{quality.NotForThisModel}</b><span class=\"soft small\">not for this model</span></div></div><div class=\"cols\">");
        if (missing.Length > 0)
            page.Add($"<div class=\"wide\"><h3>Missing: the estimate was made without</h3><p class=\"small\">{string.Join(", ", missing.Select(v => v.Title))}</p></div>");
        if (stale.Length > 0)
        {
            page.Raw("<div><h3>Stale: newest value too old to be carried</h3><ul class=\"small\">");
            foreach (VariableDetail variable in stale)
                page.Add($"<li>{variable.Title}, {variable.NewestAgeHours ?? 0:0} h old</li>");
            page.Raw("</ul></div>");
        }
        if (quality.Rejected.Count > 0)
        {
            page.Raw("<div><h3>Not used</h3><ul class=\"small\">");
            foreach (RejectionDetail rejected in quality.Rejected)
                page.Add($"<li>{rejected.Count} × {Title(quality, rejected.Variable)}: {rejected.Text}</li>");
            page.Raw("</ul></div>");
        }
        if (quality.Flags.Count > 0)
        {
            page.Raw("<div><h3>Used with a remark</h3><ul class=\"small\">");
            foreach (CountDetail flag in quality.Flags)
                page.Add($"<li>{flag.Count} × {flag.Text}</li>");
            page.Raw("</ul></div>");
        }
        if (quality.Remarks.Count > 0)
        {
            page.Raw("<div><h3>About the stay</h3><ul class=\"small\">");
            foreach (string remark in quality.Remarks)
                page.Add($"<li>{QualityWords.OfRemark(remark)}</li>");
            page.Raw("</ul></div>");
        }
        page.Raw("</div></section>\n");
    }

    private static void Model(PageText page, ResultDetail detail)
    {
        ModelDetail model = detail.Model;
        page.Raw("<section><h2>Model and limits</h2><dl>");
        page.Add($"<dt>Model</dt><dd>{model.Id} {model.Version}</dd><dt>SHA-256</dt><dd>{model.Hash}</dd><dt>Publisher</dt><dd>{model.Publisher} ({model.Licence})</dd><dt>Intended use</dt><dd>{model.IntendedUse}</dd></dl>");
        if (model.Limitations.Count > 0)
        {
            page.Raw("<h3>Limits</h3><ul class=\"small\">");
            foreach (string limit in model.Limitations)
                page.Add($"<li>{limit}</li>");
            page.Raw("</ul>");
        }
        page.Raw("</section>\n");
    }

    private static string Title(QualityDetail quality, string? variable) => quality.Variables.FirstOrDefault(v => v.Id == variable)?.Title ?? variable ?? "other";

    private static string? Kind(string kind) => kind switch
    {
        "treatment" => "treatment, not a finding",
        "demographic" => "patient characteristic",
        "missingness" => "pattern of what was not measured",
        _ => null,
    };

    private static string Clock(DateTimeOffset instant, TimeSpan offset) => instant.ToOffset(offset).ToString("d MMM HH:mm", CultureInfo.InvariantCulture);

    private static string Age(TimeSpan age) => age < TimeSpan.FromMinutes(1)
        ? "at the time of the estimate"
        : string.Create(CultureInfo.InvariantCulture, $"{(age.TotalHours >= 1 ? $"{(int)age.TotalHours} h " : "")}{age.Minutes} min before");
}
