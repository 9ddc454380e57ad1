using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Tests.Requests;

public sealed class IdSourceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact, Trait("promise", "M-395")]
    public void Ordered_ids_sort_by_their_time_and_tell_nothing_else()
    {
        var ids = new IdSource();
        string[] minted = [.. Enumerable.Range(0, 1_000).Select(i => ids.NewOrderedId(Noon.AddMilliseconds(i)))];

        Assert.Equal(minted.Order(StringComparer.Ordinal), minted);
        Assert.All(minted, id => Assert.Equal(7, Guid.Parse(id).Version));
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), Convert.ToInt64(minted[0].Replace("-", "", StringComparison.Ordinal)[..12], 16));
        // 62 random bits: of ids of one millisecond no two are alike, in no part.
        string[] together = [.. Enumerable.Range(0, 1_000).Select(_ => ids.NewOrderedId(Noon))];
        Assert.Equal(1_000, together.Select(id => id[19..]).Distinct().Count());
    }

    [Fact, Trait("promise", "M-395")]
    public void Ordered_ids_of_one_millisecond_are_in_the_order_in_which_they_were_made()
    {
        var ids = new IdSource();
        string[] minted = [.. Enumerable.Range(0, 4_096).Select(_ => ids.NewOrderedId(Noon))];

        Assert.Equal(minted.Order(StringComparer.Ordinal), minted);
        // More than can be counted, and a clock that steps back: order is lost, the time is not, and no two are alike.
        string[] beyond = [.. Enumerable.Range(0, 1_000).Select(_ => ids.NewOrderedId(Noon)), .. Enumerable.Range(0, 1_000).Select(_ => ids.NewOrderedId(Noon.AddSeconds(-1)))];
        Assert.Equal(6_096, minted.Concat(beyond).Distinct().Count());
        Assert.All(beyond, (id, i) => Assert.StartsWith(IdSource.OrderedPrefix(i < 1_000 ? Noon : Noon.AddSeconds(-1)), id, StringComparison.Ordinal));
        Assert.True(string.CompareOrdinal(ids.NewOrderedId(Noon.AddMilliseconds(1)), minted[^1]) > 0);
    }

    [Fact, Trait("promise", "M-395")]
    public void Ids_are_distinct_across_threads_and_fetches_of_randomness()
    {
        var ids = new IdSource();
        string[] minted = new string[20_000];
        Parallel.For(0, minted.Length, i => minted[i] = i % 2 == 0 ? ids.NewId() : ids.NewOrderedId(Noon));

        Assert.Equal(minted.Length, minted.Distinct().Count());
        Assert.All(minted.Where((_, i) => i % 2 == 0), id => Assert.Equal(4, Guid.Parse(id).Version));
        Assert.All(minted, id => Assert.Contains(id[19], "89ab"));
    }
}
