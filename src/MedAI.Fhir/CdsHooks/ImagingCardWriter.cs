using System.Globalization;
using System.Text;
using MedAI.Fhir.Access.Links;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using MedAI.Models.Images;
using MedAI.Models.Packages;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Turns the state of a study's reading into what a clinician sees: the estimate, "in progress", or why there is none.</summary>
/// <remarks>
/// A study that the model was not made for (another modality, body part, age group) gives no card: nobody can act on it. No card calls a study normal.
/// uuids are the same for the same user, study and state, so that a client which shows a card again shows the same one.
/// </remarks>
public sealed class ImagingCardWriter(PublicAddress address, ResultLinks links, ScoreClock clock)
{
    /// <summary>Reasons on which somebody who looks at the study can act.</summary>
    private static readonly string[] NobodyCanAct =
    [
        "wrong-modality", "wrong-body-part", "wrong-view", "age-outside-population", "sex-outside-population", "modality-not-read", "image-too-small", "no-pixel-data", "out-of-distribution",
    ];

    public IReadOnlyList<Card> For(IImagingModel model, StudyReadingRow row, string user, RequestFacts facts) => row.State switch
    {
        StudyReadingState.Queued => [InProgress(model, row, user, facts)],
        StudyReadingState.Reported when row.Detail is { } detail && InterpretationDetail.Read(detail) is { Highest: { } highest } read => [Estimate(model, row, read, highest, user, facts)],
        StudyReadingState.Refused or StudyReadingState.Failed when row.Detail is { } detail => NotRead(model, row, InterpretationDetail.Read(detail), user, facts),
        _ => [],
    };

    private Card Estimate(IImagingModel model, StudyReadingRow row, InterpretationDetail detail, ImageEstimate highest, string user, RequestFacts facts)
    {
        var manifest = model.Package.Manifest;
        var threshold = manifest.Thresholds.FirstOrDefault(t => t.Id == highest.Threshold);
        string state = threshold?.Title ?? "below the threshold; rules nothing out";
        var text = new StringBuilder(1200);
        text.Append("**Estimated probability of ").Append(SafeText.Markdown(highest.OutcomeText)).Append(": ").Append(ResultWording.Percent(highest.Probability)).Append("**");
        if (highest is { Low: { } low, High: { } high })
            text.Append(" (spread of the model's members: ").Append(ResultWording.Percent(low)).Append(" to ").Append(ResultWording.Percent(high)).Append(')');
        text.Append(CultureInfo.InvariantCulture, $". {detail.ImagesRead} image(s) read");
        text.Append(detail.ImagesRead > 1 ? "; the highest estimate is shown." : ".");
        if (threshold is not null)
            text.Append(CultureInfo.InvariantCulture, $" At \"{SafeText.Markdown(threshold.Title)}\" and above lie {CardWriter.Share(threshold.AlertRate)} of images; of those, {CardWriter.Share(threshold.Ppv)} had it, and it finds {CardWriter.Share(threshold.Sensitivity)} of all that do.");
        AppendRefusals(text, detail, "Not read");
        text.Append("\n\nNot verified by a radiologist. *").Append(SafeText.Markdown(manifest.TrainingStatement, 1000)).Append(' ').Append(SafeText.Markdown(manifest.Service.Caution, 1000)).Append('*');
        AppendClock(text);
        return Card(model, row, user, facts, $"{manifest.Service.CardSummary}: {ResultWording.Percent(highest.Probability)} ({state})", text, threshold?.Indicator ?? "info",
            "Open the report with the heatmap") with
        {
            OverrideReasons = OverrideReasons.Of(manifest.Service),
        };
    }

    private Card InProgress(IImagingModel model, StudyReadingRow row, string user, RequestFacts facts)
    {
        var text = new StringBuilder("**No estimate yet.** ").Append(SafeText.Markdown(model.Package.Manifest.Title))
            .Append(": the images are being fetched and read. The result is under the link and on the next opening. Do not wait for it where time counts.");
        AppendClock(text);
        return Card(model, row, user, facts, $"{model.Package.Manifest.Title}: reading in progress", text, "info", "Open the report when it is ready");
    }

    private Card[] NotRead(IImagingModel model, StudyReadingRow row, InterpretationDetail detail, string user, RequestFacts facts)
    {
        if (detail.Refusals.All(r => NobodyCanAct.Contains(r.Code, StringComparer.Ordinal)))
            return [];
        var text = new StringBuilder("**No estimate.** ").Append(SafeText.Markdown(model.Package.Manifest.Title)).Append(" read no image of this study.");
        AppendRefusals(text, detail, "Why");
        AppendClock(text);
        return [Card(model, row, user, facts, $"{model.Package.Manifest.Title}: this study was not read", text, "info", row.State == StudyReadingState.Refused ? "Open the list of reasons" : null)];
    }

    private Card Card(IImagingModel model, StudyReadingRow row, string user, RequestFacts facts, string summary, StringBuilder text, string indicator, string? link)
    {
        ModelManifest manifest = model.Package.Manifest;
        return new Card
        {
            Uuid = IdSource.NameBased(string.Join('|', row.Key, row.State, row.ReportId, user)),
            Summary = SafeText.Plain(summary, CardWriter.SummaryLength),
            Detail = text.ToString(),
            Indicator = indicator,
            Source = CardWriter.Source(manifest, address),
            Links = link is null ? null : [links.For(facts, link, $"DiagnosticReport/{row.ReportId}")],
        };
    }

    private static void AppendRefusals(StringBuilder text, InterpretationDetail detail, string title)
    {
        if (detail.Refusals.Count == 0)
            return;
        text.Append("\n\n**").Append(title).Append("**\n");
        foreach (var refusal in detail.Refusals.Take(10))
            text.Append("\n- ").Append(SafeText.Markdown(refusal.Text, 500));
    }

    private void AppendClock(StringBuilder text)
    {
        if (clock.Pinned)
            text.Append("\n\n").Append(SafeText.Markdown(ResultWording.DemoClock));
    }
}
