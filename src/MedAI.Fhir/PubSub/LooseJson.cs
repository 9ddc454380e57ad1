using System.Text.Json;

namespace MedAI.Fhir.PubSub;

/// <summary>Reads members whatever the case of their names: senders of these messages disagree on it.</summary>
internal static class LooseJson
{
    public static JsonElement Member(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return default;
        foreach (var member in element.EnumerateObject())
        {
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return member.Value;
        }
        return default;
    }

    /// <summary>Text of a member; numbers stand for their digits.</summary>
    public static string? Text(JsonElement element, string name)
    {
        var value = Member(element, name);
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
    }

    public static IEnumerable<JsonElement> Items(JsonElement element) => element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];
}
