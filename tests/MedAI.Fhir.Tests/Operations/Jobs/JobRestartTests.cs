using System.Net;
using System.Text.Json;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Store;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Operations.Jobs;

/// <summary>Jobs of a server that is stopped, killed, or dies of them.</summary>
[Trait("promise", "M-542")]
public sealed class JobRestartTests
{
    private const string Path = "/fhir/Patient/demo-recovering/$assess-risk";

    /// <summary>The later instants are after the job has ended on any machine: then its result is still there.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(25)]
    [InlineData(60)]
    [InlineData(400)]
    public async Task Killed_server_ends_its_job_after_the_next_start_with_one_result(int milliseconds)
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        int port = ServerProcess.FreePort();
        try
        {
            string path;
            using (var first = await ServerProcess.StartAsync(folder, port))
            {
                path = new Uri((await first.Client.SendLaterAsync(Path)).StatusUrl()).AbsolutePath;
                await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
                await first.KillAsync();
            }
            using var second = await ServerProcess.StartAsync(folder, port);
            var ended = await second.Client.ResultAsync(path);
            Assert.Equal("200", ended.StatusOfEntry());
            string id = ended.Entry().GetProperty("resource").GetProperty("id").GetString()!;
            using var read = await second.Client.GetAsync($"/fhir/RiskAssessment/{id}", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
            await second.KillAsync();

            await using var store = SqliteResourceStore.Open(new StoreOptions { DataFolder = folder }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<SqliteResourceStore>.Instance);
            // The demo shows two other patients when it starts.
            var ours = (await store.ListAsync("RiskAssessment", 100, TestContext.Current.CancellationToken)).Where(r => JsonDocument.Parse(r.Json).RootElement.GetProperty("subject").GetProperty("reference").GetString() == "Patient/demo-recovering");
            Assert.Equal(id, Assert.Single(ours).Id);
            Assert.Equal(1, await store.CountEndedJobsAsync(TestContext.Current.CancellationToken));
            Assert.Empty(await store.ListFreeJobsAsync("file", TestContext.Current.CancellationToken));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Stopped_server_goes_on_with_its_jobs_after_the_next_start_and_a_stop_is_no_failed_attempt()
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        try
        {
            string path = "";
            // More stops than a job may have attempts.
            for (int stop = 0; stop < 4; stop++)
            {
                var gate = new Gate();
                await using var server = await MedAIServer.StartAsync(folder, [], builder =>
                {
                    StubbornCatalog.Use(builder, null, gate);
                    builder.Services.AddSingleton<TimeProvider>(new StandingClock(Call.SampleTime));
                });
                if (stop == 0)
                    path = new Uri((await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body())).StatusUrl()).AbsolutePath;
                await AsyncCall.UntilAsync(() => gate.Inside == 1);
            }
            await using var last = await MedAIServer.StartAsync(folder, []);
            var ended = await last.Client.ResultAsync(path);
            Assert.Equal("200", ended.StatusOfEntry());
            Assert.Equal(Call.SampleTime, ended.Entry().GetProperty("resource").GetProperty("prediction")[0].GetProperty("whenPeriod").GetProperty("start").GetDateTimeOffset());
            Assert.Equal(1, await last.ResultsAsync());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact, Trait("promise", "M-539")]
    public async Task Job_that_the_server_never_survives_is_given_up()
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        try
        {
            string path, broken;
            var gate = new Gate();
            await using (var server = await MedAIServer.StartAsync(folder, ["--Jobs:Parallel", "1"], builder =>
            {
                StubbornCatalog.Use(builder, null, gate);
                builder.Services.AddSingleton<TimeProvider>(new StandingClock(Call.SampleTime));
            }))
            {
                path = new Uri((await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body())).StatusUrl()).AbsolutePath;
                broken = new Uri((await server.LaterAsync("/fhir/$assess-risk", AsyncCall.Body("demo-stable"))).StatusUrl()).AbsolutePath;
                await AsyncCall.UntilAsync(() => gate.Inside == 1);
            }
            // What three starts leave behind that a job has killed; and a wish that another version wrote.
            using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={System.IO.Path.Combine(folder, "medai.db")};Pooling=False"))
            {
                connection.Open();
                using var command = connection.CreateCommand();
                command.CommandText = "UPDATE job SET attempts = 3 WHERE id = $id; UPDATE job SET wish = CAST('{\"Other\":1}' AS BLOB) WHERE id = $broken";
                command.Parameters.AddWithValue("$id", path[^36..]);
                command.Parameters.AddWithValue("$broken", broken[^36..]);
                command.ExecuteNonQuery();
            }
            await using var next = await MedAIServer.StartAsync(folder, []);
            Assert.Equal("500", (await next.Client.ResultAsync(path)).StatusOfEntry());
            Assert.Equal("500", (await next.Client.ResultAsync(broken)).StatusOfEntry());
            Assert.Equal(0, await next.ResultsAsync());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
