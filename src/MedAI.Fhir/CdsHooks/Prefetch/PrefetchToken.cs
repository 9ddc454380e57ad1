using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.CdsHooks.Prefetch;

/// <summary>What stands between {{ and }} in a prefetch template: a closed subset of FHIRPath, and nothing else.</summary>
/// <remarks>
/// Source: CDS Hooks 3.0 "Prefetch tokens containing Simpler FHIRPath". A token is a union (|) of paths from <c>context</c> or from the value of another prefetch key
/// (<c>%key</c>) through members, <c>ofType(ResourceType)</c> and <c>resolve()</c>; or <c>today()</c> plus or minus days; or the id of the user. Values of several nodes are
/// joined with commas. <c>resolve()</c> fetches nothing: it finds the resource in the context or in a prefetch value, else it knows type and id of the reference. Tokens come
/// from our own configuration; what a client sends is data and never an expression. Immutable and thread-safe.
/// </remarks>
public sealed partial class PrefetchToken
{
    private const int LongestToken = 500;
    private const int MostPaths = 8;
    private const int MostSteps = 16;

    private static readonly string[] UserTokens = ["userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId"];

    private readonly Path[] _union;

    private PrefetchToken(Path[] union)
    {
        _union = union;
        Keys = [.. union.Where(p => p.Start == Start.Key).Select(p => p.Name).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Where a path begins.</summary>
    private enum Start
    {
        Context,
        Key,
        Today,
        User,
    }

    private enum StepKind
    {
        Member,
        OfType,
        Resolve,
    }

    /// <summary>Prefetch keys whose values the token needs.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The root-level context field, or the user's id, that it stands for: all that CDS Hooks 2.0 knows. Null for anything else.</summary>
    public string? Simple => _union is [{ Start: Start.Context, Steps: [{ Kind: StepKind.Member } only] }] ? "context." + only.Name
        : _union is [{ Start: Start.User } user] ? user.Name
        : null;

    /// <param name="text">What stands between the braces.</param>
    public static PrefetchToken? TryRead(string text)
    {
        if (text.Length > LongestToken)
            return null;
        string[] parts = text.Split('|', StringSplitOptions.TrimEntries);
        if (parts.Length > MostPaths)
            return null;
        var union = new Path[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (ReadPath(parts[i]) is not { } path)
                return null;
            union[i] = path;
        }
        return new PrefetchToken(union);
    }

    /// <summary>The value, escaped for a query; null when there is none, or one that is no simple value.</summary>
    public string? Resolve(PrefetchValues values)
    {
        var texts = new List<string>();
        foreach (var path in _union)
        {
            if (!Resolve(path, values, texts))
                return null;
        }
        return texts.Count == 0 ? null : string.Join(',', texts.Distinct(StringComparer.Ordinal).Select(Uri.EscapeDataString));
    }

    private static Path? ReadPath(string text)
    {
        if (Today().Match(text) is { Success: true } today)
        {
            int days = today.Groups["days"].Success ? int.Parse(today.Groups["days"].ValueSpan, CultureInfo.InvariantCulture) : 0;
            return new Path(Start.Today, "", today.Groups["sign"].Value == "-" ? -days : days, []);
        }
        if (UserTokens.Contains(text, StringComparer.Ordinal))
            return new Path(Start.User, text, 0, []);
        string[] parts = text.Split('.');
        if (parts.Length is < 2 or > MostSteps)
            return null;
        var key = Variable().Match(parts[0]);
        if (parts[0] != "context" && !key.Success)
            return null;
        var steps = new Step[parts.Length - 1];
        for (int i = 1; i < parts.Length; i++)
        {
            if (parts[i] == "resolve()")
                steps[i - 1] = new Step(StepKind.Resolve, "");
            else if (OfType().Match(parts[i]) is { Success: true } type)
                steps[i - 1] = new Step(StepKind.OfType, type.Groups["type"].Value);
            else if (Member().IsMatch(parts[i]))
                steps[i - 1] = new Step(StepKind.Member, parts[i]);
            else
                return null;
        }
        return key.Success ? new Path(Start.Key, key.Groups["key"].Value, 0, steps) : new Path(Start.Context, "", 0, steps);
    }

    private static bool Resolve(Path path, PrefetchValues values, List<string> texts)
    {
        switch (path.Start)
        {
            case Start.Today:
                texts.Add(values.Today.AddDays(path.Days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                return true;
            case Start.User:
                // userPractitionerRoleId stands for the id of a user who is a PractitionerRole.
                if (values.UserId?.Split('/') is [var type, var id] && path.Name == $"user{type}Id")
                    texts.Add(id);
                return true;
        }
        var nodes = new List<Node>();
        if (path.Start == Start.Context)
            nodes.Add(new Node(values.Context, null, null));
        else
            nodes.AddRange(values.Of(path.Name).Select(root => new Node(root, null, null)));
        foreach (var step in path.Steps)
        {
            var next = new List<Node>();
            foreach (var node in nodes)
                Follow(step, node, values, next);
            if (next.Count > PrefetchValues.MostNodes)
                return false;
            nodes = next;
        }
        foreach (var node in nodes)
        {
            if (node.Text is not { } text || !SimpleValue().IsMatch(text))
                return false;
            texts.Add(text);
        }
        return true;
    }

    private static void Follow(Step step, Node node, PrefetchValues values, List<Node> next)
    {
        switch (step.Kind)
        {
            case StepKind.Member when node.Type is not null:
                // Of a reference that leads elsewhere nothing is known but its id.
                if (step.Name == "id")
                    next.Add(new Node(default, null, node.Id));
                break;
            case StepKind.Member when node.Element.ValueKind == JsonValueKind.Object:
                if (node.Element.TryGetProperty(step.Name, out var member) || node.Element.TryGetProperty(step.Name + "Reference", out member))
                    Flatten(member, next);
                break;
            case StepKind.OfType:
                if ((node.Type ?? FhirJson.String(FhirJson.Member(node.Element, "resourceType"u8))) == step.Name)
                    next.Add(node);
                break;
            case StepKind.Resolve when node.Element.ValueKind is JsonValueKind.Object or JsonValueKind.String:
                string? reference = node.Element.ValueKind == JsonValueKind.String ? node.Element.GetString() : FhirJson.String(FhirJson.Member(node.Element, "reference"u8));
                if (reference is null)
                    break;
                if (values.Find(reference) is { } resource)
                    next.Add(new Node(resource, null, null));
                else if (values.Local(reference) is [var type, var id])
                    next.Add(new Node(default, type, id));
                break;
        }
    }

    /// <summary>A list in FHIRPath is its items. Choice elements (medication[x]) are found by the name without their type.</summary>
    private static void Flatten(JsonElement value, List<Node> next)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            next.Add(new Node(value, null, null));
            return;
        }
        foreach (var item in value.EnumerateArray())
            next.Add(new Node(item, null, null));
    }

    private sealed record Path(Start Start, string Name, int Days, Step[] Steps);

    private readonly record struct Step(StepKind Kind, string Name);

    /// <param name="Type">Of a reference that leads elsewhere: the type that it names.</param>
    /// <param name="Id">The id that it names; without a type: a value.</param>
    private readonly record struct Node(JsonElement Element, string? Type, string? Id)
    {
        public string? Text => Type is not null ? null : Id ?? Element.ValueKind switch
        {
            JsonValueKind.String => Element.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Element.GetRawText(),
            _ => null,
        };
    }

    [GeneratedRegex(@"^today\(\)(\s*(?<sign>[+\-])\s*(?<days>[0-9]{1,4})\s+days?)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 200)]
    private static partial Regex Today();

    [GeneratedRegex(@"^%(?<key>[A-Za-z][A-Za-z0-9_\-]{0,63})\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]{0,63}\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Member();

    [GeneratedRegex(@"^ofType\((?<type>[A-Z][A-Za-z]{1,63})\)\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex OfType();

    /// <summary>Nothing that could say more in a search than a value: no comma, no dollar sign, no blank.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9\-._~:/+|]{1,256}\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex SimpleValue();
}
