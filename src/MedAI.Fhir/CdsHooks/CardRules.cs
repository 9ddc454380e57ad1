using System.Text.Json;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The rules that every answer of a service keeps before it is sent. An answer that breaks one is our fault and never reaches a clinician.</summary>
/// <remarks>
/// Source: CDS Hooks 2.0.1 "CDS Service Response" and the seven invariants of an answer in the 3.0 models (input/fsh/invariants of HL7/cds-hooks):
/// cds-resp-1 (of suggestions of which at most one is taken at most one is recommended), cds-resp-2 (a delete names what it deletes and brings no resource: this server makes
/// none), cds-resp-3 (an appContext belongs to a smart link), cds-resp-4 (override reasons have a display), cds-resp-5 (an action is described), cds-resp-6 (suggestions say how
/// they are selected), cds-resp-7 (actionSelectionBehavior is one of three words). Those of a request (cds-r-1, and cds-r-2, which is advice and logged) and of feedback (cds-fb-1 to 3)
/// are <see cref="HookRequestValidator"/>'s and <see cref="Feedback.FeedbackRequest"/>'s. No answer has system actions.
/// </remarks>
public static class CardRules
{
    private static readonly string[] Indicators = ["info", "warning", "critical"];

    /// <summary>What is wrong, without any text of a card; empty when all is well.</summary>
    public static IReadOnlyList<string> Problems(CdsResponse response)
    {
        List<string>? problems = null;
        HashSet<string>? uuids = null;
        foreach (var card in response.Cards)
        {
            if (!Guid.TryParseExact(card.Uuid, "D", out _))
                Add("card.uuid is no UUID");
            if (response.Cards.Count > 1 && !(uuids ??= []).Add(card.Uuid))
                Add("card.uuid occurs twice");
            if (card.Summary.Length is 0 or > CardWriter.SummaryLength || card.Summary.AsSpan().IndexOfAny('\r', '\n') >= 0)
                Add("card.summary is not one line of 1 to 139 characters");
            if (card.Detail is { Length: 0 })
                Add("card.detail is empty");
            if (!Indicators.Contains(card.Indicator, StringComparer.Ordinal))
                Add("card.indicator is not info, warning or critical");
            if (string.IsNullOrWhiteSpace(card.Source.Label))
                Add("card.source.label is empty");
            if (card.Source.Url is { } url && !IsAbsolute(url))
                Add("card.source.url is not absolute");
            if (card.Source.Topic is { } topic && !IsComplete(topic))
                Add("card.source.topic lacks a code or system");
            if (card.OverrideReasons is { } reasons && (reasons.Count == 0 || reasons.Any(r => !IsComplete(r) || r.Display.Length == 0)))
                Add("card.overrideReasons lack a code, system or display");
            if (card.Suggestions is { } suggestions && (suggestions.Count == 0 || suggestions.Any(s => !IsWhole(s))))
                Add("card.suggestions lack a label, a UUID, or actions with type, description and resource");
            if (card.Suggestions is null ? card.SelectionBehavior is not null : card.SelectionBehavior is not ("any" or "at-most-one"))
                Add("card.selectionBehavior does not go with the suggestions");
            if (card.SelectionBehavior == "at-most-one" && card.Suggestions?.Count(s => s.IsRecommended == true) > 1)
                Add("card.suggestions are recommended although at most one is taken");
            if (card.Suggestions?.Any(s => s.ActionSelectionBehavior is not (null or "all" or "any" or "at-most-one")) == true)
                Add("card.suggestions have an actionSelectionBehavior that is none");
            if (card.Links is { } links && (links.Count == 0 || links.Any(l => l.Label.Length == 0 || l.Type is not ("absolute" or "smart") || !IsAbsolute(l.Url))))
                Add("card.links lack a label, a type or an absolute URL");
            if (card.Links?.Any(l => l.AppContext is not null && (l.Type != "smart" || l.AppContext.Length == 0)) == true)
                Add("card.links have an appContext that is empty or not on a smart link");
        }
        return problems ?? (IReadOnlyList<string>)[];

        void Add(string problem) => (problems ??= []).Add(problem);
    }

    private static bool IsWhole(CardSuggestion suggestion) =>
        !string.IsNullOrWhiteSpace(suggestion.Label) && Guid.TryParseExact(suggestion.Uuid, "D", out _) && suggestion.Actions.Count > 0
        && suggestion.Actions.All(a => a.Type == "create" && !string.IsNullOrWhiteSpace(a.Description)
            && a.Resource.ValueKind == JsonValueKind.Object && a.Resource.TryGetProperty("resourceType", out _));

    private static bool IsComplete(CardCoding coding) => coding.Code.Length > 0 && coding.System.Length > 0;

    private static bool IsAbsolute(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
