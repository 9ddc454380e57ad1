using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Sources.Upstream;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.PubSub;

public sealed class PubSubTests(RabbitServer rabbit) : IClassFixture<RabbitServer>, IAsyncLifetime
{
    private readonly MovedClock _clock = new(Call.SampleTime);
    private readonly HeardLog _log = new(LogLevel.Debug);
    private readonly string _queue = "medai-test-" + Guid.NewGuid();
    private HospitalFhir _hospital = null!;
    private FirelyServer _firely = null!;

    public async ValueTask InitializeAsync()
    {
        _hospital = await HospitalFhir.StartAsync(TimeProvider.System);
        _firely = await FirelyServer.StartAsync(rabbit.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _firely.DisposeAsync();
        await _hospital.DisposeAsync();
    }

    private Task<MedAIServer> ServerAsync(params string[] more) => MedAIServer.StartAsync(null,
    [
        .. _log.Levels, .. _hospital.Settings(), "--PubSub:Broker", rabbit.Address, "--PubSub:Queue", _queue, "--PubSub:CollectMilliseconds", "300", "--PubSub:RetrySeconds", "1",
        "--PubSub:ReconnectSeconds", "1", .. more,
    ], builder =>
    {
        // Waits are real, the data's time is theirs.
        builder.Services.AddSingleton<MedAI.Fhir.Requests.ScoreClock>(provider => ActivatorUtilities.CreateInstance<MedAI.Fhir.Requests.ScoreClock>(provider, (TimeProvider)_clock));
        builder.Logging.AddProvider(_log);
    });

    private async Task<MedAIServer> ListeningAsync(params string[] more)
    {
        var server = await ServerAsync(more);
        await HeardAsync("Listening to changes");
        return server;
    }

    private async Task HeardAsync(string text, int times = 1)
    {
        for (int i = 0; i < 600; i++)
        {
            if (_log.Lines.Count(l => l.Contains(text, StringComparison.Ordinal)) >= times)
                return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"The server never said \"{text}\".");
    }

    private static JsonObject Observation(string id = "hr-1", string patient = "Patient/demo-deteriorating", string? source = null)
    {
        var observation = new JsonObject { ["resourceType"] = "Observation", ["id"] = id, ["status"] = "final", ["subject"] = new JsonObject { ["reference"] = patient } };
        if (source is not null)
            observation["meta"] = new JsonObject { ["source"] = source };
        return observation;
    }

    private static async Task<IReadOnlyList<AuditRow>> RowsAsync(MedAIServer server) =>
        [.. (await server.App.Services.GetRequiredService<IAuditTrail>().ReadNewestAsync(1000, TestContext.Current.CancellationToken)).Where(r => r.Trigger == "pubsub:resources-changed")];

    [Fact, Trait("promise", "M-560")]
    public async Task Changes_of_a_patient_are_one_score_in_the_background()
    {
        await using var server = await ListeningAsync();
        await _firely.PublishAsync(FirelyServer.Change(Observation("hr-1")), FirelyServer.Change(Observation("hr-2", _hospital.Fhir.Base + "/Patient/demo-deteriorating"), pascal: true));
        await _firely.PublishAsync(FirelyServer.Change(Observation("hr-3"), "7"));
        await HeardAsync("3 changes of 1 patients");
        var row = Assert.Single(await RowsAsync(server));
        Assert.Equal(("prediction", _hospital.Fhir.Base + "/Patient/demo-deteriorating", "pubsub"), (row.Outcome, row.Patient!.Reference, row.Client));
        (await server.GetAsync("/fhir/RiskAssessment/" + row.ResultId)).AssertOk();
        Assert.DoesNotContain(_log.Lines, l => l.Contains("demo-deteriorating", StringComparison.Ordinal) || l.Contains("guest:", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-561")]
    public async Task What_comes_twice_what_is_our_own_and_what_no_model_reads_is_not_scored()
    {
        await using var server = await ListeningAsync();
        await _firely.PublishAsync(FirelyServer.Change(Observation("hr-1")));
        await HeardAsync("1 changes of 1 patients");
        await _firely.PublishAsync(FirelyServer.Change(Observation("hr-1")));
        await HeardAsync("1 came twice");
        await _firely.PublishAsync(
            FirelyServer.Change(Observation("own", source: server.FhirBase + "#123")),
            FirelyServer.Change(new JsonObject { ["resourceType"] = "RiskAssessment", ["id"] = "r", ["subject"] = new JsonObject { ["reference"] = "Patient/demo-deteriorating" } }),
            FirelyServer.Change(Observation("of-a-group", "Group/1")),
            FirelyServer.Change(Observation("elsewhere", "https://other.example.org/fhir/Patient/demo-deteriorating")));
        await HeardAsync("4 concern no score");
        Assert.Single(await RowsAsync(server));
    }

    [Fact, Trait("promise", "M-560")]
    public async Task Light_event_names_no_patient_and_is_looked_up()
    {
        await using var server = await ListeningAsync();
        var encounter = new JsonObject { ["resourceType"] = "Encounter", ["id"] = "demo-deteriorating-stay" };
        await _firely.PublishAsync("ResourcesChangedLightEvent", "R4", FirelyServer.Change(encounter, light: true));
        await HeardAsync("1 changes of 1 patients");
        Assert.Equal("prediction", Assert.Single(await RowsAsync(server)).Outcome);
        await _firely.PublishAsync("ResourcesChangedLightEvent", "R4", FirelyServer.Change(encounter, "2", "delete", light: true));
        await HeardAsync("1 concern no score");
    }

    [Theory, Trait("promise", "M-561")]
    [InlineData("not json")]
    [InlineData("""{"messageType":["urn:message:Firely.Server.Contracts.Messages.V1:ResourcesChangedEvent"],"message":{"changes":[{"reference":{"resourceType":"Observation"}}]},"headers":{"fhir-release":"R4"}}""")]
    [InlineData("""{"messageType":["urn:message:Firely.Server.Contracts.Messages.V1:ResourcesChangedEvent"],"message":{"changes":[]},"headers":{"fhir-release":"R5"}}""")]
    [InlineData("""{"messageType":["urn:message:Firely.Server.Contracts.Messages.V1:ResourcesChangedEvent"],"message":{"changes":[{"reference":{"resourceType":"Observation","resourceId":"a"},"resource":"{"}]},"headers":{"fhir-release":"R4"}}""")]
    public async Task Message_that_cannot_be_read_does_not_come_for_ever(string body)
    {
        await using var server = await ListeningAsync();
        await _firely.PublishRawAsync("ResourcesChangedEvent", Encoding.UTF8.GetBytes(body));
        await HeardAsync("A message of changes cannot be read");
        await _firely.PublishAsync(FirelyServer.Change(Observation()));
        await HeardAsync("1 changes of 1 patients");
        Assert.Single(_log.Lines, l => l.Contains("A message of changes cannot be read", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-562")]
    public async Task Changes_from_before_the_first_score_and_from_while_we_were_away_are_not_lost()
    {
        await (await ListeningAsync()).DisposeAsync();
        await _firely.PublishAsync(FirelyServer.Change(Observation()));
        await using var server = await ServerAsync();
        await HeardAsync("1 changes of 1 patients");
        Assert.Equal("prediction", Assert.Single(await RowsAsync(server)).Outcome);
    }

    [Fact, Trait("promise", "M-562")]
    public async Task Record_that_cannot_be_had_is_asked_for_again_and_the_message_waits()
    {
        await using var server = await ListeningAsync();
        _hospital.TokenFails = 500;
        await _firely.PublishAsync(FirelyServer.Change(Observation()));
        for (int i = 0; i < 200 && (await RowsAsync(server)).Count == 0; i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal("error", (await RowsAsync(server))[0].Outcome);
        _hospital.TokenFails = null;
        await HeardAsync("1 changes of 1 patients");
        Assert.Equal("prediction", (await RowsAsync(server))[^1].Outcome);
    }

    [Fact, Trait("promise", "M-562")]
    public async Task Broker_that_crashes_is_found_again()
    {
        await using var own = new OwnRabbit();
        await own.Server.InitializeAsync();
        await using var server = await ServerAsync("--PubSub:Broker", own.Server.Address);
        await HeardAsync("Listening to changes");
        own.Server.Kill();
        await HeardAsync("The broker is not there");
        await own.Server.AgainAsync();
        await HeardAsync("Listening to changes", times: 2);
        await using var firely = await FirelyServer.StartAsync(own.Server.Address);
        await firely.PublishAsync(FirelyServer.Change(Observation()));
        await HeardAsync("1 changes of 1 patients");
    }

    [Fact, Trait("promise", "M-563")]
    public async Task Result_and_Provenance_are_one_StorePlan_under_their_own_ids()
    {
        await _firely.ListenAsync();
        await using var server = await ListeningAsync("--WriteBack:Mode", "StorePlan", "--WriteBack:RetrySeconds", "1", "--WriteBack:LongestPauseSeconds", "1", "--WriteBack:DeadlineMilliseconds", "3000");
        // The answer to the first is lost; the second finds it there.
        _firely.Silent = true;
        await _firely.PublishAsync(FirelyServer.Change(Observation()));
        await HeardAsync("written to the hospital's FHIR server as store-plan");
        string id = (await RowsAsync(server)).Last(r => r.Outcome == "prediction").ResultId!;
        Assert.Equal(2, _firely.Kept.Count);
        Assert.Equal(2, _firely.Commands.Count);
        var result = _firely.Kept["RiskAssessment/" + id];
        var provenance = _firely.Kept.Single(k => k.Key.StartsWith("Provenance/", StringComparison.Ordinal)).Value;
        Assert.Equal("RiskAssessment/" + id, (string?)provenance["target"]![0]!["reference"]);
        Assert.Equal("Patient/demo-deteriorating", (string?)result["subject"]!["reference"]);
        Assert.StartsWith(server.FhirBase + "#", (string?)result["meta"]!["source"], StringComparison.Ordinal);
        var command = _firely.Commands.First();
        Assert.Equal("R4", (string?)command["headers"]!["fhir-release"]);
        Assert.Equal(["create", "create"], command["message"]!["instructions"]!.AsArray().Select(i => (string?)i!["operation"]));
        Assert.Contains("urn:message:Firely.Server.Contracts.Messages.V1:ExecuteStorePlanCommand", command["messageType"]!.AsArray().Select(t => (string?)t));

        // What Firely then says of our own write starts no new score.
        await _firely.PublishAsync(FirelyServer.Change(result), FirelyServer.Change(provenance));
        await HeardAsync("2 concern no score");
    }

    [Theory, Trait("promise", "M-563")]
    [InlineData("badRequest", "BadRequestInvalidPayload", "store-plan-rejected")]
    [InlineData("internalServerError", "Error", "store-plan-failed")]
    public async Task StorePlan_that_fails_is_told(string code, string details, string heard)
    {
        await _firely.ListenAsync();
        _firely.Refuse = (code, details);
        await using var server = await ListeningAsync("--WriteBack:Mode", "StorePlan", "--WriteBack:RetrySeconds", "1");
        await _firely.PublishAsync(FirelyServer.Change(Observation()));
        await HeardAsync(heard);
        if (code == "badRequest")
            return;
        _firely.Refuse = null;
        await HeardAsync("written to the hospital's FHIR server as store-plan");
    }

    [Theory, Trait("promise", "M-563")]
    [InlineData("PubSub:Broker must be amqps", "--PubSub:Broker", "amqp://u:secret@rabbit.example.org/")]
    [InlineData("PubSub:Broker must be an address", "--PubSub:Broker", "rabbit.example.org")]
    [InlineData("Upstream:Base", "--Upstream:Base", "")]
    [InlineData("WriteBack:Mode StorePlan needs PubSub:Broker", "--PubSub:Broker", "")]
    public async Task Setting_that_cannot_work_stops_the_start_and_is_named(string named, string setting, string value)
    {
        var stopped = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync([.. _hospital.Settings(), "--PubSub:Broker", rabbit.Address, "--WriteBack:Mode", "StorePlan", setting, value]));
        Assert.Contains(named, stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", stopped.Message, StringComparison.Ordinal);
    }

    /// <summary>A broker that one test may kill.</summary>
    private sealed class OwnRabbit : IAsyncDisposable
    {
        public RabbitServer Server { get; } = new();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
