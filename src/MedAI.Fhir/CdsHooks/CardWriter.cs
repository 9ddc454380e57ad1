using System.Globalization;
using System.Text;
using MedAI.Fhir.Access.Links;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Turns an assessment into what a clinician sees: a card, or nothing.</summary>
/// <remarks>
/// A risk below the lowest threshold and a patient that the model was not made for give no card. A patient it was made for with too little data gives one
/// info card that says what is missing and holds no number about the risk.
/// </remarks>
public sealed class CardWriter(PublicAddress address, ResultLinks links, SuggestionWriter suggestions, ScoreClock clock)
{
    /// <summary>The specification allows fewer than 140 characters.</summary>
    internal const int SummaryLength = 139;

    /// <summary>How many missing measurements a card names.</summary>
    private const int MissingNamed = 10;

    /// <summary>True when the risk reached an operating threshold.</summary>
    public static bool ShowsRisk(ResultDetail detail) => detail.Estimates.Any(e => e.Threshold is not null);

    /// <summary>One card, or none below the lowest threshold.</summary>
    public IReadOnlyList<Card> ForRisk(AssessableModel model, AssessmentResult.Assessed assessed, AssessmentRequest request)
    {
        var detail = assessed.Detail;
        if (!ShowsRisk(detail))
            return [];
        var estimate = detail.Estimates.First(e => e.Threshold is not null);
        var threshold = detail.Model.Thresholds.First(t => t.Id == estimate.Threshold);
        var service = model.Manifest.Service;
        var suggested = suggestions.For(model.Manifest, request);
        return
        [
            new Card
            {
                Uuid = request.CardId!,
                Summary = SafeText.Plain($"{service.CardSummary}: {ResultWording.Percent(estimate.Probability)} ({threshold.Title})", SummaryLength),
                Detail = RiskText(detail, estimate, threshold),
                Indicator = threshold.Indicator,
                Source = Source(model.Manifest, address),
                Suggestions = suggested,
                SelectionBehavior = suggested is null ? null : "any",
                OverrideReasons = OverrideReasons.Of(service),
                Links = assessed.ResultId is { } id
                    ? [links.For(request.Request, "Open the full estimate", $"RiskAssessment/{id}")]
                    : null,
            },
        ];
    }

    /// <summary>One info card where only data is missing; otherwise the clinician is left in peace.</summary>
    /// <remarks>Its uuid is the same for the same user, patient, encounter and model, so that a client which shows it again shows the same card.</remarks>
    public IReadOnlyList<Card> ForAbstention(AssessableModel model, Abstention abstention, AssessmentRequest request)
    {
        if (!abstention.EligibleButTooLittleData)
            return [];
        var text = new StringBuilder();
        text.Append("**No estimate.** ").Append(SafeText.Markdown(model.Manifest.Title)).Append(" needs more data about this patient.\n");
        foreach (var reason in abstention.Reasons)
        {
            text.Append("\n- ").Append(SafeText.Markdown(reason.Text, 500));
            if (reason.Missing is { Count: > 0 } missing)
                text.Append(" Missing: ").Append(SafeText.Markdown(Shortened(missing, model), 1000)).Append('.');
        }
        if (clock.Pinned)
            text.Append("\n\n").Append(SafeText.Markdown(ResultWording.DemoClock));
        return
        [
            new Card
            {
                Uuid = request.MissingDataCardId!,
                Summary = SafeText.Plain($"{model.Manifest.Title}: not enough data for an estimate", SummaryLength),
                Detail = text.ToString(),
                Indicator = "info",
                Source = Source(model.Manifest, address),
            },
        ];
    }

    /// <summary>What is charted first comes first; a card is no place for thirty names.</summary>
    private static string Shortened(IReadOnlyList<string> missing, AssessableModel model)
    {
        var main = model.Manifest.Service.TrendVariables.Select(id => model.Model.Variables.Find(id)?.Title).ToArray();
        string[] named = [.. missing.OrderBy(title => Array.IndexOf(main, title) is >= 0 and var place ? place : int.MaxValue).Take(MissingNamed)];
        string list = string.Join(", ", named);
        return missing.Count > named.Length ? string.Create(CultureInfo.InvariantCulture, $"{list} and {missing.Count - named.Length} more") : list;
    }

    private static string RiskText(ResultDetail detail, EstimateDetail estimate, ThresholdDetail threshold)
    {
        var offset = detail.Window.AsOf.Offset;
        var text = new StringBuilder(1500);
        text.Append("**Estimated probability of ").Append(SafeText.Markdown(estimate.OutcomeText)).Append(": ").Append(ResultWording.Percent(estimate.Probability)).Append("**");
        if (estimate is { Low: { } low, High: { } high })
            text.Append(" (spread of the model's members: ").Append(ResultWording.Percent(low)).Append(" to ").Append(ResultWording.Percent(high)).Append(')');
        if (estimate.Band is { } band)
            text.Append(", risk band ").Append(SafeText.Markdown(band.ToLowerInvariant()));
        text.Append(CultureInfo.InvariantCulture,
            $". At \"{SafeText.Markdown(threshold.Title)}\" and above lie {Share(threshold.AlertRate)} of stays; of those, {Share(threshold.Ppv)} had the outcome, and it finds {Share(threshold.Sensitivity)} of all that do.");
        text.Append(CultureInfo.InvariantCulture, $" Base rate: {ResultWording.Percent(detail.Model.BaseRate)}.\n\n");
        text.Append(SafeText.Markdown(ResultWording.Window(detail.Window.TimeZero, detail.Window.AsOf, detail.Window.NewestInput), 400)).Append(".\n\n");

        text.Append("**Contributed most to the model's estimate** (").Append(SafeText.Markdown(ResultWording.NotCauses)).Append(")\n");
        foreach (var contribution in detail.Explanation.Contributions.Take(detail.Explanation.Top))
        {
            text.Append("\n- ").Append(SafeText.Markdown(contribution.Title));
            if (contribution is { Value: { } value, Unit: { } unit, Effective: { } effective })
                text.Append(' ').Append(SafeText.Markdown(ResultWording.Value(value, unit))).Append(" (").Append(SafeText.Markdown(ResultWording.Time(effective, offset))).Append(')');
            if (contribution.Kind is "treatment")
                text.Append(" \\[treatment\\]");
            else if (contribution.Kind is "missingness")
                text.Append(" \\[pattern of what was not measured\\]");
            text.Append(contribution.LogOdds >= 0 ? ": raised it" : ": lowered it");
        }

        var missing = detail.Quality.Variables.Where(v => v.Missing).Select(v => v.Title).ToArray();
        if (missing.Length > 0)
            text.Append("\n\n**Not measured in the window:** ").Append(SafeText.Markdown(string.Join(", ", missing), 1000)).Append('.');
        var stale = detail.Quality.Variables.Where(v => v.Stale).Select(v => v.Title).ToArray();
        if (stale.Length > 0)
            text.Append("\n\n**Too old to count as current:** ").Append(SafeText.Markdown(string.Join(", ", stale), 1000)).Append('.');
        int rejected = detail.Quality.Rejected.Sum(r => r.Count);
        if (rejected > 0)
            text.Append(CultureInfo.InvariantCulture, $"\n\n{rejected} value(s) could not be used; the full estimate says why.");

        text.Append("\n\n*").Append(SafeText.Markdown(detail.Model.TrainingStatement, 1000)).Append(' ').Append(SafeText.Markdown(detail.Model.Caution, 1000)).Append('*');
        if (detail.DemoClock)
            text.Append("\n\n**").Append(SafeText.Markdown(ResultWording.DemoClock)).Append("**");
        return text.ToString();
    }

    internal static CardSource Source(ModelManifest manifest, PublicAddress address)
    {
        var topic = manifest.Service.Topic;
        return new CardSource(SafeText.Plain($"MedAI: {manifest.Title} {manifest.Version}"), address.Origin + CdsHooksEndpoints.Path,
            new CardCoding(topic.Code, topic.System, topic.Display));
    }

    internal static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");
}
