using System.Text.Json;

namespace MedAI.Fhir.Limits;

/// <summary>How many values a piece of JSON holds: an object is made of each where it becomes a resource in memory, however few bytes it has.</summary>
internal static class ValueCount
{
    /// <summary>Whether there are more than so many; counts no further than that.</summary>
    public static bool Exceeds(JsonElement element, int most)
    {
        int left = most;
        return !Count(element, ref left);
    }

    private static bool Count(JsonElement element, ref int left)
    {
        if (--left < 0)
            return false;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    if (!Count(member.Value, ref left))
                        return false;
                }
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    if (!Count(item, ref left))
                        return false;
                }
                break;
        }
        return true;
    }
}
