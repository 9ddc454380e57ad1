using System.Net;
using System.Text.Json;
using MedAI.Fhir.Demo;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Samples;

/// <summary>Every demo study gets from the demo server what the samples promise.</summary>
public sealed class DemoStudyTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private static string[] FilmPaths { get; } = [.. Directory.EnumerateFiles(RepositoryRoot.Combine("samples", "dicom-web"), "metadata.json", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(RepositoryRoot.Combine("samples", "dicom-web"), Path.GetDirectoryName(f)!).Replace('\\', '/'))];

    public static TheoryData<string, string> Studies
    {
        get
        {
            using var index = JsonDocument.Parse(File.ReadAllBytes(RepositoryRoot.Combine("samples", "samples.json")));
            var data = new TheoryData<string, string>();
            foreach (var study in index.RootElement.GetProperty("studies").EnumerateArray())
                data.Add(study.GetProperty("id").GetString()!, study.GetProperty("expect").GetString()!);
            return data;
        }
    }

    [Theory, MemberData(nameof(Studies)), Trait("promise", "M-320")]
    public async Task Demo_study_is_read_or_refused_as_promised(string id, string expect)
    {
        var answer = await InterpretAsync(id);
        if (expect == "refused")
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
            Assert.DoesNotContain("probability", answer.Text, StringComparison.OrdinalIgnoreCase);
            Assert.All(answer.Json.GetProperty("issue").EnumerateArray(), issue => Assert.NotEmpty(issue.GetProperty("details").GetProperty("text").GetString()!));
            return;
        }
        string conclusion = Report(answer.AssertOk()).GetProperty("conclusion").GetString()!;
        Assert.Equal(expect == "partly", conclusion.Contains("Not read:", StringComparison.Ordinal));
        Assert.Equal("partly" == expect ? "1 of 2" : "1 of 1", conclusion.Split("read ")[1][..6]);
        Assert.InRange(Percentage(answer), 0.1, 99.9);
    }

    [Fact, Trait("promise", "M-320")]
    public async Task Refusals_state_the_reason_that_the_sample_is_about()
    {
        Assert.Contains("age-outside-population", (await InterpretAsync("demo-chest-adult")).Text, StringComparison.Ordinal);
        Assert.Contains("wrong-view", (await InterpretAsync("demo-chest-lateral")).Text, StringComparison.Ordinal);
        Assert.Contains("patient-mismatch", (await InterpretAsync("demo-chest-mixed-up")).Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-320")]
    public async Task Clear_film_lies_below_the_threshold_and_patchy_film_above()
    {
        var clear = await InterpretAsync("demo-chest-clear");
        var patchy = await InterpretAsync("demo-chest-patchy");
        Assert.True(Percentage(clear) < 30);
        Assert.True(Percentage(patchy) > 80);
        Assert.Contains("below every threshold", Report(clear).GetProperty("conclusion").GetString()!, StringComparison.Ordinal);
        Assert.Contains("at or above the threshold", Report(patchy).GetProperty("conclusion").GetString()!, StringComparison.Ordinal);
        var page = (await demo.Server.GetAsync($"/fhir/DiagnosticReport/{Report(patchy).GetProperty("id").GetString()}", "text/html")).AssertOk();
        Assert.StartsWith("text/html", page.ContentType, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-321")]
    public async Task Films_are_there_in_demo_mode_only()
    {
        Assert.NotEmpty(FilmPaths);
        await using var hospital = await MedAIServer.StartAsync(Call.Outspoken("chest-xray-pneumonia", "1.0.0"));
        foreach (string path in FilmPaths)
        {
            foreach (string part in (string[])["metadata", "frames/1"])
            {
                (await demo.Server.GetAsync($"{DemoPacs.Path}/{path}/{part}", "*/*")).AssertOk();
                Assert.Equal(HttpStatusCode.NotFound, (await hospital.GetAsync($"{DemoPacs.Path}/{path}/{part}", "*/*")).Status);
            }
        }
    }

    [Theory, Trait("promise", "M-321")]
    [InlineData("studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1/metadata")]
    [InlineData("studies/..%2f..%2fpatients/series/1.2.3.1/instances/1.2.3.1.1/metadata")]
    [InlineData("studies/1.2.3/series/..%2f../instances/..%2f..%2f..%2fsamples.json/frames/1")]
    [InlineData("studies")]
    [InlineData("samples.json")]
    public async Task Nothing_but_the_films_is_served(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await demo.Server.GetAsync($"{DemoPacs.Path}/{path}", "*/*")).Status);

    private Task<Answer> InterpretAsync(string id) => demo.Server.PostTextAsync($"/fhir/ImagingStudy/{id}/$interpret-imaging", """{"resourceType":"Parameters"}""");

    private static JsonElement Report(Answer answer) => answer.Json.GetProperty("entry")[0].GetProperty("resource");

    private static double Percentage(Answer answer) => double.Parse(
        Report(answer).GetProperty("conclusion").GetString()!.Split(" % (members")[0].Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
}
