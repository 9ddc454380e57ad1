using MedAI.Fhir.Store;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

/// <summary>What one writer for many callers promises, on every database.</summary>
public abstract class GroupCommitTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly IStoreUnderTest _folder;

    private protected GroupCommitTests(IStoreUnderTest folder) => _folder = folder;

    // These tests hold the lock on purpose, on machines that may be slow.
    private static void WaitLong(StoreOptions options) => options.BusyTimeoutMilliseconds = 60_000;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Lone_commits_are_one_transaction_each()
    {
        await using var store = _folder.Open(WaitLong);
        for (int i = 0; i < 10; i++)
            await store.CommitAsync(Prediction($"r{i}", $"k{i}"), None);

        Assert.Equal(10, store.CommittedGroups);
    }

    [Fact]
    public async Task Commits_that_wait_together_share_transactions()
    {
        await using var store = _folder.Open(WaitLong);
        Task[] commits;
        // Another process' lock holds the first group up while the others queue behind it.
        using (_folder.Lock())
        {
            commits = [.. Enumerable.Range(0, 100).Select(i => store.CommitAsync(Prediction($"r{i}", $"k{i}"), None).AsTask())];
            await Task.Delay(50, None);
            Assert.DoesNotContain(commits, c => c.IsCompleted);
        }
        await Task.WhenAll(commits);

        Assert.Equal("100", _folder.Ask("SELECT count(*) FROM outcome"));
        Assert.Equal("100", _folder.Ask("SELECT count(*) FROM audit"));
        Assert.InRange(store.CommittedGroups, 1, 50);
    }

    [Fact]
    public async Task Two_hundred_parallel_commits_are_all_stored()
    {
        await using var store = _folder.Open(WaitLong);
        var receipts = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () => await store.CommitAsync(Prediction($"r{i}", $"k{i}"), None))));

        Assert.All(receipts, r => Assert.Null(r.ExistingResult));
        for (int i = 0; i < 200; i++)
            Assert.Equal($"r{i}", (await store.FindResultAsync($"k{i}", None))!.ResultId);
        Assert.Equal("400", _folder.Ask("SELECT count(*) FROM resource"));
        Assert.InRange(store.CommittedGroups, 1, 200);
    }

    [Fact]
    public async Task Twenty_callers_with_one_key_store_one_result_and_all_answer_with_it()
    {
        await using var store = _folder.Open(WaitLong);
        var receipts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () => (Id: $"r{i}", Receipt: await store.CommitAsync(Prediction($"r{i}", "same"), None)))));

        var winner = Assert.Single(receipts, r => r.Receipt.ExistingResult is null);
        Assert.All(receipts.Except([winner]), r => Assert.Equal(winner.Id, r.Receipt.ExistingResult!.ResultId));
        Assert.Equal("1", _folder.Ask("SELECT count(*) FROM outcome"));
        Assert.Equal("2", _folder.Ask("SELECT count(*) FROM resource"));
        Assert.Equal("20", _folder.Ask($"SELECT count(*) FROM audit WHERE result_id = '{winner.Id}'"));
    }

    [Fact, Trait("promise", "P-17")]
    public async Task Bad_transaction_in_a_group_fails_alone()
    {
        await using var store = _folder.Open(WaitLong);
        Task<StoreReceipt>[] commits;
        using (_folder.Lock())
        {
            // The second of each pair repeats the audit id of the first.
            commits = [.. Enumerable.Range(0, 20).Select(i => store.CommitAsync(Prediction($"r{i}", $"k{i}", auditId: $"audit-{i / 2}"), None).AsTask())];
            await Task.Delay(50, None);
        }

        for (int i = 0; i < 20; i++)
        {
            if (i % 2 == 0)
                Assert.Null((await commits[i]).ExistingResult);
            else
                await Assert.ThrowsAsync<InvalidOperationException>(() => commits[i]);
        }
        Assert.True(store.CommittedGroups < 20);
        Assert.Equal("10", _folder.Ask("SELECT count(*) FROM outcome"));
        Assert.Equal("20", _folder.Ask("SELECT count(*) FROM resource"));
    }

    [Fact]
    public async Task Caller_that_gave_up_in_the_queue_has_written_nothing()
    {
        await using var store = _folder.Open(WaitLong);
        using var patience = new CancellationTokenSource();
        Task<StoreReceipt> first, second;
        using (_folder.Lock())
        {
            first = store.CommitAsync(Prediction("r1", "k1"), None).AsTask();
            await Task.Delay(20, None);
            second = store.CommitAsync(Prediction("r2", "k2"), patience.Token).AsTask();
            await patience.CancelAsync();
        }

        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Null(await store.FindResultAsync("k2", None));
        Assert.NotNull(await store.FindResultAsync("k1", None));
    }

    [Fact]
    public async Task Full_queue_makes_callers_wait_and_loses_none()
    {
        await using var store = _folder.Open(o => o.QueueCapacity = 2);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => store.CommitAsync(Prediction($"r{i}", $"k{i}"), None).AsTask()));

        Assert.Equal("50", _folder.Ask("SELECT count(*) FROM outcome"));
    }

    [Fact]
    public async Task Closing_writes_what_was_handed_in()
    {
        Task<StoreReceipt>[] commits;
        await using (var store = _folder.Open())
            commits = [.. Enumerable.Range(0, 50).Select(i => store.CommitAsync(Prediction($"r{i}", $"k{i}"), None).AsTask())];

        Assert.All(commits, c => Assert.True(c.IsCompletedSuccessfully || !c.IsCompleted));
        await Task.WhenAll(commits);
        await using var again = _folder.Open(WaitLong);
        for (int i = 0; i < 50; i++)
            Assert.NotNull(await again.FindResultAsync($"k{i}", None));
    }

    [Fact]
    public async Task Reads_do_not_wait_for_a_writer_that_is_held_up()
    {
        await using var store = _folder.Open(WaitLong);
        await store.CommitAsync(Prediction("r1", "k1"), None);
        using var held = _folder.Lock();
        var blocked = store.CommitAsync(Prediction("r2", "k2"), None).AsTask();

        Assert.NotNull(await store.ReadResultAsync("r1", None));
        Assert.False(blocked.IsCompleted);
        held.Dispose();
        await blocked;
    }
}

public sealed class SqliteGroupCommitTests() : GroupCommitTests(new StoreFolder());

[Trait("promise", "M-486")]
public sealed class PostgresGroupCommitTests() : GroupCommitTests(new PostgresOfTest());
