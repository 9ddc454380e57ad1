using MedAI.Samples;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Assessments;

/// <summary>What one hook call of a full stay costs in memory, from the socket to the disk.</summary>
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int WarmUp = 12;
    private const int Calls = 24;
    private const int Rounds = 3;

    [Fact, Trait("promise", "M-30")]
    public async Task Hook_with_a_full_stay_allocates_at_most_2_KiB_per_Observation()
    {
        await using var server = await MedAIServer.StartAsync("--demo");
        var hooks = new FullStayHooks(SampleFiles.Make()["requests/patient-view-demo-deteriorating-prefetch.json"]);
        var requests = Enumerable.Range(0, WarmUp + (Rounds * Calls)).Select(i => RawHttpClient.Post("/cds-services/icu-mortality", hooks.Body(i))).ToArray();
        using var client = new RawHttpClient(new Uri(server.Origin).Port);
        int cards = 0;
        for (int i = 0; i < WarmUp; i++)
            Send(requests[i]);

        // The process's counter can step back when threads end; the middle of three rounds does not care.
        var rounds = new List<long>();
        foreach (var round in requests.Skip(WarmUp).Chunk(Calls))
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            foreach (byte[] request in round)
                Send(request);
            rounds.Add((GC.GetTotalAllocatedBytes(precise: true) - before) / Calls);
        }
        long bytes = rounds.Order().ElementAt(Rounds / 2);

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} bytes a call, {bytes / FullStayHooks.Observations} an Observation");
        Assert.Equal(requests.Length, cards);
        Assert.InRange(bytes, 50_000, 2048 * FullStayHooks.Observations);

        void Send(byte[] request)
        {
            var (status, body) = client.Send(request);
            Assert.Equal(200, status);
            if (body.Span.IndexOf("\"uuid\""u8) >= 0)
                cards++;
        }
    }
}

/// <summary>Runs alone: the allocations of the whole process are counted.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTestsAlone;
