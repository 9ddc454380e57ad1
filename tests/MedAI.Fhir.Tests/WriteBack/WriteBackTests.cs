using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Sources.Upstream;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.WriteBack;

public sealed class WriteBackTests : IAsyncLifetime
{
    private static readonly string[] Retry = ["--WriteBack:Mode", "Fhir", "--WriteBack:RetrySeconds", "1", "--WriteBack:LongestPauseSeconds", "1"];

    private readonly HeardLog _log = new();
    private HospitalFhir _hospital = null!;
    private WritableFhir _fhir = null!;

    public async ValueTask InitializeAsync()
    {
        _hospital = await HospitalFhir.StartAsync(TimeProvider.System);
        _fhir = new WritableFhir(_hospital);
    }

    public ValueTask DisposeAsync() => _hospital.DisposeAsync();

    private Task<MedAIServer> ServerAsync(string? folder = null, params string[] more) =>
        MedAIServer.StartAsync(folder, [.. _log.Levels, .. _hospital.Settings(), .. Retry, .. more], builder => builder.Logging.AddProvider(_log));

    /// <summary>A result for a patient of the hospital.</summary>
    private static async Task<string> AssessAsync(MedAIServer server)
    {
        string body = """{"resourceType":"Parameters","parameter":[{"name":"asOf","valueDateTime":"2026-03-02T08:00:00Z"}]}""";
        return (await server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", body)).AssertOk().Id;
    }

    private static async Task<DeliveryRow> EndAsync(MedAIServer server, string result, DeliveryState state = DeliveryState.Delivered)
    {
        var store = server.App.Services.GetRequiredService<IResourceStore>();
        for (int i = 0; i < 300; i++)
        {
            if (await store.FindDeliveryAsync(result, TestContext.Current.CancellationToken) is { } row && row.State == state)
                return row;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("The delivery did not end: " + await store.FindDeliveryAsync(result, TestContext.Current.CancellationToken));
    }

    [Fact, Trait("promise", "M-554")]
    public async Task Nothing_is_written_unless_it_is_switched_on()
    {
        await using var server = await MedAIServer.StartAsync(_hospital.Settings());
        string id = await AssessAsync(server);
        Assert.Null(await server.App.Services.GetRequiredService<IResourceStore>().FindDeliveryAsync(id, TestContext.Current.CancellationToken));
        Assert.Equal(0, _fhir.Posts);
        Assert.DoesNotContain(_hospital.Fhir.Requests, r => r.Path.EndsWith("/metadata", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-554")]
    public async Task Result_and_its_Provenance_reach_the_hospital_in_one_transaction()
    {
        await using var server = await ServerAsync();
        string id = await AssessAsync(server);
        var row = await EndAsync(server, id);
        var result = Assert.Single(_fhir.Of("RiskAssessment"));
        var provenance = Assert.Single(_fhir.Of("Provenance"));
        Assert.Equal(1, _fhir.Posts);
        Assert.Equal("RiskAssessment/" + result["id"], row.Place);
        Assert.Equal(row.Place, (string?)provenance["target"]![0]!["reference"]);
        // In the words of the server that keeps it.
        Assert.Equal("Patient/demo-deteriorating", (string?)result["subject"]!["reference"]);
        Assert.All(result["basis"]!.AsArray(), b => Assert.Matches("^(Observation|Encounter|Patient|Procedure|Location)/", (string?)b!["reference"]));
        Assert.StartsWith(server.FhirBase + "/Device/", (string?)result["performer"]!["reference"], StringComparison.Ordinal);
        Assert.Equal($"{server.FhirBase}#{id}", (string?)result["meta"]!["source"]);
        Assert.Equal(["AIAST", "NOPAT"], result["meta"]!["security"]!.AsArray().Select(s => (string?)s!["code"]));
        // The estimate to the digit.
        string own = (await server.GetAsync("/fhir/RiskAssessment/" + id)).AssertOk().Json.GetProperty("prediction").GetRawText();
        Assert.Equal(JsonNode.Parse(own)!.ToJsonString(), result["prediction"]!.ToJsonString());
        // A copy claims no profile of ours, and keeps it all the same.
        var judged = result.DeepClone();
        judged["meta"]!["profile"] = new JsonArray(MedAIProfiles.RiskAssessment);
        (judged["meta"]!["versionId"], judged["meta"]!["lastUpdated"]) = ("1", "2026-03-02T08:00:00Z");
        CollectedResources.Add(Encoding.UTF8.GetBytes(judged.ToJsonString()));

        // The same result again is not another one.
        Assert.Equal(id, await AssessAsync(server));
        Assert.Equal(1, _fhir.Posts);
        Assert.DoesNotContain(_log.Lines, l => l.Contains(HospitalFhir.TokenStem, StringComparison.Ordinal) || l.Contains("demo-deteriorating", StringComparison.Ordinal));
    }

    [Theory, Trait("promise", "M-555")]
    [InlineData(false, true, "RiskAssessment,Provenance,DocumentReference", "RiskAssessment,Provenance")]
    [InlineData(true, false, "RiskAssessment,Provenance", "RiskAssessment,Provenance")]
    [InlineData(true, true, "RiskAssessment,DocumentReference", "DocumentReference")]
    [InlineData(false, false, "DocumentReference", "DocumentReference")]
    public async Task CapabilityStatement_decides_on_the_form(bool transactions, bool conditional, string types, string written)
    {
        (_fhir.Transactions, _fhir.Conditional) = (transactions, conditional);
        _fhir.Types.Clear();
        _fhir.Types.AddRange(types.Split(','));
        await using var server = await ServerAsync();
        string id = await AssessAsync(server);
        await EndAsync(server, id);
        Assert.Equal(written.Split(','), _fhir.Kept.Select(r => (string)r["resourceType"]!));
        if (_fhir.Of("Provenance").SingleOrDefault() is { } provenance)
            Assert.Equal("RiskAssessment/" + _fhir.Kept[0]["id"], (string?)provenance["target"]![0]!["reference"]);
        if (_fhir.Of("DocumentReference").SingleOrDefault() is { } document)
        {
            var inside = JsonNode.Parse(Convert.FromBase64String((string)document["content"]![0]!["attachment"]!["data"]!))!;
            Assert.Equal(("RiskAssessment", id, "NOPAT"), ((string?)inside["resourceType"], (string?)inside["id"], (string?)document["meta"]!["security"]![1]!["code"]));
            Assert.Equal("Patient/demo-deteriorating", (string?)document["subject"]!["reference"]);
        }
    }

    [Fact, Trait("promise", "M-555")]
    public async Task Form_that_is_rejected_gives_way_to_the_next()
    {
        _fhir.Refuse = path => path switch
        {
            "" => 422,
            "RiskAssessment" => 405,
            _ => null,
        };
        await using var server = await ServerAsync();
        await EndAsync(server, await AssessAsync(server));
        Assert.Equal("DocumentReference", (string?)Assert.Single(_fhir.Kept)["resourceType"]);
    }

    [Fact, Trait("promise", "M-555")]
    public async Task Server_that_takes_no_form_ends_the_delivery_and_the_log_names_the_result()
    {
        _fhir.Types.Clear();
        await using var server = await ServerAsync();
        string id = await AssessAsync(server);
        await EndAsync(server, id, DeliveryState.Refused);
        Assert.Contains(_log.Lines, l => l.Contains(id, StringComparison.Ordinal) && l.Contains("not-supported", StringComparison.Ordinal));
        (await server.GetAsync("/fhir/RiskAssessment/" + id)).AssertOk();
    }

    [Theory, Trait("promise", "M-556")]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(403)]
    public async Task Result_waits_while_the_hospital_does_not_take_it(int status)
    {
        _fhir.Refuse = _ => status;
        await using var server = await ServerAsync();
        string id = await AssessAsync(server);
        var store = server.App.Services.GetRequiredService<IResourceStore>();
        for (int i = 0; i < 200 && (await store.FindDeliveryAsync(id, TestContext.Current.CancellationToken))!.Attempts < 2; i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True((await store.FindDeliveryAsync(id, TestContext.Current.CancellationToken))!.Attempts >= 2);
        Assert.Empty(_fhir.Kept);
        _fhir.Refuse = null;
        await EndAsync(server, id);
        Assert.Equal(2, _fhir.Kept.Count);
    }

    [Fact, Trait("promise", "M-556")]
    public async Task Result_outlives_a_restart_and_a_hospital_that_was_down()
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        try
        {
            string id;
            _fhir.Refuse = _ => 503;
            await using (var server = await ServerAsync(folder))
                id = await AssessAsync(server);
            Assert.Empty(_fhir.Kept);
            _fhir.Refuse = null;
            await using var again = await ServerAsync(folder);
            await EndAsync(again, id);
            Assert.Equal(2, _fhir.Kept.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory, Trait("promise", "M-556")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Answer_that_is_lost_leaves_one_result_there(bool transactions, bool conditional)
    {
        (_fhir.Transactions, _fhir.Conditional, _fhir.LoseAnswer) = (transactions, conditional, true);
        await using var server = await ServerAsync();
        var row = await EndAsync(server, await AssessAsync(server));
        Assert.Equal(1, row.Attempts);
        Assert.Single(_fhir.Of("RiskAssessment"));
        Assert.Equal(row.Place, (string?)Assert.Single(_fhir.Of("Provenance"))["target"]![0]!["reference"]);
    }

    [Fact, Trait("promise", "M-554")]
    public async Task Write_back_without_a_hospital_stops_the_start()
    {
        var stopped = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync("--WriteBack:Mode", "Fhir"));
        Assert.Contains("Upstream:Base", stopped.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-554")]
    public async Task Results_of_other_patients_stay_here()
    {
        await using var server = await ServerAsync(null, "--demo");
        string own = (await server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk().Id;
        Assert.Null(await server.App.Services.GetRequiredService<IResourceStore>().FindDeliveryAsync(own, TestContext.Current.CancellationToken));
    }
}
