using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MedAI.Testing;

namespace MedAI.Benchmarks;

/// <summary><c>$assess-risk</c> with a stay in a Bundle beside a hook with the same stay in its prefetch, call by call.</summary>
internal static class OperationBenchmark
{
    private const double MostTimes = 1.5;

    private const int WarmUp = 400;

    public static string Run(BenchServer server, int stays)
    {
        var hooks = BenchServer.Stays();
        using var client = new RawHttpClient(server.Port);
        var pairs = new List<(double Hook, double Operation)>(stays);
        int size = 0;
        for (int i = 0; i < WarmUp + stays; i++)
        {
            // Two patients with the same values: no stored result answers either call.
            byte[] hook = RawHttpClient.Post(server.HookPath, hooks.Body(2 * i));
            byte[] data = Bundle(hooks.Body((2 * i) + 1));
            byte[] operation = RawHttpClient.Post("/fhir/$assess-risk", data);
            size = data.Length;
            long t0 = Stopwatch.GetTimestamp();
            Send(client, hook, "\"uuid\"");
            long t1 = Stopwatch.GetTimestamp();
            Send(client, operation, "\"RiskAssessment\"");
            long t2 = Stopwatch.GetTimestamp();
            if (i >= WarmUp)
                pairs.Add((HookBenchmark.Milliseconds(t0, t1), HookBenchmark.Milliseconds(t1, t2)));
        }
        var ratios = new Quantiles(pairs.Select(p => p.Operation / p.Hook));
        var hooksTook = new Quantiles(pairs.Select(p => p.Hook));
        var operationsTook = new Quantiles(pairs.Select(p => p.Operation));
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Operation

            {Machine.Line()}

            `$assess-risk` on the system level with a Bundle of {FullStayHooks.Observations} Observations ({size / 1024} KB, JSON), persistence on, against a hook with the same stay in its prefetch. {stays} pairs,
            alternating in one process; every call is another patient's.

            | | measured | promised |
            | --- | --- | --- |
            | **time as a multiple of the hook's**, median of the pairs | **{ratios.Median:0.00}** (quartiles {ratios.At(0.25):0.00} to {ratios.At(0.75):0.00}) | at most {MostTimes:0.0} |
            | the same, ratio of the medians | {operationsTook.Median / hooksTook.Median:0.00} | |
            | the same, ratio of the 95th percentiles | {operationsTook.At(0.95) / hooksTook.At(0.95):0.00} | |

            {(ratios.Median <= MostTimes ? "The promise holds." : "THE PROMISE IS BROKEN.")}

            Absolute times depend on the machine and its other tenants: here the hook's median was {hooksTook.Median:0.00} ms, the operation's {operationsTook.Median:0.00} ms.

            Repeat: `dotnet run -c Release --project bench/MedAI.Benchmarks -- operation --stays {stays} --out bench/operation.md`

            """);
    }

    /// <summary>The resources of a hook's prefetch as one collection.</summary>
    private static byte[] Bundle(byte[] hook)
    {
        var request = JsonNode.Parse(hook)!.AsObject();
        string fhirBase = ((string)request["fhirServer"]!).TrimEnd('/');
        var entries = new JsonArray();
        foreach (var (_, value) in request["prefetch"]!.AsObject())
        {
            if (value is not JsonObject resource)
                continue;
            foreach (var inner in (string?)resource["resourceType"] == "Bundle" ? resource["entry"]!.AsArray().Select(e => e!["resource"]!) : [resource])
                entries.Add((JsonNode)new JsonObject { ["fullUrl"] = $"{fhirBase}/{inner["resourceType"]}/{inner["id"]}", ["resource"] = inner.DeepClone() });
        }
        return Encoding.UTF8.GetBytes(new JsonObject { ["resourceType"] = "Bundle", ["type"] = "collection", ["entry"] = entries }.ToJsonString());
    }

    private static void Send(RawHttpClient client, byte[] request, string expected)
    {
        var (status, body) = client.Send(request);
        if (status != 200 || body.Span.IndexOf(Encoding.UTF8.GetBytes(expected)) < 0)
            throw new InvalidDataException($"The server answered {status}, {Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 500)])}");
    }
}
