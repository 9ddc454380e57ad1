using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MedAI.Samples.Fhir;

/// <summary>JSON that stays small and can still be read and compared: one resource a line.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, NewLine = "\n" };

    public static string Pretty(JsonNode node) => node.ToJsonString(Indented) + "\n";

    /// <summary>A Bundle of type collection.</summary>
    public static string Collection(string id, IEnumerable<JsonObject> resources) =>
        Bundle($"{{\"resourceType\":\"Bundle\",\"id\":\"{id}\",\"type\":\"collection\"", resources.Select(r => (r, (string?)null))) + "\n";

    /// <summary>A Bundle of type searchset, as an EHR puts it into a prefetch.</summary>
    public static string Searchset(IReadOnlyList<JsonObject> matches) =>
        Bundle($"{{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":{matches.Count}", matches.Select(r => (r, (string?)"match")));

    public static string One(JsonNode node) => node.ToJsonString(Compact);

    private static string Bundle(string head, IEnumerable<(JsonObject Resource, string? Mode)> entries)
    {
        var text = new StringBuilder(head);
        string separator = ",\"entry\":[\n";
        bool any = false;
        foreach (var (resource, mode) in entries)
        {
            text.Append(separator)
                .Append("{\"fullUrl\":\"").Append(PatientFile.Base).Append('/').Append((string)resource["resourceType"]!).Append('/').Append((string)resource["id"]!)
                .Append("\",\"resource\":").Append(One(resource));
            if (mode is not null)
                text.Append(",\"search\":{\"mode\":\"").Append(mode).Append("\"}");
            text.Append('}');
            separator = ",\n";
            any = true;
        }
        return text.Append(any ? "\n]}" : "}").ToString();
    }
}
