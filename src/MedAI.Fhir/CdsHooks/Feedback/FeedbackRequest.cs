using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.CdsHooks.Feedback;

/// <summary>Reads the body of a feedback call (CDS Hooks 2.0, "Feedback"); unknown members are ignored.</summary>
/// <remarks>An override reason may lack its system or display: clients send reasons of their own. Free text reaches the store and nothing else.</remarks>
public static class FeedbackRequest
{
    /// <summary>Entries of one call.</summary>
    public const int MostEntries = 1_000;

    /// <summary>Characters of a comment.</summary>
    public const int LongestComment = 4_000;

    private const int LongestText = 256;
    private const int MostSuggestions = 100;

    /// <returns>The rows in the order of the body, or every fault with its place.</returns>
    public static (IReadOnlyList<FeedbackRow>? Rows, Failure? Failure) Read(JsonElement body, DateTimeOffset now)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("feedback", out var entries) || entries.ValueKind != JsonValueKind.Array || entries.GetArrayLength() == 0)
            return Refuse("feedback is required: an array with at least one entry.", "$.feedback");
        if (entries.GetArrayLength() > MostEntries)
            return Refuse($"One call holds at most {MostEntries} entries.", "$.feedback");
        var rows = new List<FeedbackRow>(entries.GetArrayLength());
        var issues = new List<FailureIssue>();
        int at = 0;
        foreach (var entry in entries.EnumerateArray())
        {
            var reader = new EntryReader(entry, string.Create(CultureInfo.InvariantCulture, $"$.feedback[{at++}]"), issues);
            if (reader.Read(now) is { } row)
                rows.Add(row);
        }
        return issues.Count > 0 ? (null, new Failure(FailureCode.MalformedRequest, issues)) : (rows, null);
    }

    private static (IReadOnlyList<FeedbackRow>?, Failure?) Refuse(string text, string place) => (null, new Failure(FailureCode.MalformedRequest, text, place));

    private readonly struct EntryReader(JsonElement entry, string place, List<FailureIssue> issues)
    {
        public FeedbackRow? Read(DateTimeOffset now)
        {
            int before = issues.Count;
            if (entry.ValueKind != JsonValueKind.Object)
            {
                Fault("An entry is an object.");
                return null;
            }
            string card = "";
            if (Text(entry, "card", LongestText) is { } named && Guid.TryParse(named, out var uuid))
                card = uuid.ToString("D");
            else
                Fault("card is required: the uuid of a card.", ".card");
            string? outcome = Text(entry, "outcome", LongestText);
            if (outcome is not ("accepted" or "overridden"))
                Fault("outcome is required: accepted or overridden.", ".outcome");
            DateTimeOffset time = default;
            if (Text(entry, "outcomeTimestamp", LongestText) is not { } stamp
                || !DateTimeOffset.TryParseExact(stamp, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time))
                Fault("outcomeTimestamp is required: a date and time like 2026-03-02T08:00:00Z.", ".outcomeTimestamp");
            string suggestions = Suggestions(outcome);
            var (system, code, display, comment) = Reason();
            return issues.Count > before ? null : new FeedbackRow(card, outcome!, time.ToUniversalTime(), system, code, display, comment, suggestions, now);
        }

        /// <summary>Whoever accepted says what (cds-fb-2).</summary>
        private string Suggestions(string? outcome)
        {
            if (!entry.TryGetProperty("acceptedSuggestions", out var accepted))
            {
                if (outcome == "accepted")
                    Fault("acceptedSuggestions is required with outcome accepted.", ".acceptedSuggestions");
                return "";
            }
            if (accepted.ValueKind != JsonValueKind.Array || accepted.GetArrayLength() is 0 or > MostSuggestions)
            {
                Fault($"acceptedSuggestions is an array of 1 to {MostSuggestions} objects.", ".acceptedSuggestions");
                return "";
            }
            var ids = new List<string>();
            foreach (var suggestion in accepted.EnumerateArray())
            {
                if (suggestion.ValueKind == JsonValueKind.Object && Text(suggestion, "id", LongestText) is { Length: > 0 } id && Guid.TryParse(id, out var uuid))
                    ids.Add(uuid.ToString("D"));
                else
                    Fault("An accepted suggestion has an id: the uuid of the suggestion.", ".acceptedSuggestions");
            }
            ids.Sort(StringComparer.Ordinal);
            return string.Join(',', ids.Distinct(StringComparer.Ordinal));
        }

        /// <summary>Whoever gives a reason gives a code or a comment (cds-fb-3).</summary>
        private (string System, string Code, string Display, string Comment) Reason()
        {
            if (!entry.TryGetProperty("overrideReason", out var given))
                return ("", "", "", "");
            if (given.ValueKind != JsonValueKind.Object)
            {
                Fault("overrideReason is an object.", ".overrideReason");
                return ("", "", "", "");
            }
            bool hasReason = given.TryGetProperty("reason", out var reason);
            if (hasReason && reason.ValueKind != JsonValueKind.Object)
            {
                Fault("reason is an object with a code.", ".overrideReason.reason");
                hasReason = false;
            }
            string? comment = Text(given, "userComment", LongestComment);
            if (!hasReason && comment is null)
                Fault("overrideReason holds a reason, a userComment or both.", ".overrideReason");
            if (!hasReason)
                return ("", "", "", comment ?? "");
            string? code = Text(reason, "code", LongestText), display = Text(reason, "display", LongestText);
            if (string.IsNullOrEmpty(code) && string.IsNullOrEmpty(display))
                Fault("reason has a code or a display.", ".overrideReason.reason");
            return (Text(reason, "system", LongestText) ?? "", code ?? "", display ?? "", comment ?? "");
        }

        /// <summary>Null where the member is absent or cannot be used; the latter is a fault. What it holds is never repeated.</summary>
        private string? Text(JsonElement parent, string name, int longest)
        {
            if (!parent.TryGetProperty(name, out var value))
                return null;
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length <= longest)
                return text;
            Fault(string.Create(CultureInfo.InvariantCulture, $"{name} is a text of at most {longest} characters."));
            return null;
        }

        private void Fault(string text, string member = "") => issues.Add(new FailureIssue(text, place + member));
    }
}
