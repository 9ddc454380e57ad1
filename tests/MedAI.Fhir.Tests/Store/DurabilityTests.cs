using System.Diagnostics;
using System.Globalization;
using System.Text;
using MedAI.Fhir.Store;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

public sealed class DurabilityTests : IDisposable
{
    private const string ChildFolder = "MEDAI_TEST_COMMIT_LOOP";

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact, Trait("promise", "M-21")]
    public async Task Killed_process_loses_nothing_that_it_answered()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, Environment = { [ChildFolder] = _folder.Path } };
        foreach (string argument in (string[])
            ["exec", typeof(DurabilityTests).Assembly.Location, "--explicit", "only", "--filter-method", $"{typeof(DurabilityTests).FullName}.{nameof(Commit_loop_for_the_killed_process)}"])
            start.ArgumentList.Add(argument);

        var answered = new List<string>();
        var tail = new Queue<string>();
        using (var child = Process.Start(start)!)
        {
            try
            {
                while (answered.Count < 300 && await child.StandardOutput.ReadLineAsync(None) is { } line)
                    Note(line);
                Assert.True(answered.Count >= 300, $"The child ended early: {string.Join('\n', tail)}");
            }
            finally
            {
                // SIGKILL: no handler, no flush, no close.
                child.Kill();
            }
            // What it printed before it died counts too; the last line may be half a line.
            string[] rest = (await child.StandardOutput.ReadToEndAsync(None)).Split('\n');
            foreach (string line in rest[..^1])
                Note(line);
            await child.WaitForExitAsync(None);
            Assert.NotEqual(0, child.ExitCode);
        }

        await using var store = _folder.Open();
        foreach (string id in answered)
        {
            Assert.Equal(id, (await store.FindResultAsync("key-" + id, None))?.ResultId);
            Assert.NotNull(await store.ReadAsync("Provenance", "prov-" + id, null, None));
            Assert.Single(await store.ReadRequestAsync("request-audit-" + id, None));
        }
        // And nothing is half there.
        Assert.Equal(_folder.Ask("SELECT count(*) FROM outcome"), _folder.Ask("SELECT count(*) FROM audit"));
        Assert.Equal("0", _folder.Ask("SELECT count(*) - 2 * (SELECT count(*) FROM outcome) FROM resource"));
        await store.CommitAsync(Prediction("after", "key-after"), None);

        void Note(string line)
        {
            if (line.StartsWith("answered ", StringComparison.Ordinal))
                answered.Add(line["answered ".Length..].TrimEnd());
            else
                tail.Enqueue(line);
        }
    }

    /// <summary>Runs in the process that is killed: commits from four tasks for ever and names each result after its commit.</summary>
    [Fact(Explicit = true)]
    public async Task Commit_loop_for_the_killed_process()
    {
        string? folder = Environment.GetEnvironmentVariable(ChildFolder);
        if (folder is null)
            Assert.Skip("Only runs as the child of " + nameof(Killed_process_loses_nothing_that_it_answered));
        var output = Console.OpenStandardOutput();
        await using var store = SqliteResourceStore.Open(
            new StoreOptions { DataFolder = folder }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<SqliteResourceStore>.Instance);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(task => Task.Run(async () =>
        {
            for (int i = 0; ; i++)
            {
                string id = $"r{task}-{i}";
                await store.CommitAsync(Prediction(id, "key-" + id), None);
                lock (output)
                {
                    output.Write(Encoding.UTF8.GetBytes($"\nanswered {id}\n"));
                    output.Flush();
                }
            }
        })));
    }

    [Fact]
    public async Task Restarted_store_has_everything_and_goes_on()
    {
        await using (var store = _folder.Open())
        {
            await store.CommitAsync(Prediction("r1", "k1"), None);
            await store.CommitAsync(new StoreTransaction { Resources = [Resource("Device", "d", "\"n\":1")] }, None);
        }
        await using (var store = _folder.Open())
        {
            Assert.Equal("r1", (await store.CommitAsync(Prediction("r2", "k1"), None)).ExistingResult!.ResultId);
            await store.CommitAsync(new StoreTransaction { Resources = [Resource("Device", "d", "\"n\":2")] }, None);
        }
        await using var last = _folder.Open();
        Assert.Equal(2, (await last.ReadAsync("Device", "d", null, None))!.Version);
        Assert.Equal(2, (await last.ReadNewestAsync(10, None)).Count);
    }

    [Fact]
    public async Task Commit_waits_for_the_disk()
    {
        await using var store = _folder.Open();
        await store.CommitAsync(Prediction("r1", "k1"), None);

        using var writer = SqliteSession.OpenWriter(_folder.Database, _folder.Options);
        Assert.Equal("wal", writer.Ask("PRAGMA journal_mode"));
        // 2 is FULL. What a power cut leaves behind cannot be tested here; that the setting is on can.
        Assert.Equal("2", writer.Ask("PRAGMA synchronous"));
        Assert.Equal("1", writer.Ask("PRAGMA foreign_keys"));
        Assert.Equal(Migration.OfSqlite[^1].Version.ToString(CultureInfo.InvariantCulture), writer.Ask("PRAGMA user_version"));
    }
}
