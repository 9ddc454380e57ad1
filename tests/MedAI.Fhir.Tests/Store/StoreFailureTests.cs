using System.Runtime.Versioning;
using MedAI.Fhir.Store;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

public sealed class StoreFailureTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact, Trait("promise", "P-17")]
    public async Task Locked_store_refuses_everything_that_waits_and_recovers()
    {
        await using var store = _folder.Open(o => o.BusyTimeoutMilliseconds = 100);
        Task<StoreReceipt>[] commits;
        using (_folder.Lock())
        {
            commits = [.. Enumerable.Range(0, 20).Select(i => store.CommitAsync(Prediction($"r{i}", $"k{i}"), None).AsTask())];
            foreach (var commit in commits)
                Assert.Equal(StoreUnavailableReason.Locked, (await Assert.ThrowsAsync<StoreUnavailableException>(() => commit)).Reason);
            Assert.False(await store.IsHealthyAsync(None));
        }

        Assert.Equal("0", _folder.Ask("SELECT count(*) FROM audit"));
        await store.CommitAsync(Prediction("r1", "k1"), None);
        Assert.NotNull(await store.FindResultAsync("k1", None));
    }

    [Fact, Trait("promise", "P-17")]
    public async Task Full_store_refuses_keeps_what_it_answered_and_stays_readable()
    {
        await using var store = _folder.Open(o => o.MaxSizeMiB = 1);
        string filler = "\"text\":\"" + new string('x', 60_000) + "\"";
        int stored = 0;
        StoreUnavailableException? refusal = null;
        while (refusal is null && stored < 100)
        {
            try
            {
                var prediction = Prediction($"r{stored}", $"k{stored}");
                await store.CommitAsync(prediction with { Resources = [.. prediction.Resources, Resource("Basic", $"b{stored}", filler)] }, None);
                stored++;
            }
            catch (StoreUnavailableException error)
            {
                refusal = error;
            }
        }

        Assert.Equal(StoreUnavailableReason.Full, refusal?.Reason);
        Assert.InRange(stored, 5, 20);
        Assert.Equal(stored, (await store.ReadNewestAsync(100, None)).Count);
        for (int i = 0; i < stored; i++)
            Assert.NotNull(await store.FindResultAsync($"k{i}", None));
        Assert.Null(await store.FindResultAsync($"k{stored}", None));
        Assert.Null(await store.ReadAsync("Basic", $"b{stored}", null, None));
    }

    [Fact]
    public async Task Group_that_runs_into_a_full_disk_fails_as_a_whole_or_keeps_whom_it_answered()
    {
        await using var store = _folder.Open(o => (o.MaxSizeMiB, o.BusyTimeoutMilliseconds) = (1, 60_000));
        string filler = "\"text\":\"" + new string('x', 60_000) + "\"";
        Task<StoreReceipt>[] commits;
        using (_folder.Lock())
        {
            commits =
            [
                .. Enumerable.Range(0, 40).Select(i => store.CommitAsync(
                    new StoreTransaction { Resources = [Resource("Basic", $"b{i}", filler)], Audit = Audit($"a{i}", null) }, None).AsTask()),
            ];
            await Task.Delay(50, None);
        }

        int answered = 0;
        for (int i = 0; i < commits.Length; i++)
        {
            bool told = await commits[i].ContinueWith(c => c.IsCompletedSuccessfully, TaskScheduler.Default);
            Assert.Equal(told, await store.ReadAsync("Basic", $"b{i}", null, None) is not null);
            answered += told ? 1 : 0;
        }
        Assert.InRange(answered, 0, 39);
        Assert.Equal(answered.ToString(), _folder.Ask("SELECT count(*) FROM audit"));
    }

    [Theory]
    [InlineData("This is a letter, not a database. It is long enough to have a header of a hundred bytes, as the format asks for.")]
    [InlineData("x")]
    public void File_that_is_no_database_is_named_refused_and_left_alone(string content)
    {
        File.WriteAllText(_folder.Database, content);

        var error = Assert.Throws<StoreUnavailableException>(() => _folder.Open());

        Assert.Equal(StoreUnavailableReason.Corrupt, error.Reason);
        Assert.Contains(_folder.Database, error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(_folder.Database));
    }

    [Fact]
    public async Task Damaged_page_is_found_at_start_and_left_alone()
    {
        await using (var store = _folder.Open())
            await store.CommitAsync(new StoreTransaction { Resources = [.. Enumerable.Range(0, 200).Select(i => Resource("Basic", $"b{i}", "\"n\":1"))] }, None);
        byte[] damaged = File.ReadAllBytes(_folder.Database);
        Array.Fill(damaged, (byte)0xA5, 4096, damaged.Length - 4096);
        File.WriteAllBytes(_folder.Database, damaged);

        var error = Assert.Throws<StoreUnavailableException>(() => _folder.Open());

        Assert.Equal(StoreUnavailableReason.Corrupt, error.Reason);
        Assert.Contains(_folder.Database, error.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, File.ReadAllBytes(_folder.Database));
    }

    [Fact]
    public void Database_of_another_program_is_refused_and_left_alone()
    {
        _folder.Ask("CREATE TABLE recipe (name TEXT)");
        byte[] before = File.ReadAllBytes(_folder.Database);

        var error = Assert.Throws<StoreUnavailableException>(() => _folder.Open());

        Assert.Contains("another program", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_folder.Database));
    }

    [Fact]
    public void Store_of_a_newer_server_is_refused()
    {
        _folder.Open().Dispose();
        _folder.Ask("PRAGMA user_version = 99");

        var error = Assert.Throws<StoreUnavailableException>(() => _folder.Open());

        Assert.Contains("schema 99", error.Message, StringComparison.Ordinal);
        Assert.Equal("99", _folder.Ask("PRAGMA user_version"));
    }

    [Fact]
    public void Log_without_its_database_is_refused_and_left_alone()
    {
        File.WriteAllText(_folder.Database + "-wal", "commits that the database does not have yet");

        var error = Assert.Throws<StoreUnavailableException>(() => _folder.Open());

        Assert.Contains("medai.db-wal", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Database));
        Assert.StartsWith("commits", File.ReadAllText(_folder.Database + "-wal"), StringComparison.Ordinal);
    }

    [Fact]
    public void Data_folder_that_cannot_be_made_is_named()
    {
        string file = Path.Combine(_folder.Path, "file");
        File.WriteAllText(file, "");

        var error = Assert.Throws<StoreUnavailableException>(() => _folder.Open(o => o.DataFolder = Path.Combine(file, "data")));

        Assert.Equal(StoreUnavailableReason.Unwritable, error.Reason);
        Assert.Contains(Path.Combine(file, "data", "medai.db"), error.Message, StringComparison.Ordinal);
    }

    [Fact, UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_may_read_the_files()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has no such modes.");
        string made = Path.Combine(_folder.Path, "made");
        await using (var store = _folder.Open(o => o.DataFolder = made))
        {
            await store.CommitAsync(Prediction("r1", "k1"), None);

            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(made));
            foreach (string file in (string[])["medai.db", "medai.db-wal", "medai.db-shm"])
                Assert.Equal(Owner, File.GetUnixFileMode(Path.Combine(made, file)));
        }
        File.SetUnixFileMode(Path.Combine(made, "medai.db"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await using var again = _folder.Open(o => o.DataFolder = made);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(made, "medai.db")));
    }
}
