using System.Text;
using System.Text.Json.Nodes;
using MedAI.Samples.Fhir;
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

        int number = 0;
        foreach (var file in files)
            texts[$"requests/patient-view-{file.Stay.Id}.json"] = TryOutRequests.PatientView(file, ++number);
        foreach (var file in files.Where(f => f.Stay.Id is "demo-recovering" or "demo-deteriorating"))
            texts[$"requests/patient-view-{file.Stay.Id}-prefetch.json"] = TryOutRequests.PatientViewWithPrefetch(file, ++number);
        texts["requests/assess-risk-demo-recovering.json"] = TryOutRequests.AssessRisk(files.Single(f => f.Stay.Id == "demo-recovering"));

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
        });
        return texts;
    }

    /// <summary>Writes the files below a folder.</summary>
    public static void Write(string folder, long seed = SampleStays.DefaultSeed)
    {
        foreach (var (path, text) in Make(seed))
        {
            string file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
    }

    private static string Word(SampleExpectation expectation) => expectation switch
    {
        SampleExpectation.Prediction => "prediction",
        SampleExpectation.NoCard => "no-card",
        _ => "info",
    };
}
