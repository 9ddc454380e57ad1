using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Store.Search;

/// <summary>Reads out of a resource what it is found by.</summary>
/// <remarks>What is not of its type is passed over: a resource with an odd date is stored all the same, and cannot be found by that date.</remarks>
internal static class SearchValueReader
{
    /// <summary>Longest text that is kept for searching; what is longer is found by its beginning.</summary>
    private const int MostText = 200;

    /// <summary>Longest code or reference that is kept, with its system, in bytes: rows of an index are bounded. Addresses from data are shorter.</summary>
    private const int MostKey = 2_000;

    private static readonly string[] Whose = ["subject", "patient", "securityContext"];

    public static SearchValues Read(string type, string id, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return Read(type, id, document.RootElement);
    }

    public static SearchValues Read(string type, string id, JsonElement resource)
    {
        var values = new SearchValues { Patient = PatientOf(type, id, resource) };
        if (SearchParameters.Of(type) is not { } definition)
            return values;
        foreach (var parameter in definition.Parameters)
        {
            if (parameter.Of is not null)
                continue;
            foreach (string path in parameter.Paths)
                Walk(resource, path, parameter, values);
        }
        return values;
    }

    /// <summary>See <see cref="SearchValues.Patient"/>.</summary>
    public static string? PatientOf(string type, string id, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return PatientOf(type, id, document.RootElement);
        }
        catch (JsonException)
        {
            return SearchValues.SomeBody;
        }
    }

    private static string? PatientOf(string type, string id, JsonElement resource)
    {
        if (type == "Patient")
            return $"Patient/{id}";
        // A Provenance is about whom its targets are about; the store knows those.
        if (type == "Provenance")
            return SearchValues.SomeBody;
        foreach (string member in Whose)
        {
            if (!resource.TryGetProperty(member, out var reference))
                continue;
            var (target, _) = Split(Text(reference, "reference") ?? "");
            return IsOfType(target, "Patient") ? target : SearchValues.SomeBody;
        }
        return null;
    }

    /// <summary>True where the reference, relative or absolute, names a resource of the type.</summary>
    internal static bool IsOfType(string target, string type)
    {
        int slash = target.LastIndexOf('/');
        if (slash <= 0 || slash == target.Length - 1)
            return false;
        var before = target.AsSpan(0, slash);
        return before.EndsWith(type, StringComparison.Ordinal) && (before.Length == type.Length || before[^(type.Length + 1)] == '/');
    }

    /// <summary>A reference without its version, and the version.</summary>
    internal static (string Target, string Version) Split(string reference)
    {
        int history = reference.IndexOf("/_history/", StringComparison.Ordinal);
        return history < 0 ? (reference, "") : (reference[..history], reference[(history + "/_history/".Length)..]);
    }

    private static void Walk(JsonElement element, ReadOnlySpan<char> path, SearchParameter parameter, SearchValues values)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Walk(item, path, parameter, values);
        }
        else if (path.IsEmpty)
        {
            Add(element, parameter, values);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            int dot = path.IndexOf('.');
            if (element.TryGetProperty(dot < 0 ? path : path[..dot], out var member))
                Walk(member, dot < 0 ? [] : path[(dot + 1)..], parameter, values);
        }
    }

    private static void Add(JsonElement element, SearchParameter parameter, SearchValues values)
    {
        switch (parameter.Kind)
        {
            case SearchKind.Token:
                AddToken(element, parameter, values);
                break;
            case SearchKind.Reference:
                if (Text(element, "reference") is { Length: > 0 } reference && reference[0] != '#' && Fits(reference))
                {
                    var (target, version) = Split(reference);
                    values.References.Add(new ReferenceValue(parameter.Key, target, version));
                }
                break;
            case SearchKind.Date:
                if (Interval(element) is { } interval)
                    values.Dates.Add(new DateValue(parameter.Key, interval));
                break;
            case SearchKind.Number:
                if (element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number))
                    values.Numbers.Add(new NumberValue(parameter.Key, number));
                break;
            case SearchKind.Uri:
                AddToken(parameter.Key, "", Text(element), values);
                break;
            default:
                if (Text(element) is { Length: > 0 } text)
                {
                    string kept = text.Length <= MostText ? text : text[..MostText];
                    values.Texts.Add(new TextValue(parameter.Key, FoldedText.Of(kept), kept));
                }
                break;
        }
    }

    /// <summary>A code, a Coding, a CodeableConcept or an Identifier.</summary>
    private static void AddToken(JsonElement element, SearchParameter parameter, SearchValues values)
    {
        if (element.ValueKind == JsonValueKind.String)
            AddToken(parameter.Key, parameter.System, Text(element), values);
        if (element.ValueKind != JsonValueKind.Object)
            return;
        if (element.TryGetProperty("coding", out var codings) && codings.ValueKind == JsonValueKind.Array)
        {
            foreach (var coding in codings.EnumerateArray())
                AddToken(coding, parameter, values);
        }
        else if ((Text(element, "code") ?? Text(element, "value")) is { } code)
        {
            AddToken(parameter.Key, Text(element, "system") ?? "", code, values);
        }
    }

    private static void AddToken(string key, string system, string? code, SearchValues values)
    {
        if (code is not null && Fits(system + code))
            values.Tokens.Add(new TokenValue(key, system, code));
    }

    private static bool Fits(string key) => Encoding.UTF8.GetByteCount(key) <= MostKey;

    private static DateInterval? Interval(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
            return DateInterval.Parse(element.GetString()!);
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        string? start = Text(element, "start"), end = Text(element, "end");
        var (from, to) = (start is null ? null : DateInterval.Parse(start), end is null ? null : DateInterval.Parse(end));
        // An end that cannot be read is not an open one.
        if ((start is not null && from is null) || (end is not null && to is null) || (from is null && to is null))
            return null;
        return new DateInterval(from?.Low ?? DateInterval.Beginning, to?.High ?? DateInterval.End);
    }

    private static string? Text(JsonElement element, string member) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) ? Text(value) : null;

    private static string? Text(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a pair is no text.
            return null;
        }
    }
}
