using System.Text;
using System.Text.Json.Nodes;
using MedAI.Samples.Fhir;
using MedAI.Samples.Imaging;
using MedAI.Samples.Stays;

namespace MedAI.Samples;

/// <summary>Every file of the samples folder, by its path inside the folder.</summary>
public static class SampleFiles
{
    /// <summary>Makes the texts; the same seed gives the same bytes.</summary>
    public static IReadOnlyDictionary<string, string> Make(long seed = SampleStays.DefaultSeed)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var files = SampleStays.All(seed).Select(stay => new PatientFile(stay)).ToArray();
        foreach (var file in files)
            texts[$"patients/{file.Stay.Id}.json"] = JsonText.Collection(file.Stay.Id, file.Everything);

        texts["groups/demo-patients.json"] = JsonText.Collection("demo-patients", [Resources.Group("demo-patients", "The demo patients", [.. files.Select(f => f.Stay.Id)])]);

        int number = 0;
        foreach (var file in files)
            texts[$"requests/patient-view-{file.Stay.Id}.json"] = TryOutRequests.PatientView(file, ++number);
        foreach (var file in files.Where(f => f.Stay.Id is "demo-recovering" or "demo-deteriorating"))
            texts[$"requests/patient-view-{file.Stay.Id}-prefetch.json"] = TryOutRequests.PatientViewWithPrefetch(file, ++number);
        texts["requests/assess-risk-demo-recovering.json"] = TryOutRequests.AssessRisk(files.Single(f => f.Stay.Id == "demo-recovering"));

        foreach (var (study, file) in Studies())
        {
            texts[$"imaging/{study.Id}.json"] = JsonText.Collection(study.Id, file.Resources);
            foreach (var (place, metadata, _) in file.Films)
                texts[$"dicom-web/{place}/metadata.json"] = JsonText.Pretty(metadata);
        }

        texts["samples.json"] = JsonText.Pretty(new JsonObject
        {
            ["asOf"] = Resources.Instant(SampleStays.AsOf),
            ["patients"] = new JsonArray([.. files.Select(f => (JsonNode)new JsonObject
            {
                ["id"] = f.Stay.Id,
                ["title"] = f.Stay.Title,
                ["encounter"] = f.EncounterId,
                ["expect"] = Word(f.Stay.Expectation),
            })]),
            ["studies"] = new JsonArray([.. SampleStudies.All.Select(s => (JsonNode)new JsonObject
            {
                ["id"] = s.Id,
                ["title"] = s.Title,
                ["expect"] = s.Expectation.ToString().ToLowerInvariant(),
            })]),
        });
        return texts;
    }

    /// <summary>Makes the pixels of the films. A grey value may differ by one between platforms, whose exponential functions differ in the last bit.</summary>
    public static IReadOnlyDictionary<string, byte[]> MakeFrames()
    {
        var frames = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (place, _, frame) in Studies().SelectMany(s => s.File.Films))
            frames[$"dicom-web/{place}/frame-1.raw"] = frame;
        return frames;
    }

    private static IEnumerable<(SampleStudy Study, StudyFile File)> Studies() => SampleStudies.All.Select((study, i) => (study, new StudyFile(study, i + 1)));

    /// <summary>Writes the files below a folder.</summary>
    public static void Write(string folder, long seed = SampleStays.DefaultSeed)
    {
        foreach (var (path, text) in Make(seed))
            File.WriteAllText(Place(folder, path), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (var (path, frame) in MakeFrames())
            File.WriteAllBytes(Place(folder, path), frame);
    }

    private static string Place(string folder, string path)
    {
        string file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return file;
    }

    private static string Word(SampleExpectation expectation) => expectation switch
    {
        SampleExpectation.Prediction => "prediction",
        SampleExpectation.NoCard => "no-card",
        _ => "info",
    };
}
