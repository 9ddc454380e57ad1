using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Benchmarks;

/// <summary>A thousand stored results found by patient, beside the raw SQL and writing the bytes.</summary>
internal static class SearchBenchmark
{
    /// <summary>What we promise.</summary>
    private const double MostTimes = 3;

    private const int Results = 1_000;
    private const int Others = 4_000;
    private const int WarmUp = 40;
    private const string Patient = "https://ehr.example.org/fhir/Patient/searched";

    public static async Task<string> RunAsync(BenchServer server, int pairs)
    {
        var store = server.Services.GetRequiredService<SqliteResourceStore>();
        byte[] result = await StoreAsync(store);
        await using var raw = await RawSearchServer.StartAsync(store.Path, Patient);
        using var client = new HttpClient();
        string floorUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{raw.Port}/");
        string searchUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}/fhir/RiskAssessment?patient={Uri.EscapeDataString(Patient)}&_count={Results}");
        using (var found = JsonDocument.Parse(await client.GetByteArrayAsync(searchUrl)))
        {
            if (found.RootElement.GetProperty("entry").GetArrayLength() != Results)
                throw new InvalidDataException("The search did not find what was stored.");
        }

        var times = new List<(double Floor, double Search)>(pairs);
        for (int i = -WarmUp; i < pairs; i++)
        {
            double floor = await TimeAsync(client, floorUrl), search = await TimeAsync(client, searchUrl);
            if (i >= 0)
                times.Add((floor, search));
        }
        var ratios = new Quantiles(times.Select(t => t.Search / t.Floor));
        var floors = new Quantiles(times.Select(t => t.Floor));
        var searches = new Quantiles(times.Select(t => t.Search));
        return string.Create(CultureInfo.InvariantCulture, $"""
            # A search by patient

            {Machine.Line()}

            `GET RiskAssessment?patient=...&_count={Results}` over HTTP, {Results:N0} matches of {result.Length / 1024.0:0.0} KiB among {Results + Others:N0} stored, with total, audit row on disk and Bundle, against a bare
            Kestrel endpoint that runs the SQL over the same file on one prepared connection and writes the bytes of the rows. {pairs} pairs, alternating in one process.

            | | measured | promised |
            | --- | --- | --- |
            | **time as a multiple of the raw SQL and its bytes**, median of the pairs | **{ratios.Median:0.00}** (quartiles {ratios.At(0.25):0.00} to {ratios.At(0.75):0.00}) | at most {MostTimes:0} |
            | the same, ratio of the medians | {searches.Median / floors.Median:0.00} | |

            {(ratios.Median <= MostTimes ? "The promise holds." : "THE PROMISE IS BROKEN.")}

            Absolute times depend on the machine and its other tenants: here the floor's median was {floors.Median:0.0} ms, a search's {searches.Median:0.0} ms.

            Repeat: `dotnet run -c Release --project bench/MedAI.Benchmarks -- search --stays {pairs} --out bench/search.md`

            """);
    }

    /// <summary>Copies of the demo's own first result: the real size and the real values.</summary>
    private static async Task<byte[]> StoreAsync(SqliteResourceStore store)
    {
        var template = JsonNode.Parse((await store.ListAsync("RiskAssessment", 1, CancellationToken.None))[0].Json.Span)!.AsObject();
        byte[] last = [];
        for (int i = 0; i < Results + Others; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"bench-{i}");
            template["id"] = id;
            template["subject"] = new JsonObject { ["reference"] = i % 5 == 0 ? Patient : string.Create(CultureInfo.InvariantCulture, $"https://ehr.example.org/fhir/Patient/other-{i % 97}") };
            last = Encoding.UTF8.GetBytes(template.ToJsonString());
            await store.CommitAsync(new StoreTransaction { Resources = [new ResourceWrite("RiskAssessment", id, last, DateTimeOffset.UnixEpoch.AddSeconds(i), null)] }, CancellationToken.None);
        }
        return last;
    }

    private static async Task<double> TimeAsync(HttpClient client, string url)
    {
        long began = Stopwatch.GetTimestamp();
        using var answer = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        await answer.Content.CopyToAsync(Stream.Null);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
