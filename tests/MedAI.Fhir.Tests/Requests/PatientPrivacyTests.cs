using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.Requests;

/// <summary>Texts that occur nowhere else are planted in a patient's data; none may come out in a log or an error.</summary>
[Trait("promise", "P-15")]
public sealed class PatientPrivacyTests
{
    private const string Mark = "Zq7Canary";

    [Theory]
    [InlineData("Information")]
    [InlineData("Trace")]
    public async Task No_log_and_no_error_holds_what_a_record_holds(string level)
    {
        var log = new HeardLog();
        await using var server = await MedAIServer.StartAsync(null, ["--demo", "--Logging:LogLevel:Default", level, "--Logging:LogLevel:Microsoft.AspNetCore", level], builder =>
        {
            builder.Logging.AddProvider(log);
            builder.Services.AddSingleton<TimeProvider>(new StandingClock(Call.SampleTime));
            builder.Services.Replace(ServiceDescriptor.Singleton<IResourceStore>(p => new SwitchedStore(p.GetRequiredService<SqliteResourceStore>())));
            StubbornCatalog.Use(builder, null);
        });
        var store = (SwitchedStore)server.App.Services.GetRequiredService<IResourceStore>();

        // Answers about the patient may name the patient; they and their page must exist for the test to mean anything.
        var good = (await server.HookAsync(Planted())).AssertOk();
        Assert.Single(good.Cards);
        await server.GetAsync(good.Card.GetProperty("links")[0].GetProperty("url").GetString()!, "text/html");
        (await server.AssessAsync(PlantedParameters())).AssertOk();

        var failures = new List<Answer>
        {
            await server.HookAsync(Changed(r => r["prefetch"]!["observations-laboratory"]!["entry"]![0]!["resource"]!["subject"]!["reference"] = $"Patient/{Mark}-other")),
            await server.HookAsync(Changed(r => r["prefetch"]!["observations-laboratory"]!["total"] = 9999)),
            await server.HookAsync(Changed(r => r["prefetch"]!["observations-laboratory"]!["link"] = JsonNode.Parse($$"""[{"relation":"next","url":"https://ehr.example.org/{{Mark}}"}]"""))),
            await server.HookAsync(Changed(r => r["prefetch"]!["procedures"] = JsonNode.Parse($$"""{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":"{{Mark}}"}]}"""))),
            await server.HookAsync(Changed(r => r["context"]!["patientId"] = $"{Mark} bad id")),
            await server.HookAsync(Changed(r => r["context"]!["userId"] = $"{Mark}")),
            await server.HookAsync(Changed(r => r["fhirServer"] = $"ftp://{Mark}.example.org")),
            await server.HookAsync(Changed(r => r["hook"] = Mark)),
            await server.HookAsync(Changed(r => r["hookInstance"] = Mark)),
            await server.HookAsync(Changed(r => { r.Remove("prefetch"); r["context"]!["patientId"] = Mark + "-nobody"; })),
            await server.HookAsync(Changed(r => r["prefetch"]!["patient"]!["birthDate"] = "2019-01-01")),
            await server.PostTextAsync(Call.Hook, Planted().ToJsonString()[..5000]),
            await server.PostTextAsync(Call.Hook, $$"""{"{{Mark}}":1,"{{Mark}}":2}"""),
            await server.PostTextAsync($"/cds-services/{Mark}", "{}"),
            await server.PostTextAsync($"/fhir/Patient/{Mark}/$assess-risk", "", ""),
            await server.AssessAsync(JsonNode.Parse($$"""{"resourceType":"Parameters","parameter":[{"name":"{{Mark}}","valueString":"{{Mark}}"}]}""")!),
            await server.AssessAsync(JsonNode.Parse($$"""{"resourceType":"Parameters","parameter":[{"name":"asOf","valueDateTime":"{{Mark}}"},{"name":"model","valueString":"{{Mark}}"}]}""")!),
            await server.AssessAsync(JsonNode.Parse($$"""{"resourceType":"{{Mark}}","id":"{{Mark}}"}""")!),
            await server.GetAsync($"/fhir/RiskAssessment/{Mark}"),
            await server.GetAsync($"/fhir/RiskAssessment/{Mark}?name={Mark}&_format={Mark}"),
            await server.GetAsync($"/{Mark}?patient={Mark}"),
        };
        store.Writes = false;
        failures.Add(await server.HookAsync(Planted()));
        store.Reads = false;
        failures.Add(await server.AssessAsync(PlantedParameters()));

        Assert.True(failures.Count(f => f.Status != HttpStatusCode.OK) >= failures.Count - 1);
        foreach (var failure in failures)
            Assert.DoesNotContain(Mark, failure.Text, StringComparison.OrdinalIgnoreCase);
        Assert.True(log.Lines.Count > 20);
        foreach (string line in log.Lines)
        {
            Assert.DoesNotContain(Mark, line, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("demo-deteriorating", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Exception_with_patient_data_in_its_message_is_logged_without_it()
    {
        var log = new HeardLog();
        await using var server = await MedAIServer.StartAsync(null, ["--demo", "--Logging:LogLevel:Default", "Trace"], builder =>
        {
            builder.Logging.AddProvider(log);
            StubbornCatalog.Use(builder, () => throw new InvalidOperationException(Mark));
        });
        (await server.HookAsync(Call.PatientView("demo-stable"))).AssertFailure(HttpStatusCode.InternalServerError, "internal", hook: true);
        Assert.Contains(log.Lines, l => l.Contains("System.InvalidOperationException", StringComparison.Ordinal));
        Assert.All(log.Lines, l => Assert.DoesNotContain(Mark, l, StringComparison.Ordinal));
    }

    private static JsonObject Changed(Action<JsonObject> change)
    {
        var request = Planted();
        change(request);
        return request;
    }

    /// <summary>A full prefetch with marks in every place that can hold what identifies or describes a patient.</summary>
    private static JsonObject Planted()
    {
        var request = JsonNode.Parse(Call.WithPrefetch($"https://{Mark}.example.org/fhir").ToJsonString().Replace("demo-deteriorating", Mark + "-id", StringComparison.Ordinal))!.AsObject();
        var prefetch = request["prefetch"]!.AsObject();
        PlantPatient(prefetch["patient"]!.AsObject());
        foreach (var entry in prefetch.Where(p => p.Value?["entry"] is not null).SelectMany(p => p.Value!["entry"]!.AsArray()))
            Plant(entry!["resource"]!.AsObject());
        return request;
    }

    private static JsonObject PlantedParameters()
    {
        var body = JsonNode.Parse(Call.Parameters("demo-deteriorating", asOf: "2026-03-02T07:00:00Z").ToJsonString().Replace("demo-deteriorating", Mark + "-id", StringComparison.Ordinal))!.AsObject();
        foreach (var entry in body["parameter"]![0]!["resource"]!["entry"]!.AsArray())
        {
            if ((string?)entry!["resource"]!["resourceType"] == "Patient")
                PlantPatient(entry["resource"]!.AsObject());
            else
                Plant(entry["resource"]!.AsObject());
        }
        return body;
    }

    private static void PlantPatient(JsonObject patient)
    {
        patient["identifier"] = JsonNode.Parse($$"""[{"system":"urn:{{Mark}}","value":"{{Mark}}-mrn"}]""");
        patient["name"] = JsonNode.Parse($$"""[{"family":"{{Mark}}","given":["{{Mark}}"]}]""");
        patient["address"] = JsonNode.Parse($$"""[{"line":["{{Mark}} street"],"city":"{{Mark}}"}]""");
        patient["telecom"] = JsonNode.Parse($$"""[{"system":"phone","value":"{{Mark}}"}]""");
    }

    private static void Plant(JsonObject resource)
    {
        resource["note"] = JsonNode.Parse($$"""[{"text":"{{Mark}} note"}]""");
        resource["text"] = JsonNode.Parse($$"""{"status":"generated","div":"<div>{{Mark}}</div>"}""");
        resource["identifier"] = JsonNode.Parse($$"""[{"value":"{{Mark}}"}]""");
        if (resource["code"] is JsonObject code)
            code["text"] = Mark;
    }
}
