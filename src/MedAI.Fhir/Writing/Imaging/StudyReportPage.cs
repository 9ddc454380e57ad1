using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MedAI.Fhir.Interpretations;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Draws the reading of a study as one HTML page for people: what was read, image and heatmap side by side, estimates, refusals, model and limits.</summary>
/// <remarks>
/// Complete in itself: no script, no font and no style from elsewhere, pictures inline, so that it can be printed, archived and shown under
/// <see cref="ContentSecurityPolicyOf"/>. Everything that came from outside is encoded; the patient's name is not on it.
/// </remarks>
public static class StudyReportPage
{
    private const string Unread = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M12 3 22 20H2z\" stroke-linejoin=\"round\"/><path d=\"M12 10v5M12 17.6v.1\"/></svg>";

    /// <summary>Value of the Content-Security-Policy header to send with a stored page: its own style sheet, its inline pictures, and nothing from anywhere else.</summary>
    /// <remarks>Taken from the page itself, because a page keeps the style sheet of the version that wrote it.</remarks>
    public static string ContentSecurityPolicyOf(ReadOnlySpan<byte> page)
    {
        int start = page.IndexOf("<style>"u8), end = page.IndexOf("</style>"u8);
        string style = start >= 0 && end > start ? $"'sha256-{Convert.ToBase64String(SHA256.HashData(page[(start + "<style>".Length)..end]))}'" : "'none'";
        return $"default-src 'none'; style-src {style}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
    }

    /// <returns>UTF-8 HTML.</returns>
    internal static byte[] Render(StudyInterpretation interpretation, IReadOnlyList<ImagePart> parts, ReportContext context)
    {
        ModelManifest manifest = interpretation.Manifest;
        var page = Begin(manifest, context);
        if (parts.Count > 0)
            page.Raw("<p class=\"banner unread\" role=\"note\">").Raw(Unread).Add($"<span>{InterpretationWording.Unverified}</span></p>\n");
        else
            page.Raw("<p class=\"banner unread\" role=\"note\">").Raw(Unread).Raw("<span>Nothing of this study was read. The model says nothing about it.</span></p>\n");
        Summary(page, interpretation, parts, context);
        foreach (ImagePart part in parts)
            Image(page, part, manifest);
        Refusals(page, interpretation);
        if (parts.Count > 0)
            page.Add($"<section class=\"caution\"><h2>Before you rely on it</h2><p>{InterpretationWording.LowIsNotAbsent}</p><p>{manifest.TrainingStatement} {manifest.Service.Caution}</p></section>\n");
        Model(page, DetailParts.Model(manifest, interpretation.Model));
        return End(page, context, interpretation.StudyStarted);
    }

    /// <summary>The page while the study is being read.</summary>
    internal static byte[] RenderRegistered(ModelManifest manifest, ModelIdentity model, string studyUid, ReportContext context)
    {
        var page = Begin(manifest, context);
        page.Raw("<p class=\"banner unread\" role=\"status\">").Raw(Unread).Raw("<span>Reading in progress. Nothing is known yet.</span></p>\n");
        page.Raw("<section><h2>What happens now</h2><p>The images of the study are fetched and read in the background. Open this page again for the result; it is not for findings that cannot wait.</p>");
        page.Add($"<dl><dt>Study</dt><dd class=\"uid\">{InterpretationWording.ShortUid(studyUid)}</dd><dt>Started</dt><dd>{Clock(context.Created, null)}</dd></dl></section>\n");
        Model(page, DetailParts.Model(manifest, model));
        return End(page, context, null);
    }

    private static PageText Begin(ModelManifest manifest, ReportContext context)
    {
        var page = new PageText();
        page.Raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\">");
        page.Add($"<title>AI reading: {manifest.Title}</title><style>").Raw(StudyPageStyle.Css).Raw("</style></head>\n<body><main>");
        page.Add($"<header><div><div class=\"soft small\">AI reading of an imaging study</div><h1>{manifest.Title}</h1></div><div class=\"soft small\">{(context.SubjectReference.StartsWith("urn:", StringComparison.Ordinal) ? "" : context.SubjectReference)}");
        if (context.EncounterReference is { } encounter)
            page.Add($" · {encounter}");
        page.Raw("</div></header>\n");
        if (context.DemoClock)
            page.Add($"<p class=\"banner\" role=\"note\">{ResultWording.DemoClock}</p>\n");
        return page;
    }

    private static byte[] End(PageText page, ReportContext context, DateTimeOffset? study)
    {
        page.Add($"<footer>Report {context.ReportId}, made {Clock(context.Created, study)} by {context.Trigger}. Artificial-intelligence assertion (AIAST). Pictures are reduced and for orientation only, not for diagnosis.</footer>");
        page.Raw("</main></body></html>\n");
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static void Summary(PageText page, StudyInterpretation interpretation, IReadOnlyList<ImagePart> parts, ReportContext context)
    {
        page.Add($"<section><h2>What was read</h2><div class=\"facts\"><div><span class=\"soft small\">images read</span><b>{parts.Count} of {interpretation.Images.Count(i => i.SopUid is not null)}</b></div>");
        if (interpretation.StudyStarted is { } started)
            page.Add($"<div><span class=\"soft small\">study</span><b>{Clock(started, started)}</b></div>");
        page.Add($"<div><span class=\"soft small\">report</span><b>{Clock(context.Created, interpretation.StudyStarted)}</b></div>");
        page.Add($"<div><span class=\"soft small\">study UID</span><b class=\"uid\">{InterpretationWording.ShortUid(interpretation.StudyUid)}</b></div></div>");
        page.Add($"<p class=\"small soft\">{InterpretationWording.Coverage(interpretation)}.</p></section>\n");
    }

    private static void Image(PageText page, ImagePart part, ModelManifest manifest)
    {
        Estimate main = part.Prediction.Estimates[0];
        string label = InterpretationWording.Label(part.Reading, part.Number - 1);
        string heading = string.Create(CultureInfo.InvariantCulture, $"h{part.Number}");
        page.Add($"<section aria-labelledby=\"{heading}\"><h2 id=\"{heading}\">{InterpretationWording.Capital(label)}");
        if (part.Reading.SopUid is { } sop)
            page.Add($" <span class=\"soft uid\">SOP {InterpretationWording.ShortUid(sop)}</span>");
        page.Raw("</h2><div class=\"pictures\">");
        Picture(page, "The image, in the model's grey scale", $"The {label} in the grey scale of the model; bright is dense. {part.Read.Source.Columns} by {part.Read.Source.Rows} pixels are stored.", HeatmapPicture.Grey(part.Read.Display), null);
        if (part.Map is { } map)
        {
            Picture(page, "Where the evidence lies", $"The {label} with colours over it where the evidence for {main.OutcomeText} lies. Estimate {ResultWording.Percent(main.Value.Value)}.", part.Overlay,
                map.HasEvidence ? Legend : "<p class=\"small soft\">No place of this image speaks for the finding.</p>");
        }
        page.Raw("</div>");
        if (part.Map is not null)
            page.Add($"<p class=\"small soft\">{InterpretationWording.MapMeaning}</p>");
        for (int i = 0; i < part.Prediction.Estimates.Count; i++)
            Estimate(page, part, i, manifest);
        IReadOnlyList<string> remarks = part.Prediction.Quality.Remarks;
        if (remarks.Count > 0)
        {
            page.Raw("<h3>Remarks about this image</h3><ul class=\"small\">");
            foreach (string remark in remarks)
                page.Add($"<li>{ImageRemarkWords.Of(remark)}</li>");
            page.Raw("</ul>");
        }
        page.Raw("</section>\n");
    }

    private static void Picture(PageText page, string caption, string alternative, byte[] png, string? below)
    {
        page.Add($"<figure><figcaption>{caption}</figcaption><img alt=\"{alternative}\" src=\"data:image/png;base64,").Raw(Convert.ToBase64String(png)).Raw("\">");
        page.Raw(below ?? "").Raw("</figure>");
    }

    private static void Estimate(PageText page, ImagePart part, int index, ModelManifest manifest)
    {
        Estimate estimate = part.Prediction.Estimates[index];
        bool main = index == 0;
        IReadOnlyList<ManifestThreshold> thresholds = main ? manifest.Thresholds : index <= manifest.Findings.Count ? manifest.Findings[index - 1].Thresholds : [];
        string shade = estimate.Threshold?.Indicator is "info" or "warning" or "critical" ? estimate.Threshold.Indicator : "soft";
        page.Add($"<div class=\"risk estimate\"><div><p class=\"soft\">Estimated probability of {estimate.OutcomeText}</p><div class=\"number\">{ResultWording.Percent(estimate.Value.Value)}</div>");
        if (estimate.Interval is var (low, high))
            page.Add($"<p class=\"soft\">members of the model: {ResultWording.Percent(low.Value)} to {ResultWording.Percent(high.Value)}</p>");
        if (estimate.Band is { } band)
            page.Add($"<span class=\"tag soft\">{band.Display}</span>");
        page.Add($"<span class=\"tag {shade}\">{(estimate.Threshold is { } reached ? $"threshold {InterpretationWording.ShortTitle(reached.Title)}" : "below every threshold")}</span></div><div>");
        RiskScale.Draw(page, DetailParts.Estimate(estimate), [.. DetailParts.Thresholds(thresholds).Select(t => t with { Title = InterpretationWording.ShortTitle(t.Title) })],
            main ? manifest.Outcome.BaseRate : null, string.Create(CultureInfo.InvariantCulture, $"{part.Number}-{index}"));
        page.Raw("</div></div>");
        Thresholds(page, thresholds, estimate);
        if (estimate.Interval is not null)
            page.Add($"<p class=\"small soft\">{InterpretationWording.IntervalMeaning}</p>");
        if (main)
            page.Add($"<p class=\"small soft\">Base rate {ResultWording.Percent(manifest.Outcome.BaseRate)} in {manifest.Outcome.BaseRateCohort}. Where the finding is rarer, fewer of the images above a threshold have it.</p>");
    }

    private static void Thresholds(PageText page, IReadOnlyList<ManifestThreshold> thresholds, Estimate estimate)
    {
        if (thresholds.Count == 0)
            return;
        page.Raw("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Threshold (measured on images not used in training)</th><th scope=\"col\" class=\"num\">Value</th><th scope=\"col\" class=\"num\">Images that reach it</th><th scope=\"col\" class=\"num\">With the finding, of these (PPV)</th><th scope=\"col\" class=\"num\">Findings caught (sensitivity)</th><th scope=\"col\">This image</th></tr></thead><tbody>");
        foreach (ManifestThreshold threshold in thresholds)
        {
            page.Add($"<tr><td>{threshold.Title}</td><td class=\"num\">{ResultWording.Percent(threshold.Value)}</td><td class=\"num\">{ResultWording.Percent(threshold.AlertRate)}</td><td class=\"num\">{ResultWording.Percent(threshold.Ppv)}</td><td class=\"num\">{ResultWording.Percent(threshold.Sensitivity)}</td><td>{(estimate.Value.Value >= threshold.Value ? "reached" : "below")}</td></tr>");
        }
        page.Raw("</tbody></table></div>");
    }

    private static void Refusals(PageText page, StudyInterpretation interpretation)
    {
        IReadOnlyList<(string Labels, string Reason)> refusals = InterpretationWording.Refusals(interpretation);
        if (refusals.Count == 0)
            return;
        page.Raw("<section><h2>What was not read, and why</h2><table><thead><tr><th scope=\"col\">Not read</th><th scope=\"col\">Reason</th></tr></thead><tbody>");
        foreach ((string labels, string reason) in refusals)
            page.Add($"<tr><td>{InterpretationWording.Capital(labels)}</td><td>{reason}</td></tr>");
        page.Raw("</tbody></table></section>\n");
    }

    private static void Model(PageText page, ModelDetail model)
    {
        page.Raw("<section><h2>Model and limits</h2><dl>");
        page.Add($"<dt>Model</dt><dd>{model.Id} {model.Version}</dd><dt>SHA-256</dt><dd class=\"uid\">{model.Hash}</dd><dt>Publisher</dt><dd>{model.Publisher} ({model.Licence})</dd><dt>Intended use</dt><dd>{model.IntendedUse}</dd></dl>");
        if (model.Limitations.Count > 0)
        {
            page.Raw("<h3>Limits</h3><ul class=\"small\">");
            foreach (string limit in model.Limitations)
                page.Add($"<li>{limit}</li>");
            page.Raw("</ul>");
        }
        page.Raw("</section>\n");
    }

    /// <summary>The colours as they look over a middle grey.</summary>
    private static readonly string Legend = LegendOf();

    private static string LegendOf()
    {
        const int Steps = 28;
        var svg = new StringBuilder("<div class=\"legend small soft\"><span>weak</span><svg viewBox=\"0 0 140 8\" role=\"img\" aria-label=\"Colours from transparent over violet, red and orange to light yellow\">");
        for (int i = 0; i < Steps; i++)
        {
            (byte r, byte g, byte b) = HeatColours.Over(128, (i + 0.5) / Steps);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{i * 5}\" width=\"5.2\" height=\"8\" fill=\"#{r:x2}{g:x2}{b:x2}\"/>");
        }
        return svg.Append("</svg><span>strongest place of this image</span></div>").ToString();
    }

    /// <summary>A time by the clock of the place where the study was made.</summary>
    private static string Clock(DateTimeOffset instant, DateTimeOffset? study) => ResultWording.Time(instant, (study ?? instant).Offset);
}
