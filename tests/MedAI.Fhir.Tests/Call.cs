using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests;

/// <summary>Requests as clients send them, made from the samples.</summary>
public static class Call
{
    public const string Hook = "/cds-services/icu-mortality";

    /// <summary>The samples' time.</summary>
    public static readonly DateTimeOffset SampleTime = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    /// <summary>A server of the other sort: no demo, its clock at the samples' time.</summary>
    public static Task<MedAIServer> ServerAtSampleTime(Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? configure = null, params string[] args) =>
        MedAIServer.StartAsync(null, [.. Outspoken("icu-mortality", "2.0.0"), .. args], builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(new StandingClock(SampleTime));
            configure?.Invoke(builder);
        });

    /// <summary>A site that signed for the model and says everything every time.</summary>
    public static string[] Outspoken(string service, string version) =>
    [
        "--Alerts:SignOffs:0:Service", service, "--Alerts:SignOffs:0:Version", version, "--Alerts:SignOffs:0:By", "Dr Ada Example, medical director", "--Alerts:SignOffs:0:On", "2026-03-01",
        "--Alerts:CooldownMinutes", "0", "--Alerts:DeltaPercentagePoints", "0",
    ];

    public static JsonObject Sample(string name) => JsonNode.Parse(File.ReadAllBytes(RepositoryRoot.Combine("samples", "requests", name)))!.AsObject();

    public static JsonObject Record(string patient) => JsonNode.Parse(File.ReadAllBytes(RepositoryRoot.Combine("samples", "patients", patient + ".json")))!.AsObject();

    /// <summary>What a search by date finds of a record: no Observation whose only time is that of its report.</summary>
    public static JsonObject Findable(JsonObject record)
    {
        var entries = record["entry"]!.AsArray();
        foreach (var entry in entries.Where(e => e!["resource"] is { } r && (string?)r["resourceType"] == "Observation" && r["effectiveDateTime"] is null && r["effectivePeriod"] is null).ToArray())
            entries.Remove(entry);
        return record;
    }

    /// <summary>patient-view without prefetch.</summary>
    public static JsonObject PatientView(string patient) => Sample($"patient-view-{patient}.json");

    /// <summary>patient-view with everything in its prefetch, from a server that is not ours.</summary>
    public static JsonObject WithPrefetch(string fhirServer = "https://ehr.example.org/r4")
    {
        string text = File.ReadAllText(RepositoryRoot.Combine("samples", "requests", "patient-view-demo-deteriorating-prefetch.json"));
        var request = JsonNode.Parse(text.Replace("https://ehr.example.org/fhir", fhirServer.TrimEnd('/'), StringComparison.Ordinal))!.AsObject();
        request["fhirServer"] = fhirServer;
        return request;
    }

    /// <summary>In-parameters of the operation with a demo patient's record as one Bundle.</summary>
    public static JsonObject Parameters(string patient, bool? persist = null, string? asOf = null, string? model = null)
    {
        var list = new JsonArray { new JsonObject { ["name"] = "data", ["resource"] = Record(patient) } };
        if (persist is { } p)
            list.Add(new JsonObject { ["name"] = "persist", ["valueBoolean"] = p });
        if (asOf is not null)
            list.Add(new JsonObject { ["name"] = "asOf", ["valueDateTime"] = asOf });
        if (model is not null)
            list.Add(new JsonObject { ["name"] = "model", ["valueString"] = model });
        return new JsonObject { ["resourceType"] = "Parameters", ["parameter"] = list };
    }

    public static Task<Answer> HookAsync(this MedAIServer server, JsonNode request) => server.PostTextAsync(Hook, request.ToJsonString());

    public static Task<Answer> AssessAsync(this MedAIServer server, JsonNode body, string level = "") => server.PostTextAsync($"/fhir{level}/$assess-risk", body.ToJsonString());

    public static async Task<Answer> PostTextAsync(this MedAIServer server, string path, string body, string contentType = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        if (contentType.Length > 0)
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return await Answer.ReadAsync(await server.Client.SendAsync(request));
    }

    public static async Task<Answer> GetAsync(this MedAIServer server, string path, string? accept = null, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        if (ifNoneMatch is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return await Answer.ReadAsync(await server.Client.SendAsync(request));
    }

    /// <summary>Audit rows of an answered request.</summary>
    public static async Task<IReadOnlyList<AuditRow>> AuditAsync(this MedAIServer server, Answer answer) =>
        await server.App.Services.GetRequiredService<IAuditTrail>().ReadRequestAsync(answer.RequestId, default);

    /// <summary>How many results the store holds.</summary>
    public static async Task<int> ResultsAsync(this MedAIServer server) =>
        (await server.App.Services.GetRequiredService<IResourceStore>().ListAsync("RiskAssessment", 1000, default)).Count;
}

/// <summary>An HTTP answer, read to its end.</summary>
public sealed record Answer(HttpStatusCode Status, string Text, string? ContentType, HttpResponseMessage Response)
{
    public string RequestId => Response.Headers.GetValues("X-Request-Id").Single();

    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public JsonElement[] Cards => [.. Json.GetProperty("cards").EnumerateArray()];

    public JsonElement Card => Assert.Single(Cards);

    /// <summary>The percentage of a RiskAssessment.</summary>
    public decimal Percent => Json.GetProperty("prediction")[0].GetProperty("probabilityDecimal").GetDecimal();

    public string Id => Json.GetProperty("id").GetString()!;

    /// <summary>All codes of all issues' details.</summary>
    public IReadOnlyList<string> Codes => [.. Json.GetProperty("issue").EnumerateArray()
        .SelectMany(i => i.GetProperty("details").GetProperty("coding").EnumerateArray()).Select(c => c.GetProperty("code").GetString()!)];

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var answer = new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.ToString(), response);
        // Every answer of a service keeps the specification's invariants, whatever the test is about.
        if (answer.Status == HttpStatusCode.OK && response.RequestMessage?.RequestUri?.AbsolutePath.Split('/') is ["", "cds-services", { Length: > 0 }])
            Assert.Empty(CdsHooks.CdsInvariants.Violated(answer.Json));
        return answer;
    }

    /// <summary>Fails unless this is an OperationOutcome with this status under the request's correlation id.</summary>
    public void AssertFailure(HttpStatusCode status, string code, bool hook = false)
    {
        Assert.Equal(status, Status);
        Assert.StartsWith(hook ? "application/json" : "application/fhir+json", ContentType, StringComparison.Ordinal);
        Assert.Equal("OperationOutcome", Json.GetProperty("resourceType").GetString());
        Assert.Contains(code, Codes);
        Assert.Contains(RequestId, Text, StringComparison.Ordinal);
        Assert.True(Guid.TryParse(RequestId, out _));
        Assert.DoesNotContain("   at ", Text, StringComparison.Ordinal);
        Assert.False(Json.TryGetProperty("cards", out _));
    }

    public Answer AssertOk()
    {
        Assert.True(Status == HttpStatusCode.OK, $"{Status}: {Text}");
        return this;
    }
}

/// <summary>A wall clock that stands still; timers run as usual.</summary>
public sealed class StandingClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}

/// <summary>A wall clock that a test moves.</summary>
public sealed class MovedClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
