using System.Net;
using System.Text.Json;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Samples;

/// <summary>Every demo patient gets from the demo server what the samples promise.</summary>
[Trait("promise", "M-83")]
public sealed class DemoPatientTests(DemoServer demo) : IClassFixture<DemoServer>
{
    public static TheoryData<string, string> Patients
    {
        get
        {
            using var index = JsonDocument.Parse(File.ReadAllBytes(RepositoryRoot.Combine("samples", "samples.json")));
            var data = new TheoryData<string, string>();
            foreach (var patient in index.RootElement.GetProperty("patients").EnumerateArray())
                data.Add(patient.GetProperty("id").GetString()!, patient.GetProperty("expect").GetString()!);
            return data;
        }
    }

    [Theory, MemberData(nameof(Patients))]
    public async Task Demo_patient_is_answered_as_promised(string id, string expect)
    {
        double? risk = await Risk(id);
        var cards = await Cards($"patient-view-{id}.json");
        switch (expect)
        {
            case "prediction":
                Assert.InRange(Assert.NotNull(risk), 0.001, 0.999);
                Assert.InRange(cards.Length, 0, 1);
                break;
            case "info":
                Assert.Null(risk);
                Assert.Equal("info", Assert.Single(cards).GetProperty("indicator").GetString());
                break;
            default:
                Assert.Equal("no-card", expect);
                Assert.Null(risk);
                Assert.Empty(cards);
                break;
        }
    }

    [Fact]
    public async Task Risks_agree_with_how_ill_the_demo_patients_are()
    {
        var risks = new Dictionary<string, double>();
        foreach (string id in Patients.Select(p => p.Data).Where(p => p.Item2 == "prediction").Select(p => p.Item1))
            risks[id] = Assert.NotNull(await Risk(id));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", risks.OrderBy(r => r.Value).Select(r => $"{r.Key} {r.Value:F4}")));
        Assert.True(risks["demo-stable"] < 0.1);
        Assert.True(risks["demo-deteriorating"] > 0.5);
        Assert.Equal("demo-deteriorating", risks.MaxBy(r => r.Value).Key);
        Assert.Empty(await Cards("patient-view-demo-stable.json"));
        Assert.Equal("critical", Assert.Single(await Cards("patient-view-demo-deteriorating.json")).GetProperty("indicator").GetString());
    }

    [Fact]
    public async Task Prefetch_and_store_lead_to_the_same_card()
    {
        var stored = Assert.Single(await Cards("patient-view-demo-deteriorating.json"));
        var prefetched = Assert.Single(await Cards("patient-view-demo-deteriorating-prefetch.json"));
        Assert.Equal(stored.GetProperty("summary").GetString(), prefetched.GetProperty("summary").GetString());
        Assert.Equal(stored.GetProperty("indicator").GetString(), prefetched.GetProperty("indicator").GetString());
    }

    [Fact]
    public async Task Sample_body_of_the_operation_gives_the_risk_of_the_stored_patient()
    {
        byte[] body = await File.ReadAllBytesAsync(RepositoryRoot.Combine("samples", "requests", "assess-risk-demo-recovering.json"), TestContext.Current.CancellationToken);
        var (status, answer, response) = await demo.Server.PostAsync("/fhir/$assess-risk", body, "application/fhir+json");
        using (answer)
        using (response)
        {
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(await Risk("demo-recovering"), Percentage(answer.RootElement));
        }
    }

    private async Task<double?> Risk(string id)
    {
        var (status, answer, response) = await demo.Server.PostAsync($"/fhir/Patient/{id}/$assess-risk", ReadOnlyMemory<byte>.Empty, "application/fhir+json");
        using (answer)
        using (response)
        {
            if (status == HttpStatusCode.UnprocessableEntity)
                return null;
            Assert.Equal(HttpStatusCode.OK, status);
            return Percentage(answer.RootElement);
        }
    }

    private static double Percentage(JsonElement assessment) => assessment.GetProperty("prediction")[0].GetProperty("probabilityDecimal").GetDouble() / 100;

    private async Task<JsonElement[]> Cards(string request)
    {
        byte[] body = await File.ReadAllBytesAsync(RepositoryRoot.Combine("samples", "requests", request), TestContext.Current.CancellationToken);
        var (status, answer, response) = await demo.Server.PostAsync("/cds-services/icu-mortality", body);
        using (answer)
        using (response)
        {
            Assert.True(status == HttpStatusCode.OK, answer.RootElement.GetRawText());
            return [.. answer.RootElement.GetProperty("cards").EnumerateArray().Select(c => c.Clone())];
        }
    }
}
