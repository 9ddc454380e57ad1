using System.Text.Json.Nodes;
using MedAI.Models.Packages;

namespace MedAI.Models.Tests.Packages;

/// <summary>Finds, reads and changes places of a JSON document by the paths that problems carry.</summary>
internal static class JsonPlaces
{
    /// <summary>Every member and element below a node.</summary>
    public static IEnumerable<string> All(JsonNode node, string path = "$")
    {
        if (node is JsonObject o)
        {
            foreach ((string name, JsonNode? child) in o)
            {
                string at = JsonShape.Member(path, name);
                yield return at;
                foreach (string place in All(child!, at))
                    yield return place;
            }
        }
        else if (node is JsonArray a)
        {
            for (int i = 0; i < a.Count; i++)
            {
                yield return $"{path}[{i}]";
                foreach (string place in All(a[i]!, $"{path}[{i}]"))
                    yield return place;
            }
        }
    }

    public static JsonNode? Get(JsonNode root, string place) => Walk(root, Steps(place));

    public static void Set(JsonNode root, string place, JsonNode? value)
    {
        List<object> steps = Steps(place);
        JsonNode parent = Walk(root, steps.SkipLast(1))!;
        if (steps[^1] is int i)
            parent[i] = value;
        else
            parent[(string)steps[^1]] = value;
    }

    private static JsonNode? Walk(JsonNode root, IEnumerable<object> steps) => steps.Aggregate((JsonNode?)root, (n, s) => s is int i ? n![i] : n![(string)s]);

    private static List<object> Steps(string place)
    {
        var steps = new List<object>();
        foreach (string part in place.Replace("['", "[", StringComparison.Ordinal).Replace("']", "]", StringComparison.Ordinal).Split('.', '[').Skip(1))
        {
            string name = part.TrimEnd(']');
            steps.Add(part.EndsWith(']') && int.TryParse(name, out int i) ? i : name);
        }
        return steps;
    }
}
