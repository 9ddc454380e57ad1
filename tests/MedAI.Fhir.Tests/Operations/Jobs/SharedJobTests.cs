using System.Globalization;
using MedAI.Fhir.Tests.Store;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Operations.Jobs;

/// <summary>Jobs of several servers that share a PostgreSQL database.</summary>
[Trait("promise", "M-597")]
public sealed class SharedJobTests : IDisposable
{
    private const string Public = "http://medai.example";

    private readonly PostgresOfTest _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task Each_job_is_run_by_one_server_whoever_took_it_and_whoever_starts_meanwhile()
    {
        var gate = new Gate();
        await using var one = await StartAsync(gate);
        var jobs = new List<string>();
        for (int i = 0; i < 12; i++)
            jobs.Add(Local(await one.LaterAsync("/fhir/$assess-risk", AsyncCall.Body(asOf: Call.SampleTime.AddHours(-i).ToString("o", CultureInfo.InvariantCulture)))));
        await AsyncCall.UntilAsync(() => gate.Inside == 2);
        // Another one starts, and a third: they take what waits, and not what is run.
        await using var other = await StartAsync(gate);
        await AsyncCall.UntilAsync(() => gate.Inside == 4);
        await using var third = await StartAsync(gate);
        await AsyncCall.UntilAsync(() => gate.Inside == 6);
        Assert.Equal("6", _database.Ask("SELECT count(*) FROM job WHERE holder IS NOT NULL AND attempts = 1"));
        // Longer than a job is held without a word.
        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.Equal("6", _database.Ask("SELECT count(*) FROM job WHERE holder IS NOT NULL AND attempts = 1"));
        // Whichever is asked knows.
        Assert.Contains("running", (await Task.WhenAll(jobs.Select(j => third.GetAsync(j)))).Select(a => a.Response.Headers.GetValues("X-Progress").Single()));
        gate.Open();
        foreach (string job in jobs)
        {
            foreach (var server in (MedAIServer[])[one, other, third])
                Assert.Equal("200", (await server.Client.ResultAsync(job)).StatusOfEntry());
        }
        Assert.Equal(12, await one.ResultsAsync());
        Assert.Equal(12, new[] { one, other, third }.Sum(s => Asked(s)));
    }

    [Fact]
    public async Task Stopped_server_gives_its_jobs_back_at_once()
    {
        var (closed, open) = (new Gate(), new Gate());
        open.Open();
        string running, waiting;
        await using var other = await StartAsync(open, "--Jobs:LeaseSeconds", "600");
        await using (var one = await StartAsync(closed, "--Jobs:LeaseSeconds", "600", "--Jobs:Parallel", "1"))
        {
            running = Local(await one.LaterAsync("/fhir/$assess-risk", AsyncCall.Body()));
            waiting = Local(await one.LaterAsync("/fhir/$assess-risk", AsyncCall.Body("demo-stable")));
            await AsyncCall.UntilAsync(() => closed.Inside == 1);
        }
        Assert.Equal("2", _database.Ask("SELECT count(*) FROM job WHERE holder IS NULL AND attempts = 0"));
        // The other one looks rarely; one that starts looks at once.
        await using var next = await StartAsync(open);
        foreach (string job in (string[])[running, waiting])
            Assert.Equal("200", (await next.Client.ResultAsync(job)).StatusOfEntry());
        Assert.Equal(2, Asked(next) + Asked(other));
    }

    [Fact]
    public async Task Server_that_lost_its_job_breaks_off_and_writes_nothing_of_it()
    {
        var gate = new Gate();
        await using var server = await StartAsync(gate);
        string job = Local(await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body()));
        await AsyncCall.UntilAsync(() => gate.Inside == 1);
        // As if it had stood still for so long that another one took it.
        _database.Ask("UPDATE job SET holder = 'another', held_until = 9000000000000");
        await AsyncCall.UntilAsync(() => gate.GivenUp == 1);
        gate.Open();
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.Equal("another", _database.Ask("SELECT holder FROM job WHERE state = 'waiting'"));
        Assert.Equal(0, await server.ResultsAsync());
        // And the other one is gone, too.
        _database.Ask("UPDATE job SET held_until = 0");
        Assert.Equal("200", (await server.Client.ResultAsync(job)).StatusOfEntry());
        Assert.Equal((1, 2), (await server.ResultsAsync(), Asked(server)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(300)]
    public async Task Killed_servers_jobs_are_ended_by_another_one_with_one_result_each(int milliseconds)
    {
        string[] shared = ["--Store:ConnectionString", _database.ConnectionString, "--MedAI:PublicOrigin", Public, "--Jobs:LeaseSeconds", "3"];
        string[] folders = [Directory.CreateTempSubdirectory("medai-test-").FullName, Directory.CreateTempSubdirectory("medai-test-").FullName];
        try
        {
            using var survivor = await ServerProcess.StartAsync(folders[0], ServerProcess.FreePort(), shared);
            var jobs = new List<string>();
            using (var killed = await ServerProcess.StartAsync(folders[1], ServerProcess.FreePort(), [.. shared, "--Jobs:Parallel", "4"]))
            {
                jobs.Add(Local(await killed.Client.SendLaterAsync("/fhir/Group/demo-patients/$assess-risk")));
                for (int i = 0; i < 6; i++)
                    jobs.Add(Local(await killed.Client.SendLaterAsync("/fhir/$assess-risk", AsyncCall.Body(asOf: Call.SampleTime.AddHours(-i).ToString("o", CultureInfo.InvariantCulture)))));
                await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
                await killed.KillAsync();
            }
            var lines = await Cohorts.Cohort.LinesAsync(survivor.Client, await survivor.Client.ResultAsync(jobs[0]));
            Assert.Equal(12, lines.Sum(f => f.Value.Length));
            Assert.Equal(12, lines.SelectMany(f => f.Value).Select(Cohorts.Cohort.Subject).Distinct().Count());
            foreach (string job in jobs.Skip(1))
                Assert.Equal("200", (await survivor.Client.ResultAsync(job)).StatusOfEntry());
            Assert.Equal("0", _database.Ask("SELECT count(*) FROM job WHERE state = 'waiting' OR holder IS NOT NULL"));
            Assert.Equal("0", _database.Ask("SELECT count(*) FROM (SELECT 1 FROM outcome WHERE result_id IS NOT NULL GROUP BY idempotency_key HAVING count(*) > 1) x"));
            await survivor.KillAsync();
        }
        finally
        {
            foreach (string folder in folders)
                Directory.Delete(folder, recursive: true);
        }
    }

    private Task<MedAIServer> StartAsync(Gate gate, params string[] args) => Call.ServerAtSampleTime(builder => StubbornCatalog.Use(builder, null, gate),
        ["--Store:ConnectionString", _database.ConnectionString, "--MedAI:PublicOrigin", Public, "--Jobs:LeaseSeconds", "3", .. args]);

    private static int Asked(MedAIServer server) => ((StubbornCatalog)server.App.Services.GetRequiredService<Models.Packages.IModelCatalog>()).Asked;

    /// <summary>Where a job is asked for, whichever server is asked.</summary>
    private static string Local(Answer accepted) => new Uri(accepted.StatusUrl()).AbsolutePath;
}
