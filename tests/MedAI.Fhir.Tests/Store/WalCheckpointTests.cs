using System.Globalization;
using MedAI.Fhir.Store;
using Microsoft.Data.Sqlite;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

/// <summary>The log of the embedded store is moved into its file beside the commits, and begins anew.</summary>
public sealed class WalCheckpointTests : IDisposable
{
    private const int Callers = 8;
    private const int Page = 4096;

    /// <summary>A transaction of about 64 pages.</summary>
    private static readonly string Filling = $"\"description\":\"{new string('x', 60 * Page)}\"";

    private readonly StoreFolder _folder = new();
    private int _written;

    private long LogBytes => new FileInfo(_folder.Database + "-wal").Length;

    public void Dispose() => _folder.Dispose();

    [Fact, Trait("promise", "M-610")]
    public async Task Log_stays_short_while_callers_write_without_pause()
    {
        await using (var store = _folder.Open())
        {
            long longest = 0;
            for (int round = 0; round < 10; round++)
            {
                await WriteAsync(store, mebibytes: 20);
                longest = Math.Max(longest, LogBytes);
            }
            // 200 MiB went through it.
            Assert.InRange(longest, WalCheckpoints.Pages * Page, 100 << 20);
        }
        Assert.Equal("ok", _folder.Ask("PRAGMA quick_check"));
        Assert.Equal(_written.ToString(CultureInfo.InvariantCulture), _folder.Ask("SELECT count(*) FROM resource WHERE type = 'Basic'"));
    }

    [Fact, Trait("promise", "M-610")]
    public async Task Log_that_a_reader_needs_grows_and_begins_anew_when_nobody_needs_it()
    {
        await using var store = _folder.Open();
        await WriteAsync(store, mebibytes: 1);
        using (var reader = new SqliteConnection($"Data Source={_folder.Database};Pooling=False"))
        {
            reader.Open();
            using var snapshot = reader.BeginTransaction(deferred: true);
            using var command = reader.CreateCommand();
            command.Transaction = snapshot;
            command.CommandText = "SELECT count(*) FROM resource WHERE type = 'Basic'";
            int before = _written;
            Assert.Equal((long)before, command.ExecuteScalar());
            await WriteAsync(store, mebibytes: 50);
            Assert.InRange(LogBytes, 50 << 20, long.MaxValue);
            Assert.Equal((long)before, command.ExecuteScalar());
        }
        // What is in the log now is moved once there is as much again, and the first commit after that begins it anew.
        for (int round = 0; round < 3; round++)
            await WriteAsync(store, mebibytes: 20);
        Assert.InRange(await LogPagesAsync(), 0, 50 * (1 << 20) / Page);
        Assert.Equal(_written.ToString(CultureInfo.InvariantCulture), _folder.Ask("SELECT count(*) FROM resource WHERE type = 'Basic'"));
    }

    [Fact, Trait("promise", "M-610")]
    public async Task Store_that_closes_while_its_log_is_moved_has_everything_in_its_file()
    {
        for (int start = 0; start < 3; start++)
        {
            await using var store = _folder.Open();
            await WriteAsync(store, mebibytes: 17);
        }
        Assert.False(File.Exists(_folder.Database + "-wal"));
        Assert.Equal("ok", _folder.Ask("PRAGMA quick_check"));
        Assert.Equal(_written.ToString(CultureInfo.InvariantCulture), _folder.Ask("SELECT count(*) FROM resource WHERE type = 'Basic'"));
    }

    private async Task WriteAsync(SqliteResourceStore store, int mebibytes)
    {
        int each = mebibytes * (1 << 20) / (60 * Page) / Callers;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i <= each; i++)
                await store.CommitAsync(new StoreTransaction { Resources = [Resource("Basic", "r" + Interlocked.Increment(ref _written), Filling)] }, CancellationToken.None);
        })));
    }

    /// <summary>Pages in the log that are in use.</summary>
    private async Task<long> LogPagesAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        connection.Open();
        for (int attempt = 0; attempt < 500; attempt++)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
            using var row = command.ExecuteReader();
            Assert.True(row.Read());
            // Below zero while the store's own move is under way.
            if (row.GetInt64(1) is >= 0 and var pages)
                return pages;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("The log is being moved without end.");
    }
}
