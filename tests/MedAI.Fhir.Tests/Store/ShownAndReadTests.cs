using System.Text;
using MedAI.Fhir.Store;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

/// <summary>What was shown to users, what they did with it and how far studies are read, on every database.</summary>
[Trait("promise", "M-593")]
public abstract class ShownAndReadTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly IStoreUnderTest _folder;

    private protected ShownAndReadTests(IStoreUnderTest folder) => _folder = folder;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Last_alert_under_a_key_replaces_the_one_before_and_survives_a_restart()
    {
        var later = new AlertRow("k1", Noon.AddMinutes(5), 250_000, 2);
        await using (var store = _folder.Open())
        {
            await store.CommitAsync(new StoreTransaction { Alert = new AlertRow("k1", Noon, -1, 0), Audit = Audit("a1", null) }, None);
            await store.CommitAsync(new StoreTransaction { Alert = later }, None);
            await store.CommitAsync(new StoreTransaction { Alert = new AlertRow("k2", Noon, 1_000_000, long.MaxValue) }, None);
        }
        await using var again = _folder.Open();
        Assert.Equal(later, await again.FindAlertAsync("k1", None));
        Assert.Equal(new AlertRow("k2", Noon, 1_000_000, long.MaxValue), await again.FindAlertAsync("k2", None));
        Assert.Null(await again.FindAlertAsync("k3", None));
    }

    [Fact]
    public async Task Feedback_is_kept_once_and_the_newest_word_on_a_card_counts()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { Audit = Audit("a1", null) with { Cards = "c1,c2,c3" } }, None);
        var first = new FeedbackRow("c1", "overridden", Noon, "urn:s", "x", "X", "comment", "", Noon);
        for (int i = 0; i < 2; i++)
            await store.CommitAsync(new StoreTransaction { Feedback = [first, first with { Card = "c2" }, first with { Outcome = "accepted", OutcomeTime = Noon.AddMinutes(1), ReasonSystem = "", ReasonCode = "", ReasonDisplay = "" }] }, None);
        Assert.Equal("3", _folder.Ask("SELECT count(*) FROM feedback"));
        var count = Assert.Single(await store.CountFeedbackAsync(Noon, Noon.AddHours(1), None));
        Assert.Equal(("icu-mortality", "1.0.0", 3, 1, 1), (count.Service, count.ModelVersion, count.Cards, count.Accepted, count.Overridden));
        Assert.Equal(new ReasonCount("urn:s", "x", "X", 1), Assert.Single(count.Reasons));
        Assert.Empty(await store.CountFeedbackAsync(Noon.AddHours(1), Noon.AddHours(2), None));
    }

    [Fact]
    public async Task Studies_wait_in_the_order_of_their_wish_until_they_are_read()
    {
        static ReadOnlyMemory<byte>? Bytes(string? text) => text is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(text);
        static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? Encoding.UTF8.GetString(some.Span) : null;
        static StudyReadingRow Row(string key, StudyReadingState state, int minute, int attempts = 0, string? request = null, string? detail = null) =>
            new(key, state, "report-" + key, Noon.AddMinutes(minute), attempts, Bytes(request), Bytes(detail));
        await using (var store = _folder.Open())
        {
            foreach (var row in (StudyReadingRow[])[Row("s2", StudyReadingState.Queued, 2, request: "two"), Row("s1", StudyReadingState.Queued, 1, request: "one"), Row("s3", StudyReadingState.Queued, 3, request: "three")])
                await store.CommitAsync(new StoreTransaction { Reading = row, OnlyIfUnread = true, Audit = Audit("a-" + row.Key, null) }, None);
            // A second wish for the same study is answered by the first.
            await store.CommitAsync(new StoreTransaction { Reading = Row("s1", StudyReadingState.Queued, 9, request: "again"), OnlyIfUnread = true, Audit = Audit("a-again", null) }, None);
            await store.CommitAsync(new StoreTransaction { Reading = Row("s2", StudyReadingState.Queued, 4, 1, "two") }, None);
            await store.CommitAsync(new StoreTransaction { Reading = Row("s3", StudyReadingState.Reported, 5, detail: "card") }, None);
        }
        await using var again = _folder.Open();
        var waiting = await again.ListQueuedReadingsAsync(None);
        Assert.Equal([("s1", 0, "one"), ("s2", 1, "two")], waiting.Select(r => (r.Key, r.Attempts, Text(r.Request)!)));
        var read = await again.FindStudyReadingAsync("s3", None);
        Assert.Equal((StudyReadingState.Reported, "report-s3", Noon.AddMinutes(5), null, "card"), (read!.State, read.ReportId, read.Updated, Text(read.Request), Text(read.Detail)));
        Assert.Null(await again.FindStudyReadingAsync("s4", None));
        Assert.Equal(4, (await again.ReadNewestAsync(10, None)).Count);
    }

    [Fact]
    public async Task Runs_of_images_are_kept_as_they_came_first()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(new StoreTransaction { ImageRuns = [new ImageRunWrite("k", new byte[] { 1, 0, 255 }), new ImageRunWrite("l", new byte[] { 2 })] }, None);
        await store.CommitAsync(new StoreTransaction { ImageRuns = [new ImageRunWrite("k", new byte[] { 9 })] }, None);
        Assert.Equal([1, 0, 255], (await store.FindImageRunAsync("k", None))!.Value.ToArray());
        Assert.Equal([2], (await store.FindImageRunAsync("l", None))!.Value.ToArray());
        Assert.Null(await store.FindImageRunAsync("m", None));
    }
}

public sealed class SqliteShownAndReadTests() : ShownAndReadTests(new StoreFolder());

[Trait("promise", "M-486")]
public sealed class PostgresShownAndReadTests() : ShownAndReadTests(new PostgresOfTest());
