using System.Diagnostics;
using System.Globalization;
using System.Text;
using MedAI.Testing;

namespace MedAI.Benchmarks;

/// <summary>What a hook costs when the model has nothing to do: bounds, validation, reading, audit on disk, with and without a client's token, against a bare echo of the same body.</summary>
internal static class MinimalBenchmark
{
    private const int Connections = 16;

    /// <summary>A server in a hospital has been warm for days; the runtime compiles in the background what is called often, and is done with that after a while.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    private const double LeastPlain = 0.4, LeastRs384 = 0.25, MostEs384 = 1.3;

    public static async Task<string> RunAsync(BenchServer open, int calls)
    {
        using var client = new BenchClient();
        await using var echo = await EchoServer.StartAsync();
        await using var closed = await BenchServer.StartAsync("--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", BenchClient.Issuer, "--Clients:Trusted:0:JwksFile", client.KeysFile);
        byte[] body = Body();
        byte[] plain = RawHttpClient.Post(open.HookPath, body);
        string audience = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{closed.Port}{closed.HookPath}");
        byte[][] Signed(string algorithm) => [.. Enumerable.Range(0, calls).AsParallel().Select(_ => RawHttpClient.Post(closed.HookPath, body, client.Token(algorithm, audience)))];

        // Warm until the compiler has settled, and then in turns, so that the machine's other tenants disturb all alike.
        var all = Enumerable.Range(0, calls).Select(_ => plain).ToArray();
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < WarmUp;)
        {
            Load(echo.Port, all);
            Load(open.Port, all);
            Load(closed.Port, Signed("RS384"));
            Load(closed.Port, Signed("ES384"));
        }
        var rounds = new List<(double Echo, double Plain, double Rs, double Es, double Check)>();
        double bytesPlain = 0, bytesEcho = 0;
        for (int round = 0; round < 5; round++)
        {
            byte[][] rs = Signed("RS384"), es = Signed("ES384");
            var (echoTime, echoBytes) = Load(echo.Port, all);
            var (plainTime, plainBytes) = Load(open.Port, all);
            rounds.Add((echoTime, plainTime, Load(closed.Port, rs).Seconds, Load(closed.Port, es).Seconds, Checks(client.Check("ES384"), calls)));
            (bytesEcho, bytesPlain) = (echoBytes, plainBytes);
        }
        double ofPlain = new Quantiles(rounds.Select(r => r.Echo / r.Plain)).Median, ofRs = new Quantiles(rounds.Select(r => r.Echo / r.Rs)).Median;
        double ofEs = new Quantiles(rounds.Select(r => r.Es / (r.Echo + r.Check))).Median;
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Minimal hook

            {Machine.Line()}

            A hook whose prefetch holds a Patient and nothing else ({body.Length} bytes): the model abstains, and the audit row is on disk before the answer (group commit).
            It is the same call each time, so that the abstention itself is stored with the first one and the others' audit rows refer to it (ADR 3).
            {calls} calls over {Connections} connections, five rounds in turns with a bare Kestrel server that parses the same body and writes it back; clients and servers share the machine.

            | | measured | promised |
            | --- | --- | --- |
            | **throughput without JWT, of the echo's** | **{ofPlain:0.00}** | at least {LeastPlain:0.00} |
            | **throughput with RS384, of the echo's** | **{ofRs:0.00}** | at least {LeastRs384:0.00} |
            | **cost with ES384, of echo plus one signature check** | **{ofEs:0.00}** | at most {MostEs384:0.00} |
            | bytes allocated per request | {bytesPlain:0} (echo {bytesEcho:0}) | |

            {(ofPlain >= LeastPlain && ofRs >= LeastRs384 && ofEs <= MostEs384 ? "All promises hold." : "A PROMISE IS BROKEN.")}

            Absolute figures depend on the machine and its other tenants: here the echo answered {calls / new Quantiles(rounds.Select(r => r.Echo)).Median:0} a second.

            Repeat: `dotnet run -c Release --project bench/MedAI.Benchmarks -- minimal --stays {calls} --out bench/minimal.md`

            """);
    }

    private static byte[] Body() => Encoding.UTF8.GetBytes("""
        {"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","fhirServer":"https://ehr.example.org/r4","context":{"userId":"Practitioner/1","patientId":"p1"},
        "prefetch":{"patient":{"resourceType":"Patient","id":"p1","gender":"female","birthDate":"1950-01-01"},"encounter":null,"locations":null,"observations-vital-signs":null,
        "observations-laboratory":null,"observations-codes":null,"procedures":null}}
        """);

    private static (double Seconds, double BytesPerCall) Load(int port, byte[][] requests)
    {
        int next = -1;
        using var ready = new Barrier(Connections + 1);
        var clients = Enumerable.Range(0, Connections).Select(_ => Task.Factory.StartNew(() =>
        {
            using var client = new RawHttpClient(port);
            ready.SignalAndWait();
            int i;
            while ((i = Interlocked.Increment(ref next)) < requests.Length)
            {
                var (status, body) = client.Send(requests[i]);
                if (status != 200)
                    throw new InvalidDataException($"The server answered {status}, {Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 500)])}");
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        ready.SignalAndWait();
        long before = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
        Task.WaitAll(clients);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (seconds, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / requests.Length);
    }

    /// <summary>Seconds for this many checks on all processors.</summary>
    private static double Checks(Action check, int count)
    {
        long start = Stopwatch.GetTimestamp();
        Parallel.For(0, count, _ => check());
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
