using System.Text.Json;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.CdsHooks.Prefetch;

/// <summary>What the tokens of one hook's templates stand for; valid while the request's document lives. Not thread-safe.</summary>
/// <param name="request">Validated.</param>
/// <param name="asOf">Instant of the score: its UTC day is today.</param>
public sealed class PrefetchValues(HookRequest request, DateTimeOffset asOf)
{
    /// <summary>Nodes that a path may reach, and resources that a reference may find.</summary>
    internal const int MostNodes = 1_000;

    private readonly Dictionary<string, List<JsonElement>> _keys = new(StringComparer.Ordinal);
    private Dictionary<string, JsonElement>? _resources;

    public JsonElement Context => request.Context;

    public string? UserId => request.UserId;

    public DateOnly Today { get; } = DateOnly.FromDateTime(asOf.UtcDateTime);

    /// <summary>Values of a prefetch key: a resource, or the pages of a search; none where it has none.</summary>
    public IReadOnlyList<JsonElement> Of(string key) => _keys.GetValueOrDefault(key) ?? [];

    public void Add(string key, JsonElement value)
    {
        if (!_keys.TryGetValue(key, out var values))
            _keys.Add(key, values = []);
        values.Add(value);
        _resources = null;
    }

    /// <summary>The resource that a reference names, where the context or a prefetch value holds it.</summary>
    internal JsonElement? Find(string reference)
    {
        _resources ??= Index();
        return _resources.TryGetValue(reference, out var byUrl) ? byUrl
            : Local(reference) is [var type, var id] && _resources.TryGetValue($"{type}/{id}", out var byId) ? byId
            : null;
    }

    /// <summary>Type and id of a reference into the client's own FHIR server; null for any other.</summary>
    internal string[]? Local(string reference)
    {
        string? own = request.FhirServer?.TrimEnd('/');
        if (own is not null && reference.StartsWith(own + "/", StringComparison.Ordinal))
            reference = reference[(own.Length + 1)..];
        string[] parts = reference.Split('/');
        if (parts is [_, _, "_history", _])
            parts = parts[..2];
        return parts is [{ Length: > 0 } type, { Length: > 0 }] && char.IsAsciiLetterUpper(type[0]) && type.All(char.IsAsciiLetter) ? parts : null;
    }

    private Dictionary<string, JsonElement> Index()
    {
        var found = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (Context.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in Context.EnumerateObject())
                Take(member.Value);
        }
        foreach (var value in _keys.Values.SelectMany(v => v))
            Take(value);
        return found;

        void Take(JsonElement value)
        {
            if (value.ValueKind != JsonValueKind.Object)
                return;
            Name(value, null);
            foreach (var entry in FhirJson.Items(FhirJson.Member(value, "entry"u8)))
                Name(FhirJson.Member(entry, "resource"u8), FhirJson.String(FhirJson.Member(entry, "fullUrl"u8)));
        }

        void Name(JsonElement resource, string? fullUrl)
        {
            if (found.Count >= MostNodes)
                return;
            if (fullUrl is not null)
                found.TryAdd(fullUrl, resource);
            if (FhirJson.String(FhirJson.Member(resource, "resourceType"u8)) is { } type && FhirJson.String(FhirJson.Member(resource, "id"u8)) is { } id)
                found.TryAdd($"{type}/{id}", resource);
        }
    }
}
