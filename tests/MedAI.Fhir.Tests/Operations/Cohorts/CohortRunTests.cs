using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Operations.Jobs;
using MedAI.Fhir.Tests.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedAI.Fhir.Tests.Operations.Cohorts;

/// <summary>Cohorts that are large, and servers that are killed in the middle of one.</summary>
/// <remarks>Alone: other tests would be measured as well.</remarks>
[Collection(nameof(CohortRunTests))]
public sealed class CohortRunTests
{
    private const int Patients = 500;

    [Fact, Trait("promise", "M-547")]
    public async Task Memory_stays_flat_over_a_large_cohort()
    {
        await using var server = await Call.ServerAtSampleTime();
        await Cohort.ImportAsync(server.App.Services.GetRequiredService<IResourceStore>(), Patients);
        string url = (await server.LaterAsync(Cohort.Path)).StatusUrl();
        long early = await HeapAtAsync(100), late = await HeapAtAsync(400);
        // The lines between the two are some 10 MB, the records ten times that.
        Assert.True(late - early < 3 * 1024 * 1024, $"The heap grew from {early:N0} to {late:N0} bytes.");
        var ended = await server.Client.ResultAsync(url);
        var file = Assert.Single(ended.AssertOk().Json.GetProperty("output").EnumerateArray());
        Assert.Equal(Patients, file.GetProperty("count").GetInt32());
        Assert.Empty(ended.Json.GetProperty("error").EnumerateArray());

        async Task<long> HeapAtAsync(int member)
        {
            await Cohort.UntilDoneAsync(server.DataFolder, member);
            return GC.GetTotalMemory(forceFullCollection: true);
        }
    }

    [Fact, Trait("promise", "M-548")]
    public async Task Killed_server_goes_on_with_the_cohort_where_it_was_and_scores_each_member_once()
    {
        const int Members = 200;
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        int port = ServerProcess.FreePort();
        try
        {
            await using (var store = SqliteResourceStore.Open(new StoreOptions { DataFolder = folder }, TimeProvider.System, NullLogger<SqliteResourceStore>.Instance))
                await Cohort.ImportAsync(store, Members);
            string? path = null;
            int reached = 0;
            // Killed in the middle of a page, twice; then left alone.
            foreach (int member in (int[])[40, 110])
            {
                using var server = await ServerProcess.StartAsync(folder, port);
                path ??= new Uri((await server.Client.SendLaterAsync(Cohort.Path, Cohort.AtSampleTime)).StatusUrl()).AbsolutePath;
                int done = await Cohort.UntilDoneAsync(folder, member);
                await server.KillAsync();
                // Nothing is begun anew.
                Assert.InRange(done, reached, Members - 1);
                reached = done;
            }
            using var last = await ServerProcess.StartAsync(folder, port);
            var ended = await last.Client.ResultAsync(path!);
            var lines = await Cohort.LinesAsync(last.Client, ended);
            Assert.Equal(Enumerable.Range(0, Members).Select(i => "Patient/" + Cohort.PatientId(i)), lines["RiskAssessment"].Select(Cohort.Subject));
            await last.KillAsync();
            await using var after = SqliteResourceStore.Open(new StoreOptions { DataFolder = folder }, TimeProvider.System, NullLogger<SqliteResourceStore>.Instance);
            // One RiskAssessment each in the store as well; the demo has two of its own.
            var stored = await after.ListAsync("RiskAssessment", 10 * Members, TestContext.Current.CancellationToken);
            Assert.Equal(lines["RiskAssessment"].Select(l => (string)l["id"]!).Order(StringComparer.Ordinal),
                stored.Where(r => StoreFolder.Text(r).Contains("\"Patient/c-", StringComparison.Ordinal)).Select(r => r.Id).Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

[CollectionDefinition(nameof(CohortRunTests), DisableParallelization = true)]
public sealed class CohortRunCollection;
