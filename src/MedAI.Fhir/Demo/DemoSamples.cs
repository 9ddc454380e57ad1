using System.Text.Json;

namespace MedAI.Fhir.Demo;

/// <summary>The index of the samples: what time it is there, and who is in it.</summary>
/// <param name="AsOf">Instant that the demo clock stands at.</param>
/// <param name="Studies">Imaging studies; each has a patient of the same id.</param>
public sealed record DemoSamples(DateTimeOffset AsOf, IReadOnlyList<DemoPatient> Patients, IReadOnlyList<DemoStudy> Studies)
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

/// <param name="Id">Logical id of the ImagingStudy and of its Patient.</param>
/// <param name="Expect">report, partly or refused: what becomes of its images.</param>
public sealed record DemoStudy(string Id, string Title, string Expect);
