using System.Diagnostics;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Tests.Store;

/// <summary>How long a group waits for those who may be written with it.</summary>
public sealed class CommitQueueTests : IDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(5);

    private readonly CommitQueue _queue = new(capacity: 1_000);

    public void Dispose() => _queue.Dispose();

    [Fact, Trait("promise", "M-614")]
    public async Task Group_leaves_as_soon_as_those_are_there_that_it_waits_for()
    {
        var taken = TakeAsync(wanted: 3, Never, Never);
        await AddAsync(2);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(taken.IsCompleted);

        await AddAsync(1);

        Assert.Equal(3, await taken.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
    }

    [Fact, Trait("promise", "M-614")]
    public async Task Nobody_is_waited_for_when_nobody_comes()
    {
        var taken = TakeAsync(wanted: 3, TimeSpan.FromMilliseconds(50), Never);
        await AddAsync(1);

        Assert.Equal(1, await taken.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
    }

    [Fact, Trait("promise", "M-614")]
    public async Task Others_are_waited_for_while_they_keep_coming()
    {
        // Longer than the patience for one of them, on a machine that may be slow.
        var patience = TimeSpan.FromSeconds(2);
        var taken = TakeAsync(wanted: 100, patience, Never);
        long began = Stopwatch.GetTimestamp();
        int added = 0;
        while (Stopwatch.GetElapsedTime(began) < patience * 1.5)
        {
            await AddAsync(1);
            added++;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        Assert.InRange(added, 2, 99);
        Assert.False(taken.IsCompleted);

        Assert.Equal(added, await taken.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
    }

    [Fact, Trait("promise", "M-614")]
    public async Task Wait_ends_even_if_others_keep_coming()
    {
        var taken = TakeAsync(wanted: int.MaxValue, TimeSpan.FromMilliseconds(200), longest: TimeSpan.FromMilliseconds(500));
        long began = Stopwatch.GetTimestamp();
        while (!taken.IsCompleted && Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(1))
        {
            await AddAsync(1);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.True(taken.IsCompletedSuccessfully);
        Assert.InRange(await taken, 2, 900);
    }

    private Task<int> TakeAsync(int wanted, TimeSpan patience, TimeSpan longest) => Task.Factory.StartNew(() =>
    {
        var group = new List<PendingCommit>();
        Assert.True(_queue.Take(group, wanted, patience, longest));
        return group.Count;
    }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task AddAsync(int count)
    {
        for (int i = 0; i < count; i++)
            await _queue.AddAsync(new PendingCommit(transaction: null, CancellationToken.None), TestContext.Current.CancellationToken);
    }
}
