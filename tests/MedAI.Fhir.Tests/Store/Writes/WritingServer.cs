using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Store.Writes;

/// <summary>A server whose clients may write, at the samples' time.</summary>
public class WritingServer : IAsyncLifetime
{
    public MedAIServer Server { get; private set; } = null!;

    public IResourceStore Store => Server.App.Services.GetRequiredService<IResourceStore>();

    public async ValueTask InitializeAsync() => Server = await Call.ServerAtSampleTime(null, ["--Store:AcceptsWrites", "true", .. Arguments()]);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Server is null ? ValueTask.CompletedTask : Server.DisposeAsync();
    }

    /// <summary>Where the store is.</summary>
    protected virtual string[] Arguments() => [];
}

/// <summary>The same on PostgreSQL.</summary>
public sealed class PostgresWritingServer : WritingServer
{
    protected override string[] Arguments() => ["--Store:ConnectionString", new PostgresOfTest().ConnectionString];
}

/// <summary>Writes as clients send them.</summary>
internal static class Write
{
    public static JsonObject Patient(string? id = null, string? number = null) => With(new JsonObject
    {
        ["resourceType"] = "Patient",
        ["meta"] = new JsonObject { ["profile"] = new JsonArray(CollectedResources.MadeUp) },
        ["identifier"] = new JsonArray(new JsonObject { ["system"] = "urn:example:numbers", ["value"] = number ?? Guid.CreateVersion7().ToString() }),
        ["gender"] = "female",
        ["birthDate"] = "1950-04-01",
    }, id);

    public static JsonObject HeartRate(string patient, int rate = 88, string? id = null, string at = "2026-03-02T07:30:00Z") => With(new JsonObject
    {
        ["resourceType"] = "Observation",
        ["meta"] = new JsonObject { ["profile"] = new JsonArray(CollectedResources.MadeUp) },
        ["status"] = "final",
        ["code"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://loinc.org", ["code"] = "8867-4" }) },
        ["subject"] = new JsonObject { ["reference"] = patient },
        ["effectiveDateTime"] = at,
        ["valueQuantity"] = new JsonObject { ["value"] = rate, ["unit"] = "/min", ["system"] = "http://unitsofmeasure.org", ["code"] = "/min" },
    }, id);

    public static JsonObject With(JsonObject resource, string? id)
    {
        if (id is not null)
            resource["id"] = id;
        return resource;
    }

    public static async Task<Answer> SendAsync(this MedAIServer server, string method, string path, JsonNode? body = null, string? token = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path.Length == 0 ? "/fhir" : "/fhir/" + path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/fhir+json");
        }
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Answer.ReadAsync(await server.Client.SendAsync(request));
    }

    public static Answer AssertStatus(this Answer answer, System.Net.HttpStatusCode status)
    {
        Assert.True(answer.Status == status, $"{answer.Status}: {answer.Text}");
        return answer;
    }

    public static string ETag(this Answer answer) => answer.Response.Headers.ETag!.ToString();

    public static JsonObject Bundle(string type, params JsonObject[] entries) => new() { ["resourceType"] = "Bundle", ["type"] = type, ["entry"] = new JsonArray([.. entries]) };

    public static JsonObject Entry(string method, string url, JsonObject? resource = null, string? fullUrl = null, params (string Name, string Value)[] conditions)
    {
        var request = new JsonObject { ["method"] = method, ["url"] = url };
        foreach (var (name, value) in conditions)
            request[name] = value;
        var entry = new JsonObject { ["request"] = request };
        if (fullUrl is not null)
            entry["fullUrl"] = fullUrl;
        if (resource is not null)
            entry["resource"] = resource;
        return entry;
    }

    public static string[] Statuses(this Answer answer) => [.. answer.Json.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("response").GetProperty("status").GetString()![..3])];
}
