using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MedAI.Testing;

namespace MedAI.Benchmarks;

/// <summary>Eight connections at once against one: what group commit and batching give.</summary>
internal static class LoadBenchmark
{
    private const int Connections = 8;
    private const int WarmUp = 60;

    public static string Run(BenchServer server, int stays)
    {
        var hooks = BenchServer.Stays();
        Calls(server, hooks, 1, 0, WarmUp);
        Calls(server, hooks, Connections, WarmUp, WarmUp);
        var (alone, aloneRate) = Calls(server, hooks, 1, 2 * WarmUp, stays);
        var (loaded, loadedRate) = Calls(server, hooks, Connections, (2 * WarmUp) + stays, stays);
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Hook calls under load

            {Machine.Line()}

            {stays} hook calls with {FullStayHooks.Observations} Observations each, persistence on, first one after another, then over {Connections} connections; clients and server share the machine.

            | | one connection | {Connections} connections | ratio |
            | --- | --- | --- | --- |
            | calls per second | {aloneRate:0} | {loadedRate:0} | **{loadedRate / aloneRate:0.00}** |
            | median of a call, ms | {alone.Median:0.0} | {loaded.Median:0.0} | {loaded.Median / alone.Median:0.00} |
            | 95th percentile, ms | {alone.At(0.95):0.0} | {loaded.At(0.95):0.0} | {loaded.At(0.95) / alone.At(0.95):0.00} |
            | 99th percentile, ms | {alone.At(0.99):0.0} | {loaded.At(0.99):0.0} | {loaded.At(0.99) / alone.At(0.99):0.00} |

            Repeat: `dotnet run -c Release --project bench/MedAI.Benchmarks -- load --stays {stays} --out bench/load.md`

            """);
    }

    private static (Quantiles Latency, double PerSecond) Calls(BenchServer server, FullStayHooks hooks, int connections, int first, int count)
    {
        var requests = new ConcurrentQueue<byte[]>(Enumerable.Range(first, count).Select(i => RawHttpClient.Post(server.HookPath, hooks.Body(i))));
        var latencies = new ConcurrentBag<double>();
        long began = Stopwatch.GetTimestamp();
        var clients = Enumerable.Range(0, connections).Select(_ => Task.Factory.StartNew(() =>
        {
            using var client = new RawHttpClient(server.Port);
            while (requests.TryDequeue(out byte[]? request))
            {
                long start = Stopwatch.GetTimestamp();
                var (status, body) = client.Send(request);
                latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (status != 200)
                    throw new InvalidDataException($"The server answered {status}, {Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 500)])}");
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(clients);
        return (new Quantiles(latencies), count / Stopwatch.GetElapsedTime(began).TotalSeconds);
    }
}
