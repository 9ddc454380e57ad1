using System.Globalization;
using MedAI.Benchmarks;

int stays = 300;
string? output = null;
string command = args is [var first, ..] ? first : "";
for (int i = 1; i < args.Length; i++)
{
    if (args[i] == "--out" && i + 1 < args.Length)
        output = args[++i];
    else if (args[i] == "--stays" && i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out stays) && stays is >= 20 and <= 100_000)
        i++;
    else
        command = "";
}
if (command is not ("hook" or "load" or "minimal" or "explain" or "imaging" or "search" or "operation"))
{
    Console.Error.WriteLine("Usage: MedAI.Benchmarks hook|load|minimal|explain|imaging|search|operation [--stays <20 to 100000>] [--out <markdown file>]");
    return 2;
}

await using var server = await BenchServer.StartAsync();
string report = command switch
{
    "hook" => HookBenchmark.Run(server, stays),
    "minimal" => await MinimalBenchmark.RunAsync(server, stays),
    "operation" => OperationBenchmark.Run(server, stays),
    "search" => await SearchBenchmark.RunAsync(server, stays),
    "explain" => ExplainBenchmark.Run(server, stays),
    "imaging" => ImagingBenchmark.Run(server, stays),
    _ => LoadBenchmark.Run(server, stays),
};
Console.WriteLine(report);
if (output is not null)
    File.WriteAllText(output, report);
return 0;
