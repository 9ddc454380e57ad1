using System.Text;
using System.Text.Json;
using MedAI.Fhir.Store;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

/// <summary>What a store promises, on every database.</summary>
public abstract class ResourceStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly IStoreUnderTest _folder;

    private protected ResourceStoreTests(IStoreUnderTest folder) => _folder = folder;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task New_resource_is_read_back_to_the_byte_as_version_1()
    {
        await using var store = _folder.Open();
        var write = Resource("Device", "medai", "\"x\":[1.50,\"é\"]");

        await store.CommitAsync(new StoreTransaction { Resources = [write] }, None);

        var read = await store.ReadAsync("Device", "medai", null, None);
        Assert.Equal(1, read!.Version);
        Assert.Equal(Noon, read.LastUpdated);
        Assert.False(read.Deleted);
        Assert.True(read.Json.Span.SequenceEqual(write.Json.Span));
        Assert.Null(await store.ReadAsync("Device", "other", null, None));
        Assert.Null(await store.ReadAsync("Patient", "medai", null, None));
    }

    [Fact, Trait("promise", "M-590")]
    public async Task Card_knows_whom_it_was_sent_to_and_one_of_before_belongs_to_nobody()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Audit = Audit("a1", null) with { Cards = "card-1,card-2", Tenant = "ehr/north" } }, None);
        await store.CommitAsync(new StoreTransaction { Audit = Audit("a2", null) with { Cards = "card-3" } }, None);
        _folder.Ask("INSERT INTO card (uuid, service, model_id, model_version, issued) VALUES ('card-0', 'icu-mortality', 'icu-mortality', '1.0.0', 0)");
        string?[] owners = [.. await Task.WhenAll(((string[])["card-0", "card-1", "card-2", "card-3"]).Select(async c => (await store.FindCardAsync(c, None))!.Tenant))];
        Assert.Equal([null, "ehr/north", "ehr/north", null], owners);
        Assert.Equal("card-1", (await store.FindCardAsync("card-1", None))!.Uuid);
        Assert.Null(await store.FindCardAsync("card-4", None));
    }

    [Fact]
    public async Task Changed_resource_becomes_the_next_version_and_keeps_the_first()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Device", "d", "\"n\":1.10")] }, None);
        var later = Resource("Device", "d", "\"n\":2.50") with { LastUpdated = Noon.AddHours(1) };

        await store.CommitAsync(new StoreTransaction { Resources = [later] }, None);

        var current = await store.ReadAsync("Device", "d", null, None);
        Assert.Equal(2, current!.Version);
        Assert.Equal("""{"resourceType":"Device","id":"d","meta":{"versionId":"2","lastUpdated":"2026-03-01T13:00:00.000Z"},"n":2.50}""", Text(current));
        Assert.Contains("\"n\":1.10", Text(await store.ReadAsync("Device", "d", 1, None)), StringComparison.Ordinal);
        Assert.Null(await store.ReadAsync("Device", "d", 3, None));
    }

    [Fact]
    public async Task Resource_without_meta_gets_it_when_it_becomes_a_next_version()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Device", "d", "\"n\":1")] }, None);
        var bare = new ResourceWrite("Device", "d", Encoding.UTF8.GetBytes("""{"resourceType":"Device","id":"d","n":"<é>"}"""), Noon, null);

        await store.CommitAsync(new StoreTransaction { Resources = [bare] }, None);

        Assert.Equal("""{"resourceType":"Device","id":"d","meta":{"versionId":"2","lastUpdated":"2026-03-01T12:00:00.000Z"},"n":"<é>"}""",
            Text(await store.ReadAsync("Device", "d", null, None)));
    }

    [Fact]
    public async Task Same_resource_stored_again_at_another_time_keeps_its_version()
    {
        await using var store = _folder.Open();
        for (int start = 0; start < 3; start++)
            await store.CommitAsync(new StoreTransaction { Resources = [Resource("Device", "d", "\"n\":1") with { LastUpdated = Noon.AddDays(start) }] }, None);

        var read = await store.ReadAsync("Device", "d", null, None);
        Assert.Equal(1, read!.Version);
        Assert.Equal(Noon, read.LastUpdated);
    }

    [Fact]
    public async Task Changed_tag_in_meta_is_a_change()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Device", "d")] }, None);
        var tagged = new ResourceWrite("Device", "d", """{"resourceType":"Device","id":"d","meta":{"versionId":"1","tag":[{"code":"AIAST"}]}}"""u8.ToArray(), Noon, null);

        await store.CommitAsync(new StoreTransaction { Resources = [tagged] }, None);

        var read = await store.ReadAsync("Device", "d", null, None);
        Assert.Equal(2, read!.Version);
        Assert.EndsWith("\"tag\":[{\"code\":\"AIAST\"}]}}", Text(read), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resource_from_a_slice_of_a_larger_buffer_is_stored_alone()
    {
        await using var store = _folder.Open();
        var whole = Resource("Device", "d", "\"n\":1");
        byte[] buffer = [.. "xxxx"u8, .. whole.Json.Span, .. "yyyy"u8];

        await store.CommitAsync(new StoreTransaction { Resources = [whole with { Json = buffer.AsMemory(4, whole.Json.Length) }] }, None);

        Assert.True((await store.ReadAsync("Device", "d", null, None))!.Json.Span.SequenceEqual(whole.Json.Span));
    }

    [Fact]
    public async Task Prediction_is_found_by_its_key_and_by_its_result_with_its_detail()
    {
        await using var store = _folder.Open();

        var receipt = await store.CommitAsync(Prediction("r1", "key-1"), None);

        Assert.Null(receipt.ExistingResult);
        foreach (var result in new[] { await store.FindResultAsync("key-1", None), await store.ReadResultAsync("r1", None) })
        {
            Assert.Equal("r1", result!.ResultId);
            Assert.Equal("{\"detail\":\"r1\"}", Encoding.UTF8.GetString(result.Detail.Span));
            Assert.Equal(("RiskAssessment", "r1", 1), (result.Resource.Type, result.Resource.Id, result.Resource.Version));
        }
        Assert.Null(await store.FindResultAsync("key-2", None));
        Assert.Null(await store.ReadResultAsync("prov-r1", None));
    }

    [Fact]
    public async Task Repeated_key_writes_only_the_audit_row_and_gives_the_earlier_result()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(Prediction("r1", "key-1"), None);

        var receipt = await store.CommitAsync(Prediction("r2", "key-1"), None);

        Assert.Equal("r1", receipt.ExistingResult!.ResultId);
        Assert.Equal("{\"detail\":\"r1\"}", Encoding.UTF8.GetString(receipt.ExistingResult.Detail.Span));
        Assert.Null(await store.ReadAsync("RiskAssessment", "r2", null, None));
        Assert.Null(await store.ReadAsync("Provenance", "prov-r2", null, None));
        var rows = await store.ReadNewestAsync(10, None);
        Assert.Equal(["audit-r1", "audit-r2"], rows.Select(r => r.Id));
        // The row names what the caller was answered with, not what was thrown away.
        Assert.Equal(["r1", "r1"], rows.Select(r => r.ResultId));
    }

    [Fact]
    public async Task Abstention_is_kept_without_key_and_result()
    {
        await using var store = _folder.Open();
        var abstention = Prediction("x", "k").Outcome! with { OutcomeId = "o1", Kind = "abstention", IdempotencyKey = null, ResultId = null, Reasons = "too-young" };

        await store.CommitAsync(new StoreTransaction { Outcome = abstention, Audit = Audit("a1", null) with { Outcome = "abstention" } }, None);
        await store.CommitAsync(new StoreTransaction { Outcome = abstention with { OutcomeId = "o2" }, Audit = Audit("a2", null) }, None);

        Assert.Equal("2", _folder.Ask("SELECT count(*) FROM outcome WHERE kind = 'abstention' AND reasons = 'too-young'"));
        Assert.Equal(2, (await store.ReadNewestAsync(10, None)).Count);
    }

    [Fact, Trait("promise", "P-16")]
    public async Task Audit_row_is_read_back_with_every_value()
    {
        await using var store = _folder.Open();
        var full = Audit("a1", null) with { Reasons = "too-old", ResultId = "r9" };
        var bare = new AuditRow { Id = "a2", RequestId = "request-2", Started = Noon, Ended = Noon, Trigger = "read:RiskAssessment", Outcome = "read", Status = 404 };

        await store.CommitAsync(new StoreTransaction { Audit = full }, None);
        await store.CommitAsync(new StoreTransaction { Audit = bare }, None);

        Assert.Equal([full], await store.ReadRequestAsync("request-a1", None));
        Assert.Equal([bare], await store.ReadRequestAsync("request-2", None));
        Assert.Equal([bare], await store.ReadNewestAsync(1, None));
    }

    [Theory, Trait("promise", "P-16")]
    [InlineData("DELETE FROM audit")]
    [InlineData("UPDATE audit SET outcome = 'read'")]
    public async Task Audit_rows_cannot_be_changed(string sql)
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Audit = Audit("a1", "r1") }, None);

        Assert.ThrowsAny<System.Data.Common.DbException>(() => _folder.Ask(sql));
        Assert.Equal("prediction", _folder.Ask("SELECT outcome FROM audit"));
    }

    [Fact, Trait("promise", "P-17")]
    public async Task Failing_audit_row_fails_the_whole_transaction()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(Prediction("r1", "key-1", auditId: "same"), None);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.CommitAsync(Prediction("r2", "key-2", auditId: "same"), None));

        Assert.Null(await store.ReadAsync("RiskAssessment", "r2", null, None));
        Assert.Null(await store.FindResultAsync("key-2", None));
        Assert.Single(await store.ReadNewestAsync(10, None));
    }

    [Fact]
    public async Task Prediction_without_its_resource_is_refused()
    {
        await using var store = _folder.Open();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.CommitAsync(Prediction("r1", "key-1") with { Resources = [] }, None));

        Assert.Null(await store.FindResultAsync("key-1", None));
    }

    [Fact]
    public async Task Patient_record_holds_the_compartment_and_the_places_and_specimens_it_names()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction
        {
            Resources =
            [
                Resource("Patient", "p1", patient: "p1"),
                Resource("Patient", "p2", patient: "p2"),
                Resource("Encounter", "e1", """ "location":[{"location":{"reference":"Location/icu"}},{"location":{"reference":"Location/icu"}},{"location":{"reference":"Location/gone"}}]""", "p1"),
                Resource("Encounter", "e2", """ "location":[{"location":{"reference":"Location/ward"}}]""", "p2"),
                Resource("Encounter", "e3", """ "location":[{"location":{"reference":"https://other.example/fhir/Location/ward"}}]""", "p1"),
                Resource("Observation", "o1", """ "specimen":{"reference":"Specimen/s1"}""", "p1"),
                Resource("Observation", "o2", """ "specimen":{"reference":"Specimen/s2"}""", "p1"),
                Resource("Observation", "o3", patient: "p2"),
                Resource("Specimen", "s1"),
                Resource("Specimen", "s2", patient: "p1"),
                Resource("Location", "icu"),
                Resource("Location", "ward"),
                Resource("Location", "theatre"),
            ],
        }, None);
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Observation", "o1", "\"n\":2", "p1")] }, None);

        var record = await store.ReadPatientRecordAsync("p1", None);

        Assert.Equal(
            ["Encounter/e1", "Encounter/e3", "Location/icu", "Observation/o1", "Observation/o2", "Patient/p1", "Specimen/s2"],
            record.Select(r => $"{r.Type}/{r.Id}").Order(StringComparer.Ordinal));
        Assert.Equal(2, record.Single(r => r.Id == "o1").Version);
        Assert.Empty(await store.ReadPatientRecordAsync("nobody", None));
    }

    [Fact]
    public async Task Resource_that_moved_to_another_patient_leaves_the_first_record()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Observation", "o1", patient: "p1")] }, None);
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Observation", "o1", "\"n\":2", "p2")] }, None);

        Assert.Empty(await store.ReadPatientRecordAsync("p1", None));
        Assert.Single(await store.ReadPatientRecordAsync("p2", None));
    }

    [Fact]
    public async Task List_gives_current_resources_of_the_type_in_id_order_up_to_the_limit()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Patient", "c"), Resource("Patient", "a"), Resource("Patient", "b"), Resource("Device", "d")] }, None);
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Patient", "a", "\"n\":1")] }, None);

        Assert.Equal(["a2", "b1"], (await store.ListAsync("Patient", 2, None)).Select(r => r.Id + r.Version));
        Assert.Equal(3, (await store.ListAsync("Patient", 10, None)).Count);
    }

    [Fact]
    public async Task Healthy_store_says_so_without_writing_at_every_question()
    {
        await using var store = _folder.Open();

        for (int i = 0; i < 50; i++)
            Assert.True(await store.IsHealthyAsync(None));

        Assert.InRange(store.CommittedGroups, 1, 10);
    }

    [Fact]
    public async Task Closed_store_is_unavailable_to_writers_and_readers()
    {
        var store = _folder.Open();
        await store.CommitAsync(Prediction("r1", "k1"), None);
        await store.DisposeAsync();
        await store.DisposeAsync();

        var write = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.CommitAsync(Prediction("r2", "k2"), None));
        var read = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.ReadAsync("Device", "d", null, None));
        Assert.Equal((StoreUnavailableReason.Closed, StoreUnavailableReason.Closed), (write.Reason, read.Reason));
    }

    [Fact]
    public async Task Rewriting_keeps_every_digit_and_unknown_member()
    {
        await using var store = _folder.Open();
        const string Members = """ "a":1.0E+2,"b":0.10000000000000000000000001,"c":null,"_d":{"extension":[{"url":"u","valueDecimal":1.00}]},"e":"\"\\\n\u0001☃"  """;
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Basic", "b", "\"first\":true")] }, None);
        await store.CommitAsync(new StoreTransaction { Resources = [Resource("Basic", "b", Members)] }, None);

        using var read = JsonDocument.Parse((await store.ReadAsync("Basic", "b", null, None))!.Json);
        using var written = JsonDocument.Parse("{" + Members + "}");
        foreach (var member in written.RootElement.EnumerateObject())
        {
            var stored = read.RootElement.GetProperty(member.Name);
            Assert.True(JsonElement.DeepEquals(member.Value, stored), member.Name);
            if (member.Value.ValueKind == JsonValueKind.Number)
                Assert.Equal(member.Value.GetRawText(), stored.GetRawText());
        }
    }
}

public sealed class SqliteResourceStoreTests() : ResourceStoreTests(new StoreFolder());

[Trait("promise", "M-486")]
public sealed class PostgresResourceStoreTests() : ResourceStoreTests(new PostgresOfTest());
