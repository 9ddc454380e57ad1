using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Store;
using MedAI.Models.Predictions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.Operations.Jobs;

/// <summary>What a client sees that sends <c>Prefer: respond-async</c>.</summary>
public sealed class AsyncOperationTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Path = "/fhir/Patient/demo-recovering/$assess-risk";

    private MedAIServer Server => demo.Server;

    [Fact, Trait("promise", "M-530")]
    public async Task Accepted_operation_ends_in_a_batch_response_with_the_answer_that_a_waiting_caller_gets()
    {
        var accepted = await Server.LaterAsync(Path);
        Assert.Equal(HttpStatusCode.Accepted, accepted.Status);
        Assert.Equal("respond-async", Assert.Single(accepted.Response.Headers.GetValues("Preference-Applied")));
        Assert.Equal("OperationOutcome", accepted.Json.GetProperty("resourceType").GetString());
        string url = accepted.StatusUrl();
        Assert.Matches("^" + System.Text.RegularExpressions.Regex.Escape(Server.FhirBase) + "/_jobs/[0-9a-f-]{36}$", url);

        var ended = await Server.ResultAsync(accepted);
        var entry = ended.Entry();
        Assert.True(ended.Response.Content.Headers.Expires > DateTimeOffset.UtcNow.AddHours(23), $"{ended.Response.Content.Headers.Expires}");
        Assert.True(ended.Response.Headers.CacheControl!.NoStore);
        var waiting = (await Server.PostTextAsync(Path, "", "")).AssertOk();
        Assert.True(JsonElement.DeepEquals(waiting.Json, entry.GetProperty("resource")));
        Assert.Equal("200", ended.StatusOfEntry());
        Assert.Equal($"{Server.FhirBase}/RiskAssessment/{waiting.Id}", entry.GetProperty("fullUrl").GetString());
        Assert.Equal($"{Server.FhirBase}/RiskAssessment/{waiting.Id}/_history/1", entry.GetProperty("response").GetProperty("location").GetString());

        var xml = await Server.ResultAsync(accepted, "application/fhir+xml");
        Assert.Equal("application/fhir+xml; charset=utf-8", xml.ContentType);
        Assert.Contains(waiting.Id, xml.Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-530")]
    public async Task Result_is_there_for_a_second_look_and_shaped_as_the_request_asked()
    {
        var accepted = await Server.LaterAsync(Path + "?_elements=status&_pretty=true");
        Assert.EndsWith("?_elements=status&_pretty=true", accepted.StatusUrl(), StringComparison.Ordinal);
        for (int look = 0; look < 2; look++)
        {
            var resource = (await Server.ResultAsync(accepted)).Entry().GetProperty("resource");
            Assert.False(resource.TryGetProperty("note", out _));
            Assert.Equal("SUBSETTED", resource.GetProperty("meta").GetProperty("tag")[0].GetProperty("code").GetString());
        }
    }

    [Theory, Trait("promise", "M-530")]
    [InlineData("respond-async, return=minimal", false)]
    [InlineData("return=representation; respond-async", true)]
    [InlineData("handling=strict,respond-async;wait=10", true)]
    public async Task Other_preferences_are_honoured_beside_it(string prefer, bool resource)
    {
        var entry = (await Server.ResultAsync(await Server.LaterAsync(Path, prefer: prefer))).Entry();
        Assert.Equal(resource, entry.TryGetProperty("resource", out _));
        Assert.StartsWith($"{Server.FhirBase}/RiskAssessment/", entry.GetProperty("response").GetProperty("location").GetString(), StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-530")]
    public async Task Every_operation_is_answered_later_as_it_is_answered_now()
    {
        string result = (await Server.PostTextAsync(Path, "", "")).AssertOk().Id;
        foreach (string path in (string[])["/fhir/Patient/demo-stable/$score-all", $"/fhir/RiskAssessment/{result}/$explain", "/fhir/$model-card?model=icu-mortality", "/fhir/ImagingStudy/demo-chest-clear/$interpret-imaging"])
        {
            string? body = path.Contains('?', StringComparison.Ordinal) ? """{"resourceType":"Parameters","parameter":[{"name":"model","valueString":"icu-mortality"}]}""" : null;
            var now = await Server.PostTextAsync(path.Split('?')[0], body ?? "", body is null ? "" : "application/fhir+json");
            var later = await Server.ResultAsync(await Server.LaterAsync(path.Split('?')[0], body));
            Assert.Equal(((int)now.Status).ToString(System.Globalization.CultureInfo.InvariantCulture), later.StatusOfEntry());
            Assert.Equal(now.AssertOk().Json.GetProperty("resourceType").GetString(), later.Entry().GetProperty("resource").GetProperty("resourceType").GetString());
        }
    }

    [Fact, Trait("promise", "M-531")]
    public async Task Failed_operation_is_200_with_its_status_and_outcome_in_the_entry()
    {
        var accepted = await Server.LaterAsync("/fhir/Patient/demo-child/$assess-risk");
        var entry = (await Server.ResultAsync(accepted)).Entry();
        Assert.Equal("422", entry.GetProperty("response").GetProperty("status").GetString());
        Assert.False(entry.TryGetProperty("resource", out _));
        var outcome = entry.GetProperty("response").GetProperty("outcome");
        Assert.Contains("abstained", outcome.ToString(), StringComparison.Ordinal);
        // The correlation id is that of the request which asked.
        Assert.Contains(accepted.RequestId, outcome.ToString(), StringComparison.Ordinal);
        Assert.Equal("404", (await Server.ResultAsync(await Server.LaterAsync("/fhir/Patient/nobody/$assess-risk"))).StatusOfEntry());
    }

    [Fact, Trait("promise", "M-531")]
    public async Task Request_that_breaks_the_declaration_is_refused_at_once()
    {
        (await Server.LaterAsync("/fhir/$assess-risk", """{"resourceType":"Parameters","parameter":[{"name":"nonsense","valueString":"x"}]}""")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await Server.LaterAsync(Path + "?_format=yaml")).AssertFailure(HttpStatusCode.NotAcceptable, "not-acceptable");
        (await Server.LaterAsync(Path, "{")).AssertFailure(HttpStatusCode.BadRequest, "malformed-json");
    }

    [Fact, Trait("promise", "M-532")]
    public async Task Deleted_result_is_gone_for_good()
    {
        string url = (await Server.LaterAsync(Path)).StatusUrl();
        await Server.Client.ResultAsync(url);
        Assert.Equal(HttpStatusCode.Accepted, (await Server.DeleteAsync(url)).Status);
        (await Server.GetAsync(url)).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await Server.DeleteAsync(url)).AssertFailure(HttpStatusCode.NotFound, "not-found");
    }

    [Fact, Trait("promise", "M-532")]
    public async Task Deleted_job_that_runs_is_cancelled_and_leaves_nothing()
    {
        var gate = new Gate();
        await using var server = await Call.ServerAtSampleTime(builder => StubbornCatalog.Use(builder, null, gate));
        string url = (await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body())).StatusUrl();
        await AsyncCall.UntilAsync(() => gate.Inside == 1);
        var running = await server.GetAsync(url);
        Assert.Equal((HttpStatusCode.Accepted, "running"), (running.Status, running.Response.Headers.GetValues("X-Progress").Single()));
        Assert.True(running.Response.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.Accepted, (await server.DeleteAsync(url)).Status);
        await AsyncCall.UntilAsync(() => gate.GivenUp == 1);
        (await server.GetAsync(url)).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Equal(0, await server.ResultsAsync());
        Assert.Equal("0", Ask(server, "SELECT count(*) FROM job"));
        // The place is free again.
        gate.Open();
        Assert.Equal("200", (await server.ResultAsync(await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body()))).StatusOfEntry());
    }

    [Fact, Trait("promise", "M-533")]
    public async Task Eager_poller_is_told_to_wait_and_answered_after_that()
    {
        var gate = new Gate();
        var clock = new MovedClock(Call.SampleTime);
        await using var server = await ServerAsync(gate, clock);
        string url = (await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body())).StatusUrl();
        for (int poll = 0; poll < 10; poll++)
            Assert.Equal(HttpStatusCode.Accepted, (await server.GetAsync(url)).Status);
        var eager = await server.GetAsync(url);
        eager.AssertFailure(HttpStatusCode.TooManyRequests, "asked-too-often");
        Assert.Equal(("throttled", TimeSpan.FromSeconds(1)), (eager.Json.GetProperty("issue")[0].GetProperty("code").GetString(), eager.Response.Headers.RetryAfter!.Delta));
        clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(HttpStatusCode.Accepted, (await server.GetAsync(url)).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await server.GetAsync(url)).Status);
        // Whoever has waited long is asked to come less often, and never less than twice a minute.
        clock.Now += TimeSpan.FromMinutes(2);
        Assert.Equal(TimeSpan.FromSeconds(13), (await server.GetAsync(url)).Response.Headers.RetryAfter!.Delta);
        clock.Now += TimeSpan.FromHours(2);
        Assert.Equal(TimeSpan.FromSeconds(30), (await server.GetAsync(url)).Response.Headers.RetryAfter!.Delta);
        gate.Open();
        await server.Client.ResultAsync(url);
        // What is there is given without asking how often.
        for (int poll = 0; poll < 15; poll++)
            (await server.GetAsync(url)).AssertOk();
    }

    [Fact, Trait("promise", "M-535")]
    public async Task Result_goes_when_its_time_is_over()
    {
        var clock = new MovedClock(Call.SampleTime);
        await using var server = await ServerAsync(null, clock, "--Jobs:KeepMinutes", "90");
        string url = (await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body())).StatusUrl();
        Assert.Equal(clock.Now.AddMinutes(90), (await server.Client.ResultAsync(url)).Response.Content.Headers.Expires);
        clock.Now += TimeSpan.FromMinutes(89);
        (await server.GetAsync(url)).AssertOk();
        clock.Now += TimeSpan.FromMinutes(1);
        (await server.GetAsync(url)).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Equal("1", Ask(server, "SELECT count(*) FROM job"));
        await server.App.Services.GetRequiredService<Fhir.Operations.Jobs.JobWorker>().SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal("0", Ask(server, "SELECT count(*) FROM job"));
        // The RiskAssessment is a record of its own and stays.
        Assert.Equal(1, await server.ResultsAsync());
    }

    [Fact, Trait("promise", "M-536")]
    public async Task More_jobs_than_there_are_places_are_refused_and_forgotten()
    {
        var gate = new Gate();
        await using var server = await ServerAsync(gate, new MovedClock(Call.SampleTime), "--Jobs:MostWaiting", "2", "--Jobs:Parallel", "1");
        var first = await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body());
        var second = await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body("demo-stable"));
        var third = await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body("demo-deteriorating"));
        third.AssertFailure(HttpStatusCode.ServiceUnavailable, "too-many-jobs");
        Assert.True(third.Response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Equal("2", Ask(server, "SELECT count(*) FROM job"));
        Assert.Equal("waiting", (await server.GetAsync(second.StatusUrl())).Response.Headers.GetValues("X-Progress").Single());
        gate.Open();
        await server.ResultAsync(first);
        await server.ResultAsync(second);
        Assert.Equal("200", (await server.ResultAsync(await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body("demo-deteriorating")))).StatusOfEntry());
    }

    [Theory, Trait("promise", "M-536")]
    [InlineData("--Jobs:MostWaitingPerClient", HttpStatusCode.ServiceUnavailable)]
    [InlineData("--Jobs:MostKept", HttpStatusCode.Accepted)]
    public async Task Places_of_one_client_and_results_that_are_kept_are_bounded(string setting, HttpStatusCode whileRunning)
    {
        var gate = new Gate();
        await using var server = await ServerAsync(gate, new MovedClock(Call.SampleTime), setting, "1");
        var first = await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body());
        Assert.Equal(whileRunning, (await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body("demo-stable"))).Status);
        gate.Open();
        await server.ResultAsync(first);
        var next = await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body("demo-deteriorating"));
        Assert.Equal(whileRunning == HttpStatusCode.Accepted ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.Accepted, next.Status);
    }

    [Fact, Trait("promise", "M-536")]
    public async Task Jobs_run_a_few_at_a_time_whatever_waits()
    {
        var gate = new Gate();
        await using var server = await ServerAsync(gate, new MovedClock(Call.SampleTime), "--Jobs:Parallel", "2");
        var jobs = new List<Answer>();
        for (int i = 0; i < 6; i++)
            jobs.Add(await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body(asOf: Call.SampleTime.AddMinutes(-i).ToString("o", null))));
        await AsyncCall.UntilAsync(() => gate.Inside == 2);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        gate.Open();
        foreach (var job in jobs)
            Assert.Equal("200", (await server.ResultAsync(job)).StatusOfEntry());
        Assert.Equal(2, gate.MostInside);
    }

    [Fact, Trait("promise", "M-537")]
    public async Task As_of_is_the_instant_of_receipt_however_late_the_job_is_run()
    {
        var gate = new Gate();
        var clock = new MovedClock(Call.SampleTime);
        await using var server = await ServerAsync(gate, clock, "--Jobs:Parallel", "1");
        await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body("demo-stable"));
        var late = await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body());
        await AsyncCall.UntilAsync(() => gate.Inside == 1);
        clock.Now += TimeSpan.FromHours(3);
        gate.Open();
        var entry = (await server.ResultAsync(late)).Entry();
        Assert.Equal(Call.SampleTime, entry.GetProperty("resource").GetProperty("prediction")[0].GetProperty("whenPeriod").GetProperty("start").GetDateTimeOffset());
    }

    [Fact, Trait("promise", "M-538")]
    public async Task Job_has_a_deadline_of_its_own_and_not_that_of_a_waiting_caller()
    {
        var gate = new Gate();
        var clock = new MovedClock(Call.SampleTime);
        await using var server = await ServerAsync(gate, clock, "--MedAI:DeadlineMilliseconds", "100");
        var accepted = await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body());
        await AsyncCall.UntilAsync(() => gate.Inside == 1);
        clock.Now += TimeSpan.FromSeconds(2);
        gate.Open();
        Assert.Equal("200", (await server.ResultAsync(accepted)).StatusOfEntry());
    }

    [Fact, Trait("promise", "M-538")]
    public async Task Job_that_takes_too_long_is_ended_with_504()
    {
        var gate = new Gate();
        var clock = new HastyClock(Call.SampleTime, TimeSpan.FromMinutes(7));
        await using var server = await ServerAsync(gate, clock, "--Jobs:DeadlineMinutes", "7");
        var ended = await server.ResultAsync(await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body()));
        Assert.Equal("504", ended.StatusOfEntry());
        Assert.Contains("deadline-passed", ended.Text, StringComparison.Ordinal);
        Assert.Equal(1, gate.GivenUp);
    }

    [Fact, Trait("promise", "M-539")]
    public async Task Passing_failure_is_tried_again_and_a_lasting_one_is_told()
    {
        int asked = 0;
        await using var server = await Call.ServerAtSampleTime(builder => StubbornCatalog.Use(builder, () => new InferenceError(++asked == 1 ? InferenceErrorKind.QueueFull : InferenceErrorKind.RuntimeFailure)));
        Assert.Equal("500", (await server.ResultAsync(await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body()))).StatusOfEntry());
        Assert.Equal(2, asked);
    }

    [Fact, Trait("promise", "M-540")]
    public async Task What_was_asked_is_removed_with_the_result_and_stands_in_no_log()
    {
        const string Mark = "Zq7JobCanary";
        var log = new HeardLog();
        await using var server = await Call.ServerAtSampleTime(builder =>
        {
            builder.Logging.AddProvider(log);
            builder.Services.Replace(ServiceDescriptor.Singleton<IResourceStore>(p => new SwitchedStore(p.GetRequiredService<SqliteResourceStore>())));
        }, log.Levels);
        var body = Call.Parameters("demo-recovering");
        body["parameter"]![0]!["resource"]!["entry"]!.AsArray().Select(e => e!["resource"]!).First(r => (string?)r["resourceType"] == "Patient")["name"] = JsonNode.Parse($$"""[{"family":"{{Mark}}"}]""");
        var ended = await server.ResultAsync(await server.LaterAsync("/fhir/$assess-risk", body.ToJsonString()));
        Assert.Equal("200", ended.StatusOfEntry());
        Assert.Equal("1", Ask(server, "SELECT count(*) FROM job WHERE wish IS NULL AND body IS NULL AND state = 'ended'"));
        // Not in a freed page of the file either, once the log is folded in.
        Ask(server, "PRAGMA wal_checkpoint(TRUNCATE)");
        foreach (string file in Directory.GetFiles(server.DataFolder, "medai.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(Mark, await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        // And a promise that cannot be kept is not made.
        ((SwitchedStore)server.App.Services.GetRequiredService<IResourceStore>()).Writes = false;
        (await server.LaterAsync("/fhir/$assess-risk", body.ToJsonString())).AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable");
        // How often it was polled is in the log as well, and differs.
        Assert.True(log.Lines.Count > 8, log.Lines.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.All(log.Lines, line => Assert.DoesNotContain(Mark, line, StringComparison.Ordinal));
        Assert.All(log.Lines, line => Assert.DoesNotContain("demo-recovering", line, StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-541"), Trait("promise", "P-16")]
    public async Task Promise_result_and_removal_each_have_an_audit_row()
    {
        var accepted = await Server.LaterAsync(Path);
        var ended = await Server.ResultAsync(accepted);
        var removed = await Server.DeleteAsync(accepted.StatusUrl());
        var rows = await Server.AuditAsync(accepted);
        // The run is audited under the request that asked for it.
        Assert.Equal([("job:assess-risk", "accepted", 202), ("operation:assess-risk", "prediction", 200)], rows.Select(r => (r.Trigger, r.Outcome, r.Status)));
        Assert.Equal("demo-recovering", rows[1].Patient!.Id);
        Assert.Equal(("job:result", "read", 200), Row(Assert.Single(await Server.AuditAsync(ended))));
        Assert.Equal(("job:result", "removed", 202), Row(Assert.Single(await Server.AuditAsync(removed))));
        var failed = await Server.LaterAsync(Path.Replace("demo-recovering", "nobody-here", StringComparison.Ordinal));
        await Server.ResultAsync(failed);
        Assert.Equal([("job:assess-risk", "accepted", 202), ("operation:assess-risk", "error", 404)], (await Server.AuditAsync(failed)).Select(r => (r.Trigger, r.Outcome, r.Status)));

        static (string, string, int) Row(AuditRow row) => (row.Trigger, row.Outcome, row.Status);
    }

    private static Task<MedAIServer> ServerAsync(Gate? gate, TimeProvider clock, params string[] args) => Call.ServerAtSampleTime(builder =>
    {
        StubbornCatalog.Use(builder, null, gate);
        builder.Services.AddSingleton(clock);
    }, args);

    private static string? Ask(MedAIServer server, string sql) => StoreFolder.Ask(server.DataFolder, sql);
}

/// <summary>A standing clock whose timers of one length go off at once.</summary>
internal sealed class HastyClock(DateTimeOffset now, TimeSpan hasty) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime == hasty ? TimeSpan.FromMilliseconds(300) : dueTime, period);
}
