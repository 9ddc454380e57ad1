using System.Text.Json;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>
/// The seven invariants of an answer in the CDS Hooks 3.0 models, read off the JSON that went over the wire and written without the server's code
/// (HL7/cds-hooks, input/fsh/invariants). Every answer of a service that a test receives goes through them.
/// </summary>
internal static class CdsInvariants
{
    /// <summary>Names of what is violated.</summary>
    public static IReadOnlyList<string> Violated(JsonElement response)
    {
        var violated = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var card in Items(response, "cards"))
        {
            var suggestions = Items(card, "suggestions").ToArray();
            string? selection = Text(card, "selectionBehavior");
            if (selection == "at-most-one" && suggestions.Count(s => s.TryGetProperty("isRecommended", out var r) && r.ValueKind == JsonValueKind.True) > 1)
                violated.Add("cds-resp-1");
            if (suggestions.SelectMany(s => Items(s, "actions")).Concat(Items(response, "systemActions"))
                .Any(a => Text(a, "type") == "delete" && (Text(a, "resourceId") is null || a.TryGetProperty("resource", out _))))
                violated.Add("cds-resp-2");
            if (Items(card, "links").Any(l => Text(l, "type") != "smart" && l.TryGetProperty("appContext", out _)))
                violated.Add("cds-resp-3");
            if (Items(card, "overrideReasons").Any(r => string.IsNullOrEmpty(Text(r, "display"))))
                violated.Add("cds-resp-4");
            if (suggestions.SelectMany(s => Items(s, "actions")).Any(a => string.IsNullOrEmpty(Text(a, "description"))))
                violated.Add("cds-resp-5");
            if (suggestions.Length > 0 && selection is null)
                violated.Add("cds-resp-6");
            if (suggestions.Any(s => s.TryGetProperty("actionSelectionBehavior", out _) && Text(s, "actionSelectionBehavior") is not ("all" or "any" or "at-most-one")))
                violated.Add("cds-resp-7");
        }
        return [.. violated];
    }

    private static IEnumerable<JsonElement> Items(JsonElement parent, string member) =>
        parent.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private static string? Text(JsonElement parent, string member) => parent.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
