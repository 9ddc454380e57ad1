using System.Text;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

/// <summary>Jobs as they are kept, on every database: asked for, begun, come on, ended, removed.</summary>
[Trait("promise", "M-593")]
public abstract class JobRowTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly IStoreUnderTest _folder;

    private protected JobRowTests(IStoreUnderTest folder) => _folder = folder;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private static JobRow Row(string id, int minute = 0) => new(id, "owner-" + id, JobState.Waiting, Noon.AddMinutes(minute), null, 0, null, 0, 0);

    private static async Task DoAsync(SqlResourceStore store, params JobChange[] changes)
    {
        foreach (var change in changes)
            await store.CommitAsync(new StoreTransaction { Job = change }, None);
    }

    private static JobChange.Added Added(string id, int minute = 0) => new(Row(id, minute), new JobRequest("{\"wish\":1}"u8.ToArray(), Encoding.UTF8.GetBytes("body of " + id)));

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? Encoding.UTF8.GetString(some.Span) : null;

    [Fact]
    public async Task Waiting_jobs_come_in_the_order_of_their_receipt_with_what_was_asked()
    {
        await using (var store = _folder.Open())
            await DoAsync(store, Added("b", 1), Added("c", 2), Added("a"), new JobChange.Begun("b", 2));
        // A restart changes nothing.
        await using var again = _folder.Open();
        Assert.Equal([Row("a"), Row("b", 1) with { Attempts = 2 }, Row("c", 2)], await again.ListWaitingJobsAsync(None));
        var request = await again.ReadJobRequestAsync("b", None);
        Assert.Equal(("{\"wish\":1}", "body of b"), (Text(request!.Wish), Text(request.Body)));
        Assert.Null(await again.FindJobAsync("d", None));
        Assert.Null(await again.ReadJobRequestAsync("d", None));
        Assert.Null(await again.ReadJobResultAsync("a", None));
    }

    [Fact]
    public async Task Job_that_ends_keeps_its_result_until_its_time_is_over_and_nothing_of_what_was_asked()
    {
        await using var store = _folder.Open();
        await DoAsync(store, Added("a"), Added("b"), new JobChange.Ended("a", "result"u8.ToArray(), "application/fhir+json", 200, Noon.AddHours(1)));
        Assert.Equal(Row("a") with { State = JobState.Ended, Expires = Noon.AddHours(1), Format = "application/fhir+json", Status = 200 }, await store.FindJobAsync("a", None));
        Assert.Equal("result", Text(await store.ReadJobResultAsync("a", None)));
        Assert.Null(await store.ReadJobRequestAsync("a", None));
        Assert.Equal("0", _folder.Ask("SELECT count(*) FROM job WHERE id = 'a' AND (wish IS NOT NULL OR body IS NOT NULL)"));
        Assert.Equal(["b"], (await store.ListWaitingJobsAsync(None)).Select(j => j.Id));
        Assert.Equal(1, await store.CountEndedJobsAsync(None));
        // The first word on a job is the last.
        await DoAsync(store, new JobChange.Ended("a", "other"u8.ToArray(), "text/plain", 500, Noon.AddHours(9)), new JobChange.Begun("a", 7));
        Assert.Equal("result", Text(await store.ReadJobResultAsync("a", None)));

        Assert.False(await store.HasExpiredJobsAsync(Noon.AddHours(1).AddMilliseconds(-1), None));
        Assert.True(await store.HasExpiredJobsAsync(Noon.AddHours(1), None));
        await DoAsync(store, new JobChange.Expired(Noon.AddHours(1)));
        Assert.Null(await store.FindJobAsync("a", None));
        Assert.NotNull(await store.FindJobAsync("b", None));
        Assert.Equal(0, await store.CountEndedJobsAsync(None));
    }

    [Fact]
    public async Task Pieces_are_written_once_from_where_the_job_stands_and_go_with_it()
    {
        await using var store = _folder.Open();
        static JobPart Part(string file, int lines, string text) => new(file, lines, Encoding.UTF8.GetBytes(text));
        await DoAsync(store, Added("a"), new JobChange.Begun("a", 3),
            new JobChange.Advanced("a", 0, 2, [Part("risks", 2, "1\n2\n"), Part("errors", 1, "x\n")]),
            // What was done already, by a process that did not know it.
            new JobChange.Advanced("a", 0, 2, [Part("risks", 2, "again\n")]),
            new JobChange.Advanced("a", 2, 3, [Part("risks", 1, "3\n")]));
        Assert.Equal(Row("a") with { Attempts = 1, Position = 3 }, await store.FindJobAsync("a", None));
        var lines = await store.CountJobLinesAsync("a", None);
        Assert.Equal([("errors", 1), ("risks", 3)], lines.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => (l.Key, l.Value)));
        var first = await store.ReadJobPartAsync("a", "risks", -1, None);
        var second = await store.ReadJobPartAsync("a", "risks", first!.Place, None);
        Assert.Equal("1\n2\n3\n", Text(first.Bytes) + Text(second!.Bytes));
        Assert.Null(await store.ReadJobPartAsync("a", "risks", second.Place, None));
        await DoAsync(store, new JobChange.Removed("a"), new JobChange.Advanced("a", 3, 4, [Part("risks", 1, "late\n")]), new JobChange.Ended("a", "late"u8.ToArray(), "x", 200, Noon));
        Assert.Null(await store.FindJobAsync("a", None));
        Assert.Equal("0", _folder.Ask("SELECT count(*) FROM job_part"));
    }
}

public sealed class SqliteJobRowTests() : JobRowTests(new StoreFolder());

[Trait("promise", "M-486")]
public sealed class PostgresJobRowTests() : JobRowTests(new PostgresOfTest());
