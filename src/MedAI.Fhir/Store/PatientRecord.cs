using System.Text.Json;

namespace MedAI.Fhir.Store;

/// <summary>Gathers a patient's record: the compartment, and the Locations and Specimens that it refers to without their saying whose they are.</summary>
internal static class PatientRecord
{
    public static List<StoredResource> Read(ResourceQueries queries, string patientId)
    {
        var record = queries.ResourcesOfPatient(patientId);
        var held = new HashSet<string>(StringComparer.Ordinal);
        foreach (var resource in record)
        {
            if (resource.Type == "Specimen")
                held.Add("Specimen/" + resource.Id);
        }

        int own = record.Count;
        for (int i = 0; i < own; i++)
        {
            var json = record[i].Json;
            if (record[i].Type == "Encounter" && json.Span.IndexOf("\"location\""u8) >= 0)
            {
                using var encounter = JsonDocument.Parse(json);
                if (encounter.RootElement.TryGetProperty("location", out var places) && places.ValueKind == JsonValueKind.Array)
                {
                    foreach (var place in places.EnumerateArray())
                    {
                        if (place.ValueKind == JsonValueKind.Object && place.TryGetProperty("location", out var reference))
                            Follow(queries, reference, "Location", held, record);
                    }
                }
            }
            else if (record[i].Type == "Observation" && json.Span.IndexOf("\"specimen\""u8) >= 0)
            {
                using var observation = JsonDocument.Parse(json);
                if (observation.RootElement.TryGetProperty("specimen", out var reference))
                    Follow(queries, reference, "Specimen", held, record);
            }
        }
        return record;
    }

    /// <remarks>Only relative references: an absolute one means another server's resource, which may share its id with one of ours.</remarks>
    private static void Follow(ResourceQueries queries, JsonElement reference, string type, HashSet<string> held, List<StoredResource> record)
    {
        if (LocalReference.Id(reference, type) is { } id && held.Add($"{type}/{id}") && queries.Resource(type, id, null) is { Deleted: false } found)
            record.Add(found);
    }
}
