using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using Microsoft.Data.Sqlite;

namespace MedAI.Fhir.Tests.Operations.Cohorts;

/// <summary>Groups and their patients, made from a demo record.</summary>
internal static class Cohort
{
    public const string Group = "cohort";

    public const string Path = $"/fhir/Group/{Group}/$assess-risk";

    /// <summary>In-parameters at the samples' time.</summary>
    public static readonly string AtSampleTime = new JsonObject
    {
        ["resourceType"] = "Parameters",
        ["parameter"] = new JsonArray(new JsonObject { ["name"] = "asOf", ["valueDateTime"] = Call.SampleTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null) }),
    }.ToJsonString();

    public static string PatientId(int number) => $"c-{number:0000}";

    /// <summary>Stores patients and the Group of them.</summary>
    /// <param name="thin">Keeps every fourth Observation: fewer rows, and still enough for an estimate.</param>
    public static async Task ImportAsync(IResourceStore store, int patients, bool thin = true)
    {
        var record = Call.Record("demo-recovering");
        if (thin)
        {
            int number = 0;
            foreach (var entry in record["entry"]!.AsArray().ToArray())
            {
                if ((string?)entry!["resource"]!["resourceType"] == "Observation" && number++ % 4 != 0)
                    record["entry"]!.AsArray().Remove(entry);
            }
        }
        string text = record.ToJsonString();
        for (int i = 0; i < patients; i++)
        {
            var receipt = await store.ImportBundleAsync(Encoding.UTF8.GetBytes(text.Replace("demo-recovering", PatientId(i), StringComparison.Ordinal)), TimeProvider.System, CancellationToken.None);
            Assert.Null(receipt.Failure);
        }
        await ImportGroupAsync(store, Enumerable.Range(0, patients).Select(i => Member("Patient/" + PatientId(i))));
    }

    public static JsonObject Member(string? reference, bool? inactive = null)
    {
        var member = new JsonObject { ["entity"] = reference is null ? new JsonObject { ["display"] = "somebody" } : new JsonObject { ["reference"] = reference } };
        if (inactive is { } left)
            member["inactive"] = left;
        return member;
    }

    public static async Task ImportGroupAsync(IResourceStore store, IEnumerable<JsonObject> members, string id = Group, bool actual = true)
    {
        var group = new JsonObject { ["resourceType"] = "Group", ["id"] = id, ["type"] = "person", ["actual"] = actual };
        JsonNode[] list = [.. members];
        if (list.Length > 0)
            group["member"] = new JsonArray(list);
        var bundle = new JsonObject { ["resourceType"] = "Bundle", ["type"] = "collection", ["entry"] = new JsonArray(new JsonObject { ["resource"] = group }) };
        Assert.Null((await store.ImportBundleAsync(Encoding.UTF8.GetBytes(bundle.ToJsonString()), new StandingClock(Call.SampleTime), CancellationToken.None)).Failure);
    }

    /// <summary>The lines of every file that a manifest names, by the file's type.</summary>
    public static async Task<Dictionary<string, JsonObject[]>> LinesAsync(HttpClient client, Answer ended)
    {
        Assert.StartsWith("application/json", ended.AssertOk().ContentType, StringComparison.Ordinal);
        var files = new Dictionary<string, JsonObject[]>();
        foreach (string list in (string[])["output", "error"])
        {
            foreach (var file in ended.Json.GetProperty(list).EnumerateArray())
            {
                using var answer = await client.GetAsync(new Uri(file.GetProperty("url").GetString()!).AbsolutePath);
                Assert.Equal("application/fhir+ndjson", answer.Content.Headers.ContentType?.ToString());
                string type = file.GetProperty("type").GetString()!;
                Assert.Equal(list == "error", type == "OperationOutcome");
                files[type] = [.. (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!.AsObject())];
                Assert.All(files[type], line => Assert.Equal(type, (string?)line["resourceType"]));
                Assert.Equal(files[type].Length, file.GetProperty("count").GetInt32());
            }
        }
        return files;
    }

    public static string Subject(JsonObject line) => (string?)line["subject"]?["reference"]
        ?? (string)line["extension"]!.AsArray().Single(e => ((string)e!["url"]!).EndsWith("/outcome-subject", StringComparison.Ordinal))!["valueReference"]!["reference"]!;

    /// <summary>Members that are done and on disk; null when the job has ended. Asked of the file, which no pace holds up.</summary>
    public static int? Done(string dataFolder)
    {
        using var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(dataFolder, "medai.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT position FROM job WHERE state = 'waiting'";
        return (int?)(long?)command.ExecuteScalar();
    }

    /// <summary>Waits until so many members are done.</summary>
    public static async Task<int> UntilDoneAsync(string dataFolder, int members)
    {
        int? done;
        while ((done = Done(dataFolder)) < members)
            await Task.Delay(2);
        return done ?? throw new InvalidOperationException("The job ended before it could be looked at.");
    }
}
