using System.Text.Json;

namespace MedAI.Fhir.Demo;

/// <summary>The index of the samples: what time it is there, and who is in it.</summary>
/// <param name="AsOf">Instant that the demo clock stands at.</param>
public sealed record DemoSamples(DateTimeOffset AsOf, IReadOnlyList<DemoPatient> Patients)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static DemoSamples Read(string folder)
    {
        using var file = File.OpenRead(Path.Combine(folder, "samples.json"));
        return JsonSerializer.Deserialize<DemoSamples>(file, Json) ?? throw new InvalidDataException("samples.json is empty.");
    }
}

/// <param name="Id">Logical id of the Patient.</param>
/// <param name="Expect">prediction, no-card or info: what patient-view answers.</param>
public sealed record DemoPatient(string Id, string Title, string Expect);
