using System.Text;
using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Reading;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class ReadingCostTests
{
    [Theory, Trait("promise", "M-222")]
    [InlineData(true)]
    [InlineData(false)]
    public void Full_stay_is_read_within_700_bytes_per_Observation(bool versioned)
    {
        const int count = 430;
        (string Code, double Value, string Unit)[] kinds = [("8867-4", 80, "/min"), ("8310-5", 37, "Cel"), ("76534-7", 120, "mm[Hg]"), ("2823-3", 4, "mmol/L"), ("2160-0", 1.1, "mg/dL"), ("9187-6", 100, "mL")];
        var observations = Enumerable.Range(0, count).Select(i => Observation(kinds[i % kinds.Length].Code, kinds[i % kinds.Length].Value + (i / 6 * 0.01), kinds[i % kinds.Length].Unit, i / 6 * 0.3, o =>
        {
            o["id"] = new Guid(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10).ToString();
            o["category"] = Value("""[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]""");
            if (versioned)
                o["meta"] = Value("""{"versionId":"1","lastUpdated":"2150-03-01T12:00:00Z"}""");
        }));
        byte[] body = Encoding.UTF8.GetBytes(Bundle("collection", [Patient(), Encounter(), Icu(), .. observations]).ToJsonString());
        using var document = JsonDocument.Parse(body);
        var request = new ReadingRequest { Documents = [new ClinicalDocument("prefetch.all", document.RootElement)], Patient = new PatientKey("default", Base, "p1"), AsOf = AsOf };
        var reader = new ClinicalDataReader(Variables);
        for (int i = 0; i < 30; i++)
            Assert.Equal(count, reader.Read(request).Timeline().Measurements.Count);

        long before = GC.GetAllocatedBytesForCurrentThread();
        var result = reader.Read(request);
        long perObservation = (GC.GetAllocatedBytesForCurrentThread() - before) / count;
        Assert.NotNull(result.Timeline);
        TestContext.Current.TestOutputHelper?.WriteLine($"{perObservation} bytes per Observation, {body.Length} bytes of JSON");
        Assert.True(perObservation <= 700, $"{perObservation} bytes per Observation");
    }
}
