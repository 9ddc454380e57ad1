using System.Text;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Jobs;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

/// <summary>Jobs as they are kept, on every database: asked for, begun, come on, ended, removed.</summary>
[Trait("promise", "M-593")]
public abstract class JobRowTests : IDisposable
{
    private const string Us = "us", Them = "them";

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

    private static JobChange.Taken Taken(string id, string holder = Us, int seconds = 600) => new(id, holder, TimeSpan.FromSeconds(seconds));

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? Encoding.UTF8.GetString(some.Span) : null;

    [Fact]
    public async Task Waiting_jobs_come_in_the_order_of_their_receipt_with_what_was_asked()
    {
        await using (var store = _folder.Open())
            await DoAsync(store, Added("b", 1), Added("c", 2), Added("a"), Taken("b"), Taken("b"));
        // A restart changes nothing.
        await using var again = _folder.Open();
        Assert.Equal([Row("a"), Row("b", 1) with { Attempts = 2, Holder = Us }, Row("c", 2)], await again.ListFreeJobsAsync(Us, None));
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
        await DoAsync(store, Added("a"), Added("b"), Taken("a"), new JobChange.Ended("a", Us, "result"u8.ToArray(), "application/fhir+json", 200, Noon.AddHours(1)));
        Assert.Equal(Row("a") with { State = JobState.Ended, Attempts = 1, Expires = Noon.AddHours(1), Format = "application/fhir+json", Status = 200 }, await store.FindJobAsync("a", None));
        Assert.Equal("result", Text(await store.ReadJobResultAsync("a", None)));
        Assert.Null(await store.ReadJobRequestAsync("a", None));
        Assert.Equal("0", _folder.Ask("SELECT count(*) FROM job WHERE id = 'a' AND (wish IS NOT NULL OR body IS NOT NULL)"));
        Assert.Equal(["b"], (await store.ListFreeJobsAsync(Us, None)).Select(j => j.Id));
        Assert.Equal(1, await store.CountEndedJobsAsync(None));
        // The first word on a job is the last.
        await DoAsync(store, new JobChange.Ended("a", Us, "other"u8.ToArray(), "text/plain", 500, Noon.AddHours(9)), Taken("a"));
        Assert.Equal("result", Text(await store.ReadJobResultAsync("a", None)));

        Assert.False(await store.HasExpiredJobsAsync(Noon.AddHours(1).AddMilliseconds(-1), None));
        Assert.True(await store.HasExpiredJobsAsync(Noon.AddHours(1), None));
        await DoAsync(store, new JobChange.Expired(Noon.AddHours(1)));
        Assert.Null(await store.FindJobAsync("a", None));
        Assert.NotNull(await store.FindJobAsync("b", None));
        Assert.Equal(0, await store.CountEndedJobsAsync(None));
    }

    [Fact, Trait("promise", "M-597")]
    public async Task Job_is_one_servers_until_it_gives_it_back_or_its_time_is_over()
    {
        await using var store = _folder.Open();
        await DoAsync(store, Added("a"), Added("b"), Taken("a"), Taken("a", Them));
        Assert.Equal((Us, 1), await HeldAsync());
        Assert.Equal(["b"], (await store.ListFreeJobsAsync(Them, None)).Select(j => j.Id));
        Assert.Equal(["a", "b"], (await store.ListFreeJobsAsync(Us, None)).Select(j => j.Id));
        // Who has it not changes nothing.
        await DoAsync(store, new JobChange.GivenBack("a", Them), new JobChange.Held("a", Them, TimeSpan.Zero), new JobChange.Advanced("a", Them, 0, 1, [new JobPart("risks", 1, "1\n"u8.ToArray())]),
            new JobChange.Ended("a", Them, "theirs"u8.ToArray(), "x", 200, Noon));
        Assert.Equal((Us, 1), await HeldAsync());
        Assert.Empty(await store.CountJobLinesAsync("a", None));
        await DoAsync(store, new JobChange.GivenBack("a", Us));
        Assert.Equal((null, 0), await HeldAsync());
        // For no time at all: it is over at once.
        await DoAsync(store, Taken("a", seconds: 0), Taken("a", Them));
        Assert.Equal((Them, 2), await HeldAsync());
        await DoAsync(store, new JobChange.Held("a", Us, TimeSpan.FromHours(1)), new JobChange.Ended("a", Us, "ours"u8.ToArray(), "x", 200, Noon));
        Assert.Equal((Them, 2), await HeldAsync());
        await DoAsync(store, new JobChange.Held("a", Them, TimeSpan.Zero));
        Assert.Equal(["a", "b"], (await store.ListFreeJobsAsync(Us, None)).Select(j => j.Id));
        // What nobody took stays whose it was.
        await DoAsync(store, new JobChange.Ended("a", Them, "theirs"u8.ToArray(), "x", 200, Noon));
        Assert.Equal("theirs", Text(await store.ReadJobResultAsync("a", None)));
        Assert.Equal("0", _folder.Ask("SELECT count(*) FROM job WHERE holder IS NOT NULL OR held_until IS NOT NULL"));

        async Task<(string?, int)> HeldAsync() => await store.FindJobAsync("a", None) is { } row ? (row.Holder, row.Attempts) : default;
    }

    [Fact]
    public async Task Pieces_are_written_once_from_where_the_job_stands_and_go_with_it()
    {
        await using var store = _folder.Open();
        static JobPart Part(string file, int lines, string text) => new(file, lines, Encoding.UTF8.GetBytes(text));
        await DoAsync(store, Added("a"), Taken("a"), Taken("a"), Taken("a"),
            new JobChange.Advanced("a", Us, 0, 2, [Part("risks", 2, "1\n2\n"), Part("errors", 1, "x\n")]),
            // What was done already, by a process that did not know it.
            new JobChange.Advanced("a", Us, 0, 2, [Part("risks", 2, "again\n")]),
            new JobChange.Advanced("a", Us, 2, 3, [Part("risks", 1, "3\n")]));
        Assert.Equal(Row("a") with { Attempts = 1, Position = 3, Holder = Us }, await store.FindJobAsync("a", None));
        var lines = await store.CountJobLinesAsync("a", None);
        Assert.Equal([("errors", 1), ("risks", 3)], lines.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => (l.Key, l.Value)));
        var first = await store.ReadJobPartAsync("a", "risks", -1, None);
        var second = await store.ReadJobPartAsync("a", "risks", first!.Place, None);
        Assert.Equal("1\n2\n3\n", Text(first.Bytes) + Text(second!.Bytes));
        Assert.Null(await store.ReadJobPartAsync("a", "risks", second.Place, None));
        await DoAsync(store, new JobChange.Removed("a"), new JobChange.Advanced("a", Us, 3, 4, [Part("risks", 1, "late\n")]), new JobChange.Ended("a", Us, "late"u8.ToArray(), "x", 200, Noon));
        Assert.Null(await store.FindJobAsync("a", None));
        Assert.Equal("0", _folder.Ask("SELECT count(*) FROM job_part"));
    }
}

public sealed class SqliteJobRowTests() : JobRowTests(new StoreFolder());

[Trait("promise", "M-486")]
public sealed class PostgresJobRowTests() : JobRowTests(new PostgresOfTest());
