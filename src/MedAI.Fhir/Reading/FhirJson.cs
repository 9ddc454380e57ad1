using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Reading;

/// <summary>Reads FHIR JSON elements by their UTF-8 bytes, without strings and without throwing on what senders get wrong.</summary>
internal static class FhirJson
{
    /// <summary>The member's name as sent; escaped names match nothing that we look for.</summary>
    public static ReadOnlySpan<byte> Name(JsonProperty property) => JsonMarshal.GetRawUtf8PropertyName(property);

    /// <summary>UTF-8 of a JSON string without its quotes; empty for anything else. Allocates only where the string holds escapes.</summary>
    public static ReadOnlySpan<byte> Text(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return default;
        var raw = JsonMarshal.GetRawUtf8Value(element)[1..^1];
        return raw.Contains((byte)'\\') ? Unescaped(element) : raw;
    }

    /// <summary>The string, or null where the element is none or holds invalid text.</summary>
    public static string? String(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return null;
        var text = Text(element);
        return text.IsEmpty ? null : Encoding.UTF8.GetString(text);
    }

    public static JsonElement Member(JsonElement element, ReadOnlySpan<byte> name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var found) ? found : default;

    /// <summary>Items of an array; nothing for anything else.</summary>
    public static JsonElement.ArrayEnumerator Items(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : default;

    /// <summary>Values of all <c>reference</c> members, however deep.</summary>
    public static IEnumerable<string> References(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
            return element.EnumerateArray().SelectMany(References);
        return element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().SelectMany(m => m.NameEquals("reference") && m.Value.ValueKind == JsonValueKind.String ? [m.Value.GetString()!] : References(m.Value))
            : [];
    }

    public static bool Is(JsonElement element, ReadOnlySpan<byte> text) => Text(element).SequenceEqual(text);

    /// <summary>Codings of a CodeableConcept.</summary>
    public static JsonElement.ArrayEnumerator Codings(JsonElement concept) => Items(Member(concept, "coding"u8));

    /// <summary>A finite number of a JSON number; FHIR writes numbers as numbers, so a string is none.</summary>
    public static bool TryNumber(JsonElement element, out double value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out value) && double.IsFinite(value);
    }

    public static (JsonElement System, JsonElement Code) Coding(JsonElement coding)
    {
        JsonElement system = default, code = default;
        if (coding.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in coding.EnumerateObject())
            {
                var name = Name(member);
                if (name.SequenceEqual("system"u8))
                    system = member.Value;
                else if (name.SequenceEqual("code"u8))
                    code = member.Value;
            }
        }
        return (system, code);
    }

    private static byte[] Unescaped(JsonElement element)
    {
        try
        {
            return Encoding.UTF8.GetBytes(element.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate escape is legal to the parser and has no text.
            return [];
        }
    }
}
