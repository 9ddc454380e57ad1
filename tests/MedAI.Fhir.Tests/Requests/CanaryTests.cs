using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Access.Clients;
using MedAI.Fhir.Tests.Access.Smart;
using MedAI.Fhir.Tests.DicomWeb;
using MedAI.Fhir.Tests.Interpretations;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.Requests;

/// <summary>
/// Texts that occur nowhere else are planted wherever a patient can be recognised: name, id, address, number, note, telecom, hook context, DICOM tags, tokens, query strings. They may come out in answers
/// about the patient and lie in the store, and nowhere else: in no log of any level, no trace, no metric, no error, no file.
/// </summary>
[Trait("promise", "P-15")]
public sealed class CanaryTests
{
    private const string Mark = "Zq7Canary";

    private readonly List<string> _failures = [];
    private int _succeeded;

    [Fact]
    public async Task Nothing_that_identifies_a_patient_leaves_by_logs_traces_metrics_errors_or_files()
    {
        using var sensors = new Sensors();
        using var ehr = new FakeEhr();
        using var auth = new FakeAuthorizationServer();
        await using var server = await MedAIServer.StartAsync(null,
        [
            "--demo", .. sensors.Log.Levels, .. auth.Trusted, "--Smart:Issuers:0:Auditors:0", FakeAuthorizationServer.App, "--Smart:Issuers:0:PatientFhirBase", "https://ehr.example.org/fhir", "--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", FakeEhr.Issuer,
            "--Clients:Trusted:0:JwksFile", ehr.KeysFile, "--Clients:Trusted:0:MayReadFeedback", "true", "--WhatIf:Enabled", "true",
        ], builder =>
        {
            builder.Logging.AddProvider(sensors.Log);
            builder.Services.AddSingleton<TimeProvider>(new StandingClock(Call.SampleTime));
            builder.Services.Replace(ServiceDescriptor.Singleton<IResourceStore>(p => new SwitchedStore(p.GetRequiredService<SqliteResourceStore>())));
        });
        sensors.Server = server.Origin;
        var store = (SwitchedStore)server.App.Services.GetRequiredService<IResourceStore>();
        string Access(string scope = "system/*.cruds", string? patient = null) => auth.Token(server, scope, patient, p => { p["sub"] = Mark + "-user"; p["fhirUser"] = $"https://{Mark}.example.org/Practitioner/{Mark}"; }, at: Call.SampleTime);
        string Hook(string path) => ehr.Sign(FakeEhr.Header(), ehr.Payload(server.Origin + path, Call.SampleTime));
        async Task<Answer> HookAsync(JsonNode request, string path = Call.Hook) => Take(await FakeEhr.SendAsync(server, HttpMethod.Post, path, Hook(path), request));
        async Task<Answer> FhirAsync(HttpMethod method, string path, JsonNode? body = null, string? token = null) => Take(await FakeEhr.SendAsync(server, method, path, token ?? Access(), body));

        // Answers about the patient exist, or the test would mean nothing.
        var good = (await HookAsync(Planted())).AssertOk();
        string link = good.Card.GetProperty("links")[0].GetProperty("url").GetString()!;
        (await FhirAsync(HttpMethod.Get, new Uri(link).AbsolutePath)).AssertOk();
        await HookAsync(JsonNode.Parse($$$"""{"feedback":[{"card":"{{{good.Card.GetProperty("uuid").GetString()}}}","outcome":"overridden","outcomeTimestamp":"2026-03-02T08:00:00Z","overrideReason":{"userComment":"{{{Mark}}}"}}]}""")!, Call.Hook + "/feedback");
        var risk = (await FhirAsync(HttpMethod.Post, "/fhir/$assess-risk", PlantedParameters())).AssertOk();
        Assert.Contains(Mark, risk.Text, StringComparison.Ordinal);
        (await FhirAsync(HttpMethod.Post, "/fhir/$assess-risk", PlantedParameters(), Access("patient/*.cruds", Mark + "-id"))).AssertOk();

        // Every route, with the canary wherever the address, the query and the body have room for it.
        foreach (var route in server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            string raw = route.RoutePattern.RawText!;
            foreach (string method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                foreach (string id in (string[])[Mark + "-id", risk.Id])
                {
                    string path = string.Join('/', raw.Split('/').Select(s => s.StartsWith("{type", StringComparison.Ordinal) ? "RiskAssessment" : s.StartsWith('{') ? id : s));
                    foreach (string? token in (string?[])[null, Mark, Access(), Access("patient/*.cruds", Mark + "-other"), Hook(path)])
                    {
                        foreach (string query in (string[])["", $"?patient={Mark}-id&identifier={Mark}|{Mark}", $"?name={Mark}&{Mark}={Mark}", $"?_format={Mark}", $"?access_token={Mark}"])
                            Take(await FakeEhr.SendAsync(server, new HttpMethod(method), (path.StartsWith('/') ? path : "/" + path) + query, token, method is "POST" or "PUT" ? PlantedParameters() : null));
                    }
                }
            }
        }

        await HookAsync(Changed(r => r["prefetch"]!["observations-laboratory"]!["entry"]![0]!["resource"]!["subject"]!["reference"] = $"Patient/{Mark}-other"));
        await HookAsync(Changed(r => r["prefetch"]!["observations-laboratory"]!["total"] = 9999));
        await HookAsync(Changed(r => r["prefetch"]!["observations-laboratory"]!["link"] = JsonNode.Parse($$"""[{"relation":"next","url":"https://ehr.example.org/{{Mark}}"}]""")));
        await HookAsync(Changed(r => r["prefetch"]!["procedures"] = JsonNode.Parse($$"""{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":"{{Mark}}"}]}""")));
        foreach (string member in (string[])["patientId", "userId", "encounterId"])
            await HookAsync(Changed(r => r["context"]![member] = $"{Mark} bad id"));
        await HookAsync(Changed(r => r["fhirServer"] = $"ftp://{Mark}.example.org"));
        await HookAsync(Changed(r => r["hook"] = Mark));
        await HookAsync(Changed(r => r["hookInstance"] = Mark));
        await HookAsync(Changed(r => r["fhirAuthorization"] = JsonNode.Parse($$"""{"access_token":"{{Mark}}-token","token_type":"Bearer","expires_in":300,"scope":"patient/*.rs","subject":"{{Mark}}","patient":"{{Mark}}-other"}""")));
        await HookAsync(Changed(r => { r.Remove("prefetch"); r["context"]!["patientId"] = Mark + "-nobody"; r["fhirAuthorization"] = JsonNode.Parse($$"""{"access_token":"{{Mark}}-token","token_type":"Bearer","expires_in":300,"scope":"patient/*.rs","subject":"x"}"""); }));
        await HookAsync(Changed(r => r["prefetch"]!["patient"]!["birthDate"] = "2019-01-01"));
        await HookAsync(JsonNode.Parse($$"""{"{{Mark}}":1}""")!);
        Take(await server.PostTextAsync($"/cds-services/{Mark}", "{"));
        await FhirAsync(HttpMethod.Post, "/fhir/$assess-risk", JsonNode.Parse($$"""{"resourceType":"Parameters","parameter":[{"name":"{{Mark}}","valueString":"{{Mark}}"}]}""")!);
        await FhirAsync(HttpMethod.Post, "/fhir/$assess-risk", JsonNode.Parse($$"""{"resourceType":"Parameters","parameter":[{"name":"asOf","valueDateTime":"{{Mark}}"},{"name":"model","valueString":"{{Mark}}"}]}""")!);
        await FhirAsync(HttpMethod.Post, "/fhir/$assess-risk", JsonNode.Parse($$"""{"resourceType":"{{Mark}}","id":"{{Mark}}"}""")!);
        await FhirAsync(HttpMethod.Get, $"/{Mark}?patient={Mark}");
        store.Writes = false;
        await HookAsync(Planted());
        store.Reads = false;
        await FhirAsync(HttpMethod.Post, "/fhir/$assess-risk", PlantedParameters());
        await FhirAsync(HttpMethod.Get, $"/fhir/RiskAssessment/{Mark}");

        Assert.True(_succeeded > 20 && _failures.Count > 300, $"{_succeeded} succeeded and {_failures.Count} failed.");
        Assert.Empty(_failures.Where(f => f.Contains(Mark, StringComparison.OrdinalIgnoreCase)).Take(5));
        AssertSilent(sensors, server.DataFolder);
        Assert.DoesNotContain(sensors.Log.Lines, l => l.Contains("eyJ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_of_a_DICOM_header_leaves_either()
    {
        using var sensors = new Sensors();
        foreach (bool matching in (bool[])[true, false])
        {
            var image = ImagingHospital.Image().Set("00100010", "PN", Mark + "^Name").Set("00104000", "LT", Mark).Set("00080090", "PN", Mark).Set("00081030", "LO", Mark).Set("00080080", "LO", Mark).Set("00101040", "LO", Mark)
                // Other ids and names, birth name, mother's name, phone, occupation, history, accession number, operators, station, protocol.
                .Set("00101000", "LO", Mark).Set("00101001", "PN", Mark).Set("00101005", "PN", Mark).Set("00101060", "PN", Mark).Set("00102154", "SH", Mark).Set("00102180", "SH", Mark).Set("001021B0", "LT", Mark)
                .Set("00080050", "SH", Mark).Set("00081070", "PN", Mark).Set("00081050", "PN", Mark).Set("00081010", "SH", Mark).Set("00181030", "LO", Mark).Set("00204000", "LT", Mark);
            if (!matching)
                image.Set("00100020", "LO", Mark);
            await using var hospital = await ImagingHospital.OpenAsync([image], configure: builder => builder.Logging.AddProvider(sensors.Log), more: sensors.Log.Levels);
            sensors.Server = hospital.Server.Origin;
            var patient = Images.Patient();
            PlantPerson(patient);
            var answer = await hospital.Server.PostTextAsync("/fhir/ImagingStudy/$interpret-imaging", ImagingHospital.Parameters(patient: patient.DeepClone().AsObject()).ToJsonString());
            Assert.Equal(matching ? HttpStatusCode.OK : HttpStatusCode.UnprocessableEntity, answer.Status);
            Assert.DoesNotContain(Mark, answer.Text, StringComparison.Ordinal);
            hospital.Pacs.OnFrame = context => { context.Response.StatusCode = 500; return context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(Mark)).AsTask(); };
            var failed = await hospital.Server.PostTextAsync("/fhir/ImagingStudy/$interpret-imaging", ImagingHospital.Parameters(patient: patient.DeepClone().AsObject()).ToJsonString());
            Assert.DoesNotContain(Mark, failed.Text, StringComparison.Ordinal);
            AssertSilent(sensors, hospital.Server.DataFolder);
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

    private Answer Take(Answer answer)
    {
        if (answer.Status == HttpStatusCode.OK)
            _succeeded++;
        // A validator's findings quote the resource that it was given, as they must (docs/operations.md).
        else
            _failures.Add($"{answer.Response.RequestMessage!.Method} {(int)answer.Status}: {answer.Text} {answer.Response.Headers}");
        return answer;
    }

    internal static void AssertSilent(Sensors sensors, string store, string mark = Mark)
    {
        Assert.True(sensors.Log.Lines.Count > 20);
        Assert.Empty(sensors.Log.Lines.Where(l => l.Contains(mark, StringComparison.OrdinalIgnoreCase)).Take(5));
        Assert.Contains(sensors.Telemetry, t => t.StartsWith("metric", StringComparison.Ordinal));
        Assert.Contains(sensors.Telemetry, t => t.StartsWith("span Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.Empty(sensors.Telemetry.Where(t => t.Contains(mark, StringComparison.OrdinalIgnoreCase)).Take(5));
        Assert.Empty(sensors.FilesWith(mark, store));
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

    internal static void PlantPatient(JsonObject patient, string mark = Mark)
    {
        patient["identifier"] = JsonNode.Parse($$"""[{"system":"urn:{{mark}}","value":"{{mark}}-mrn"}]""");
        PlantPerson(patient, mark);
    }

    private static void PlantPerson(JsonObject patient, string mark = Mark)
    {
        patient["name"] = JsonNode.Parse($$"""[{"family":"{{mark}}","given":["{{mark}}"]}]""");
        patient["address"] = JsonNode.Parse($$"""[{"line":["{{mark}} street"],"city":"{{mark}}"}]""");
        patient["telecom"] = JsonNode.Parse($$"""[{"system":"phone","value":"{{mark}}"}]""");
        patient["text"] = JsonNode.Parse($$"""{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{{mark}}</div>"}""");
        patient["extension"] = JsonNode.Parse($$"""[{"url":"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName","valueString":"{{mark}}"}]""");
        patient["maritalStatus"] = JsonNode.Parse($$$"""{"text":"{{{mark}}}"}""");
        patient["photo"] = JsonNode.Parse($$$"""[{"contentType":"image/png","title":"{{{mark}}}","url":"https://{{{mark}}}.example.org/{{{mark}}}.png"}]""");
        patient["contact"] = JsonNode.Parse($$$"""[{"relationship":[{"text":"{{{mark}}}"}],"name":{"family":"{{{mark}}}"},"telecom":[{"value":"{{{mark}}}"}],"address":{"city":"{{{mark}}}"},"organization":{"display":"{{{mark}}}"}}]""");
        patient["communication"] = JsonNode.Parse($$$"""[{"language":{"text":"{{{mark}}}"}}]""");
        patient["generalPractitioner"] = JsonNode.Parse($$$"""[{"reference":"Practitioner/{{{mark}}}","display":"{{{mark}}}"}]""");
        patient["managingOrganization"] = JsonNode.Parse($$$"""{"identifier":{"value":"{{{mark}}}"},"display":"{{{mark}}}"}""");
    }

    internal static void Plant(JsonObject resource, string mark = Mark)
    {
        resource["note"] = JsonNode.Parse($$"""[{"text":"{{mark}} note"}]""");
        resource["text"] = JsonNode.Parse($$"""{"status":"generated","div":"<div>{{mark}}</div>"}""");
        resource["identifier"] = JsonNode.Parse($$"""[{"value":"{{mark}}"}]""");
        if (resource["subject"] is JsonObject subject)
            subject["display"] = mark;
        if (resource["resourceType"]!.GetValue<string>() == "Observation")
            resource["performer"] = JsonNode.Parse($$"""[{"display":"{{mark}}"}]""");
        if (resource["code"] is JsonObject code)
            code["text"] = mark;
    }
}
