using System.Diagnostics;
using System.Globalization;
using System.Text;
using MedAI.Testing;
using Microsoft.ML.OnnxRuntime;

namespace MedAI.Benchmarks;

/// <summary>One hook call of a full stay, persistence on, beside the floor of the same body, call by call.</summary>
internal static class HookBenchmark
{
    /// <summary>What we promise.</summary>
    private const double MostTimes = 2.5;

    private const int MostBytes = 2048;

    /// <summary>In how many parts the allocations are counted.</summary>
    private const int AllocationParts = 7;

    /// <summary>Calls before the measured ones. The runtime compiles in tiers and profiles in between: after 60 calls a call takes half as long again as after 400.</summary>
    private const int WarmUp = 400;

    public static string Run(BenchServer server, int stays)
    {
        var hooks = BenchServer.Stays();
        using var floor = new Floor(server.Model);
        using var client = new RawHttpClient(server.Port);
        for (int i = 0; i < WarmUp; i++)
            Pair(server, hooks, floor, client, i);

        var pairs = new List<(double Parse, double Run, double Call, int Rows)>(stays);
        for (int i = 0; i < stays; i++)
            pairs.Add(Pair(server, hooks, floor, client, WarmUp + i));
        var ratios = new Quantiles(pairs.Select(p => p.Call / (p.Parse + p.Run)));
        var calls = new Quantiles(pairs.Select(p => p.Call));
        var floors = new Quantiles(pairs.Select(p => p.Parse + p.Run));
        double ofMedians = calls.Median / floors.Median;
        double bytes = Allocated(server, hooks, client, WarmUp + stays, Math.Min(stays, 100));
        var stages = Stages.Measure(server, hooks, WarmUp + stays + 200, Math.Min(stays, 100));

        double perObservation = bytes / FullStayHooks.Observations;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Hook call of a full stay

            {Machine.Line()}

            One hook call with {FullStayHooks.Observations} Observations ({hooks.Body(0).Length / 1024} KB) over HTTP with persistence on, against the floor of the same body:
            `JsonDocument.Parse` plus the bare `InferenceSession.Run` of the same {pairs[0].Rows} rows (the input and its explanation). {stays} pairs, alternating in one
            process; every stay is another patient's, so no stored result answers.

            | | measured | promised |
            | --- | --- | --- |
            | **time as a multiple of the floor**, median of the pairs | **{ratios.Median:0.00}** (quartiles {ratios.At(0.25):0.00} to {ratios.At(0.75):0.00}) | at most {MostTimes:0.0} |
            | the same, ratio of the medians | {ofMedians:0.00} | |
            | the same, ratio of the 95th percentiles | {calls.At(0.95) / floors.At(0.95):0.00} | |
            | **bytes allocated per Observation** | **{perObservation:0}** ({bytes / 1024:0} KiB per call) | at most {MostBytes} |

            {(ratios.Median <= MostTimes && perObservation <= MostBytes ? "Both promises hold." : "A PROMISE IS BROKEN.")}

            Where the time of a call goes, measured stage by stage on one thread as multiples of the floor's median:

            | stage | time | KiB allocated |
            | --- | --- | --- |

            """);
        text.Append(CultureInfo.InvariantCulture, $"| floor: JsonDocument.Parse | {new Quantiles(pairs.Select(p => p.Parse)).Median / floors.Median:0.00} | |\n");
        text.Append(CultureInfo.InvariantCulture, $"| floor: session.Run | {new Quantiles(pairs.Select(p => p.Run)).Median / floors.Median:0.00} | |\n");
        foreach (var (stage, milliseconds, allocated) in stages)
            text.Append(CultureInfo.InvariantCulture, $"| {stage} | {milliseconds / floors.Median:0.00} | {allocated / 1024:0.0} |\n");
        text.Append(CultureInfo.InvariantCulture, $"""

            Absolute times depend on the machine and its other tenants: here the floor's median was {floors.Median:0.00} ms, a call's {calls.Median:0.00} ms (95th percentile {calls.At(0.95):0.00} ms).

            Repeat: `dotnet run -c Release --project bench/MedAI.Benchmarks -- hook --stays {stays} --out bench/hook.md`

            """);
        return text.ToString();
    }

    private static (double Parse, double Run, double Call, int Rows) Pair(BenchServer server, FullStayHooks hooks, Floor floor, RawHttpClient client, int number)
    {
        byte[] body = hooks.Body(number);
        byte[] request = RawHttpClient.Post(server.HookPath, body);
        OrtValue[] rows = floor.Rows(body, hooks.PatientOf(number));
        int count = (int)rows[0].GetTensorTypeAndShape().Shape[0];

        long t0 = Stopwatch.GetTimestamp();
        Floor.Parse(body);
        long t1 = Stopwatch.GetTimestamp();
        floor.Run(rows);
        long t2 = Stopwatch.GetTimestamp();
        Send(client, request);
        long t3 = Stopwatch.GetTimestamp();
        foreach (var row in rows)
            row.Dispose();
        return (Milliseconds(t0, t1), Milliseconds(t1, t2), Milliseconds(t2, t3), count);
    }

    /// <summary>Bytes that a call allocates, everything on the server's side of the socket.</summary>
    private static double Allocated(BenchServer server, FullStayHooks hooks, RawHttpClient client, int first, int calls)
    {
        var requests = new byte[calls][];
        for (int i = 0; i < calls; i++)
            requests[i] = RawHttpClient.Post(server.HookPath, hooks.Body(first + i));
        // The counter steps back now and then: the middle of several parts is not touched by it.
        return new Quantiles(requests.Chunk(Math.Max(1, calls / AllocationParts)).Select(part =>
        {
            long before = AllocatedSoFar();
            foreach (byte[] request in part)
                Send(client, request);
            return (AllocatedSoFar() - before) / (double)part.Length;
        })).Median;
    }

    /// <summary>The counter of the server's collector is right only just after a collection, and mostly then.</summary>
    private static long AllocatedSoFar()
    {
        GC.Collect();
        return GC.GetTotalAllocatedBytes(precise: true);
    }

    private static void Send(RawHttpClient client, byte[] request)
    {
        var (status, body) = client.Send(request);
        if (status != 200 || body.Span.IndexOf("\"uuid\""u8) < 0)
            throw new InvalidDataException($"The server answered {status}, {Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 500)])}");
    }

    internal static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
