using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MedAI.Models.Packages;

/// <summary>Holds a JSON document against the metadata of a contract type, so that all missing, unknown, repeated and mistyped members are told at once.</summary>
/// <remarks>The serializer itself stops at the first one.</remarks>
internal static class JsonShape
{
    private const int LongestQuote = 60;

    /// <summary>Reads a value of the right shape; null when problems were added.</summary>
    public static T? Read<T>(ReadOnlyMemory<byte> utf8Json, JsonTypeInfo<T> type, ProblemList problems)
        where T : class
    {
        int before = problems.Count;
        try
        {
            using (JsonDocument document = JsonDocument.Parse(utf8Json))
                Check(document.RootElement, type, "$", problems);
            return problems.Count == before ? JsonSerializer.Deserialize(utf8Json.Span, type) : null;
        }
        catch (JsonException e)
        {
            problems.Add(e.Path ?? "$", $"Not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} (comments, trailing commas and a byte order mark are not allowed).");
            return null;
        }
        catch (InvalidOperationException)
        {
            // JsonElement.GetString on a lone surrogate or invalid UTF-8 inside a string.
            problems.Add("$", "A string is not valid Unicode.");
            return null;
        }
    }

    private static void Check(JsonElement element, JsonTypeInfo type, string path, ProblemList problems)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(element, type, path, problems);
                break;
            case JsonTypeInfoKind.Enumerable:
                if (!Is(element, JsonValueKind.Array, "an array", path, problems))
                    return;
                JsonTypeInfo item = type.Options.GetTypeInfo(type.ElementType!);
                int i = 0;
                foreach (JsonElement e in element.EnumerateArray())
                    Check(e, item, $"{path}[{i++}]", problems);
                break;
            case JsonTypeInfoKind.Dictionary:
                if (!Is(element, JsonValueKind.Object, "an object", path, problems))
                    return;
                JsonTypeInfo value = type.Options.GetTypeInfo(type.ElementType!);
                var keys = new HashSet<string>(StringComparer.Ordinal);
                foreach (JsonProperty p in element.EnumerateObject())
                {
                    string member = Member(path, p.Name);
                    problems.Require(keys.Add(p.Name), member, "Occurs more than once.");
                    Check(p.Value, value, member, problems);
                }
                break;
            default:
                CheckLeaf(element, type.Type, path, problems);
                break;
        }
    }

    private static void CheckObject(JsonElement element, JsonTypeInfo type, string path, ProblemList problems)
    {
        if (!Is(element, JsonValueKind.Object, "an object", path, problems))
            return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty p in element.EnumerateObject())
        {
            string member = Member(path, p.Name);
            JsonPropertyInfo? property = type.Properties.FirstOrDefault(x => x.Name == p.Name);
            if (!seen.Add(p.Name))
                problems.Add(member, "Occurs more than once.");
            else if (property is null)
                problems.Add(member, "Unknown member.");
            else if (p.Value.ValueKind != JsonValueKind.Null)
                Check(p.Value, type.Options.GetTypeInfo(property.PropertyType), member, problems);
            else if (!property.IsSetNullable)
                problems.Add(member, "Must not be null.");
        }
        foreach (JsonPropertyInfo p in type.Properties)
            problems.Require(!p.IsRequired || seen.Contains(p.Name), Member(path, p.Name), "Missing.");
    }

    private static void CheckLeaf(JsonElement element, Type type, string path, ProblemList problems)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(JsonElement))
            return;
        if (type == typeof(string))
        {
            if (Is(element, JsonValueKind.String, "a string", path, problems))
                _ = element.GetString();
        }
        else if (type == typeof(double))
        {
            if (Is(element, JsonValueKind.Number, "a number", path, problems))
                problems.Require(element.TryGetDouble(out double d) && double.IsFinite(d), path, "Too large for a number.");
        }
        else if (type == typeof(float))
        {
            if (Is(element, JsonValueKind.Number, "a number", path, problems))
                problems.Require(element.TryGetSingle(out float f) && float.IsFinite(f), path, "Too large for a 32-bit number.");
        }
        else if (type == typeof(int))
        {
            if (Is(element, JsonValueKind.Number, "a whole number", path, problems))
                problems.Require(element.TryGetInt32(out _), path, "Must be a whole number of at most 32 bits.");
        }
        else if (type == typeof(bool))
        {
            problems.Require(element.ValueKind is JsonValueKind.True or JsonValueKind.False, path, $"Must be true or false, not {Name(element.ValueKind)}.");
        }
        else if (type.IsEnum)
        {
            if (Is(element, JsonValueKind.String, "a string", path, problems))
            {
                string[] names = EnumNames(type);
                problems.Require(names.Contains(element.GetString(), StringComparer.Ordinal), path, $"Must be one of: {string.Join(", ", names)}.");
            }
        }
        else
        {
            throw new NotSupportedException($"{type} has no rule.");
        }
    }

    /// <summary>JSON names of an enumeration's members.</summary>
    internal static string[] EnumNames(Type type) =>
        [.. type.GetFields().Where(f => f.IsLiteral).Select(f =>
            f.GetCustomAttributes(typeof(System.Text.Json.Serialization.JsonStringEnumMemberNameAttribute), false) is [System.Text.Json.Serialization.JsonStringEnumMemberNameAttribute a, ..] ? a.Name : f.Name)];

    private static bool Is(JsonElement element, JsonValueKind kind, string words, string path, ProblemList problems)
    {
        problems.Require(element.ValueKind == kind, path, $"Must be {words}, not {Name(element.ValueKind)}.");
        return element.ValueKind == kind;
    }

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => "true or false",
    };

    /// <summary>Path of a member: dotted for plain names, quoted and shortened otherwise.</summary>
    internal static string Member(string path, string name)
    {
        if (name.Length is > 0 and <= LongestQuote && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            return $"{path}.{name}";
        string shortened = name.Length > LongestQuote ? name[..LongestQuote] + "..." : name;
        return $"{path}['{string.Concat(shortened.Select(c => c is < ' ' or '\'' or '\\' or > '~' ? '?' : c))}']";
    }
}
