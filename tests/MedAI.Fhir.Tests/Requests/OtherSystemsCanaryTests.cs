using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.CdsHooks;
using MedAI.Fhir.Tests.Operations.Cohorts;
using MedAI.Fhir.Tests.Operations.Jobs;
using MedAI.Fhir.Tests.PubSub;
using MedAI.Fhir.Tests.Sources.Upstream;
using MedAI.Fhir.Tests.WriteBack;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.Requests;

/// <summary>What identifies a patient on the way between systems: from the hospital's FHIR server, back to it, over the broker, and into the files of a cohort. In answers, in the store, and nowhere else.</summary>
[Trait("promise", "P-15")]
public sealed class OtherSystemsCanaryTests(RabbitServer rabbit) : IClassFixture<RabbitServer>, IAsyncLifetime
{
    private const string Mark = "Xw3Canary";
    private const string Patient = Mark + "-id";
    private const string Assess = $"/fhir/Patient/{Patient}/$assess-risk";
    private const string AtSampleTime = """{"resourceType":"Parameters","parameter":[{"name":"asOf","valueDateTime":"2026-03-02T08:00:00Z"}]}""";

    private readonly Sensors _sensors = new();
    private readonly List<Answer> _failures = [];
    private HospitalFhir _hospital = null!;
    private WritableFhir _writable = null!;
    private FirelyServer _firely = null!;

    /// <summary>Status and body of the hospital's FHIR server in place of its answers to what a path holds; null: as usual.</summary>
    private (string Path, int Status, string Type)? _broken;

    public async ValueTask InitializeAsync()
    {
        _hospital = await HospitalFhir.StartAsync(TimeProvider.System);
        _hospital.Fhir.Change(resource =>
        {
            var planted = JsonNode.Parse(resource.ToJsonString().Replace("demo-deteriorating", Patient, StringComparison.Ordinal))!.AsObject();
            if ((string?)planted["resourceType"] == "Patient")
                CanaryTests.PlantPatient(planted, Mark);
            else
                CanaryTests.Plant(planted, Mark);
            return planted;
        });
        _writable = new WritableFhir(_hospital);
        var asUsual = _hospital.Instead!;
        _hospital.Instead = async context => await BrokenAsync(context) || await asUsual(context);
        _firely = await FirelyServer.StartAsync(rabbit.Address);
        _sensors.Elsewhere = _hospital.Fhir.Upstream.Origin;
    }

    public async ValueTask DisposeAsync()
    {
        await _firely.DisposeAsync();
        await _hospital.DisposeAsync();
        _sensors.Dispose();
    }

    private async Task<bool> BrokenAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        if (path == "/fhir/Group/ward")
        {
            await FhirOfEhr.WriteAsync(context, $$$"""
                {"resourceType":"Group","id":"ward","type":"person","actual":true,"name":"{{{Mark}}}","identifier":[{"value":"{{{Mark}}}"}],
                 "member":[{"entity":{"reference":"Patient/{{{Patient}}}","display":"{{{Mark}}}"}},{"entity":{"reference":"Patient/{{{Mark}}}-nobody"}},{"entity":{"display":"{{{Mark}}}"}}]}
                """);
            return true;
        }
        if (_broken is not var (part, status, type) || !path.Contains(part, StringComparison.Ordinal))
            return false;
        context.Response.StatusCode = status;
        string issue = $$"""{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception","diagnostics":"{{Mark}} at Patient/{{Patient}}"}]}""";
        await FhirOfEhr.WriteAsync(context, type == "text/html" ? $"<html>{Mark}</html>" : issue, type);
        return true;
    }

    private Task<MedAIServer> ServerAsync(params string[] more) => MedAIServer.StartAsync(null,
    [
        .. _sensors.Log.Levels, .. _hospital.Settings(), "--Outbound:BreakAfterFailures", "1000", "--PubSub:Broker", rabbit.Address, "--PubSub:Queue", "medai-canary-" + Guid.NewGuid(), "--PubSub:CollectMilliseconds", "200",
        "--PubSub:RetrySeconds", "1", "--PubSub:ReconnectSeconds", "1", "--WriteBack:RetrySeconds", "1", "--WriteBack:LongestPauseSeconds", "1", .. more,
    ], builder =>
    {
        builder.Services.AddSingleton<MedAI.Fhir.Requests.ScoreClock>(provider => ActivatorUtilities.CreateInstance<MedAI.Fhir.Requests.ScoreClock>(provider, (TimeProvider)new StandingClock(Call.SampleTime)));
        builder.Logging.AddProvider(_sensors.Log);
    });

    private async Task HeardAsync(string text)
    {
        for (int i = 0; i < 600; i++)
        {
            if (_sensors.Log.Lines.Any(l => l.Contains(text, StringComparison.Ordinal)))
                return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"The server never said \"{text}\".");
    }

    private async Task FailAsync(MedAIServer server, string path, string body = AtSampleTime)
    {
        var answer = await server.PostTextAsync(path, body);
        Assert.NotEqual(HttpStatusCode.OK, answer.Status);
        _failures.Add(answer);
    }

    private void AssertSilent(MedAIServer server)
    {
        Assert.NotEmpty(_failures);
        Assert.All(_failures, f => Assert.DoesNotContain(Mark, f.Text + f.Response.Headers, StringComparison.OrdinalIgnoreCase));
        CanaryTests.AssertSilent(_sensors, server.DataFolder, Mark);
        foreach (string secret in (string[])[HospitalFhir.TokenStem, "eyJ", "guest:"])
        {
            Assert.Empty(_sensors.Log.Lines.Where(l => l.Contains(secret, StringComparison.Ordinal)).Take(5));
            Assert.Empty(_sensors.Telemetry.Where(t => t.Contains(secret, StringComparison.Ordinal)).Take(5));
            Assert.All(_failures, f => Assert.DoesNotContain(secret, f.Text, StringComparison.Ordinal));
        }
        // A token is nobody's business, the store's neither.
        Assert.DoesNotContain(_sensors.FilesWith(HospitalFhir.TokenStem, store: "nowhere"), f => f.StartsWith(server.DataFolder, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_leaves_on_the_way_from_and_to_the_hospitals_FHIR_server()
    {
        await using var server = await ServerAsync("--WriteBack:Mode", "Fhir");
        _sensors.Server = server.Origin;
        var good = (await server.PostTextAsync(Assess, AtSampleTime)).AssertOk();
        Assert.Contains(Patient, good.Text, StringComparison.Ordinal);
        await HeardAsync("written to the hospital's FHIR server as");
        Assert.Contains(Patient, Assert.Single(_writable.Of("RiskAssessment")).ToJsonString(), StringComparison.Ordinal);

        foreach (var broken in ((string, int, string)[])[("Observation", 500, "application/fhir+json"), ("Observation", 403, "application/fhir+json"), ("Observation", 200, "text/html"), ("Patient/", 404, "application/fhir+json"), ("Observation", 200, "application/fhir+json")])
        {
            _broken = broken;
            await FailAsync(server, Assess);
        }
        _broken = null;
        await FailAsync(server, $"/fhir/Patient/{Mark}-nobody/$assess-risk");
        _hospital.Fhir.OnSearch = bundle => bundle["link"] = new JsonArray(new JsonObject { ["relation"] = "next", ["url"] = $"https://{Mark}.example.org/Observation?patient={Patient}" });
        await FailAsync(server, Assess);
        _hospital.Fhir.OnSearch = bundle => bundle["entry"]!.AsArray().Add(JsonNode.Parse("""{"resource":{"resourceType":"Observation","id":"@","status":"final","subject":{"reference":"Patient/@-other"},"code":{"text":"@"}}}""".Replace("@", Mark, StringComparison.Ordinal)));
        (await server.PostTextAsync(Assess, AtSampleTime)).AssertOk();
        await HeardAsync("resources of other patients");
        _hospital.Fhir.OnSearch = null;

        // Write-back that is refused in every form, with the hospital's own words in the answer.
        _writable.Refuse = path => path.Length == 0 || char.IsAsciiLetterUpper(path[0]) ? 422 : null;
        (await server.PostTextAsync(Assess, AtSampleTime.Replace("08:00", "07:00", StringComparison.Ordinal))).AssertOk();
        await HeardAsync("is not written to the hospital's FHIR server");
        AssertSilent(server);
    }

    [Fact]
    public async Task Nothing_leaves_over_the_broker()
    {
        await _firely.ListenAsync();
        _firely.Refuse = ("internalServerError", Mark);
        await using var server = await ServerAsync("--WriteBack:Mode", "StorePlan", "--WriteBack:DeadlineMilliseconds", "3000");
        _sensors.Server = server.Origin;
        await HeardAsync("Listening to changes");
        JsonObject Observation(string id, string patient = Patient)
        {
            var observation = new JsonObject { ["resourceType"] = "Observation", ["id"] = id, ["status"] = "final", ["subject"] = new JsonObject { ["reference"] = "Patient/" + patient, ["display"] = Mark } };
            CanaryTests.Plant(observation, Mark);
            return observation;
        }
        await _firely.PublishAsync(FirelyServer.Change(Observation(Mark + "-1")), FirelyServer.Change(Observation(Mark + "-2"), pascal: true));
        await HeardAsync("2 changes of 1 patients");
        await HeardAsync("store-plan-failed");
        _firely.Refuse = null;
        await HeardAsync("written to the hospital's FHIR server as store-plan");
        Assert.Contains(_firely.Kept, k => k.Value.ToJsonString().Contains(Patient, StringComparison.Ordinal));

        foreach (string body in (string[])[$"{Mark} is no JSON", """{"messageType":["urn:message:Firely.Server.Contracts.Messages.V1:ResourcesChangedEvent"],"message":{"changes":[{"reference":{"resourceType":"Observation","resourceId":"@"},"resource":"{ @"}]},"headers":{"fhir-release":"R4"}}""".Replace("@", Mark, StringComparison.Ordinal)])
            await _firely.PublishRawAsync("ResourcesChangedEvent", Encoding.UTF8.GetBytes(body));
        await HeardAsync("A message of changes cannot be read");
        await _firely.PublishAsync("ResourcesChangedLightEvent", "R4", FirelyServer.Change(new JsonObject { ["resourceType"] = "Encounter", ["id"] = Mark + "-gone" }, light: true));
        await _firely.PublishAsync(FirelyServer.Change(Observation(Mark + "-3", Mark + "-nobody")));
        _broken = ("Observation", 500, "application/fhir+json");
        await _firely.PublishAsync(FirelyServer.Change(Observation(Mark + "-4")));
        await FailAsync(server, Assess);
        var trail = server.App.Services.GetRequiredService<IAuditTrail>();
        for (int i = 0; i < 200 && !(await trail.ReadNewestAsync(1000, TestContext.Current.CancellationToken)).Any(r => r is { Trigger: "pubsub:resources-changed", Outcome: "error", Patient.Id: Patient }); i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        _broken = null;
        AssertSilent(server);
    }

    [Fact]
    public async Task Nothing_leaves_by_the_files_of_a_cohort()
    {
        await using var server = await ServerAsync();
        _sensors.Server = server.Origin;
        var ended = await server.ResultAsync(await server.LaterAsync("/fhir/Group/ward/$assess-risk", AtSampleTime));
        var lines = await Cohort.LinesAsync(server.Client, ended);
        Assert.Contains(Patient, Assert.Single(lines["RiskAssessment"]).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(2, lines["OperationOutcome"].Length);
        // The line of a member says whom it is about, and nothing else of him.
        Assert.All(lines["OperationOutcome"], o => Assert.DoesNotContain(Mark, o["issue"]!.ToJsonString(), StringComparison.Ordinal));
        // What is on disk of it is in the store, while it is there and afterwards.
        Assert.Empty(_sensors.FilesWith(Mark, server.DataFolder));

        var accepted = await server.LaterAsync("/fhir/Group/ward/$assess-risk", AtSampleTime);
        await server.ResultAsync(accepted);
        await server.DeleteAsync(accepted.StatusUrl());
        _failures.Add(await server.GetAsync(new Uri(accepted.StatusUrl()).AbsolutePath));
        _failures.Add(await server.ResultAsync(await server.LaterAsync($"/fhir/Group/{Mark}/$assess-risk", AtSampleTime)));
        _failures.Add(await server.PostTextAsync("/fhir/Group/ward/$assess-risk", AtSampleTime));
        _broken = ("Observation", 500, "application/fhir+json");
        var failed = await Cohort.LinesAsync(server.Client, await server.ResultAsync(await server.LaterAsync("/fhir/Group/ward/$assess-risk", AtSampleTime)));
        Assert.All(failed["OperationOutcome"], o => Assert.DoesNotContain(Mark, o["issue"]!.ToJsonString(), StringComparison.Ordinal));
        Assert.All(_failures, f => Assert.NotEqual(HttpStatusCode.OK, f.Status));
        AssertSilent(server);
    }
}
