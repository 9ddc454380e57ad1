using System.Text;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Tests.Store;

public sealed class BundleImportTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private const string Stay =
        """
        {"resourceType":"Bundle","type":"collection","entry":[
          {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p1","birthDate":"1950-01-01"}},
          {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Encounter","id":"e1","meta":{"lastUpdated":"2026-01-02T03:04:05Z","profile":["x"]},
            "subject":{"reference":"urn:uuid:1"},"location":[{"location":{"reference":"urn:uuid:3"}}]}},
          {"fullUrl":"urn:uuid:3","resource":{"resourceType":"Location","id":"icu"}},
          {"resource":{"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/p1"},"encounter":{"reference":"urn:uuid:2"},"valueQuantity":{"value":1.50}}},
          {"resource":{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1/_history/3"}}},
          {"resource":{"resourceType":"Observation","id":"o2","subject":{"reference":"https://other.example/fhir/Patient/p1"}}},
          {"resource":{"resourceType":"Observation","id":"o3","subject":{"reference":"Group/p1"}}}
        ]}
        """;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Bundle_becomes_a_patient_record_with_local_references()
    {
        await using var store = _folder.Open();

        var receipt = await store.ImportBundleAsync(Encoding.UTF8.GetBytes(Stay), TimeProvider.System, None);

        Assert.Null(receipt.Failure);
        Assert.Equal(7, receipt.Resources);
        var record = await store.ReadPatientRecordAsync("p1", None);
        Assert.Equal(["AllergyIntolerance/a1", "Encounter/e1", "Location/icu", "Observation/o1", "Patient/p1"],
            record.Select(r => $"{r.Type}/{r.Id}").Order(StringComparer.Ordinal));
        Assert.Equal(
            """{"resourceType":"Encounter","id":"e1","meta":{"versionId":"1","lastUpdated":"2026-01-02T03:04:05.000Z","profile":["x"]},"""
            + """ "subject":{"reference":"Patient/p1"},"location":[{"location":{"reference":"Location/icu"}}]}""".TrimStart(),
            StoreFolder.Text(record.Single(r => r.Id == "e1")));
        using var observation = JsonDocument.Parse(record.Single(r => r.Id == "o1").Json);
        Assert.Equal("Encounter/e1", observation.RootElement.GetProperty("encounter").GetProperty("reference").GetString());
        Assert.Equal("1.50", observation.RootElement.GetProperty("valueQuantity").GetProperty("value").GetRawText());
        Assert.Equal("1", observation.RootElement.GetProperty("meta").GetProperty("versionId").GetString());
        // Another server's patient and a group are nobody's record here.
        Assert.NotNull(await store.ReadAsync("Observation", "o2", null, None));
        Assert.NotNull(await store.ReadAsync("Observation", "o3", null, None));
    }

    [Fact]
    public async Task Same_bundle_imported_again_changes_nothing()
    {
        await using var store = _folder.Open();
        for (int start = 0; start < 3; start++)
            Assert.Equal(7, (await store.ImportBundleAsync(Encoding.UTF8.GetBytes(Stay), TimeProvider.System, None)).Resources);

        Assert.Equal("7", _folder.Ask("SELECT count(*) FROM resource"));
    }

    [Fact]
    public async Task Changed_resource_of_a_bundle_alone_gets_a_version()
    {
        await using var store = _folder.Open();
        await store.ImportBundleAsync(Encoding.UTF8.GetBytes(Stay), TimeProvider.System, None);
        await store.ImportBundleAsync(Encoding.UTF8.GetBytes(Stay.Replace("1.50", "1.51", StringComparison.Ordinal)), TimeProvider.System, None);

        Assert.Equal("8", _folder.Ask("SELECT count(*) FROM resource"));
        Assert.Equal(2, (await store.ReadAsync("Observation", "o1", null, None))!.Version);
    }

    [Theory]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"a"}},{"resource":{"resourceType":"Patient"}}]}""", "Bundle.entry[1]")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"a"}},{"resource":{"resourceType":"Patient","id":"a"}}]}""", "Bundle.entry[1]")]
    [InlineData("""{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient","id":"a"},"request":{"method":"DELETE","url":"Patient/a"}}]}""", "Bundle.entry[0].request.method")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":{}}""", "Bundle.entry")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[7]}""", "Bundle.entry[0]")]
    [InlineData("""{"resourceType":"Bundle","type":"searchset","entry":[]}""", "Bundle.type")]
    [InlineData("""{"resourceType":"Patient","id":"a"}""", "$")]
    [InlineData("[]", "$")]
    public async Task Bundle_that_cannot_be_stored_whole_is_not_stored_at_all(string bundle, string place)
    {
        await using var store = _folder.Open();

        var receipt = await store.ImportBundleAsync(Encoding.UTF8.GetBytes(bundle), TimeProvider.System, None);

        Assert.Equal(FailureCode.MalformedRequest, receipt.Failure!.Code);
        Assert.Equal(place, Assert.Single(receipt.Failure.Issues).Expression);
        Assert.Equal("0", _folder.Ask("SELECT count(*) FROM resource"));
    }

    [Fact]
    public async Task Bundle_that_is_not_strict_JSON_is_refused()
    {
        await using var store = _folder.Open();

        var receipt = await store.ImportBundleAsync("""{"resourceType":"Bundle","type":"collection","type":"batch"}"""u8.ToArray(), TimeProvider.System, None);

        Assert.Equal(FailureCode.DuplicateMember, receipt.Failure!.Code);
    }
}
