using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Sources;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Sources.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Sources;

/// <summary>demo-dirty has a gas of venous blood under codes of arterial blood; its Specimen alone tells.</summary>
[Trait("promise", "M-630")]
public sealed class SpecimenTests : IAsyncLifetime
{
    private const string Patient = "demo-dirty";
    private const string AsOf = "2026-03-02T08:00:00Z";
    private const string Remark = "whether the blood was arterial could not be read";
    private const string HookToken = "canary-hook-91";
    private const string OthersScopes = "system/Patient.rs system/Encounter.rs system/Location.rs system/Observation.rs system/Procedure.rs";

    private readonly MovedClock _clock = new(Call.SampleTime);
    private HospitalFhir _hospital = null!;
    private Func<HttpContext, Task>? _onSpecimens;
    private MedAIServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _hospital = await HospitalFhir.StartAsync(_clock);
        _hospital.Fhir.Hold(Call.Record(Patient));
        var usual = _hospital.Fhir.Instead!;
        _hospital.Fhir.Instead = async context =>
        {
            if (_onSpecimens is { } answer && context.Request.Path.Value!.StartsWith("/fhir/Specimen", StringComparison.Ordinal))
            {
                await answer(context);
                return true;
            }
            // The token of a hook opens the server, too.
            return context.Request.Headers.Authorization != "Bearer " + HookToken && await usual(context);
        };
        _server = await Call.ServerAtSampleTime(builder => builder.Services.AddSingleton<TimeProvider>(_clock),
            [.. _hospital.Settings(), "--Upstream:FetchMilliseconds", "4000", "--Ehr:FetchMilliseconds", "4000"]);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _hospital.DisposeAsync();
    }

    private Task<Answer> SearchedAsync() => _server.PostTextAsync($"/fhir/Patient/{Patient}/$assess-risk", "", "");

    /// <summary>The same record as a Bundle.</summary>
    private async Task<Answer> SentAsync(bool withSpecimen)
    {
        var parameters = Call.Parameters(Patient, persist: false, asOf: AsOf);
        Call.Findable(parameters["parameter"]![0]!["resource"]!.AsObject());
        if (!withSpecimen)
            Drop(parameters["parameter"]![0]!["resource"]!["entry"]!.AsArray());
        return (await _server.AssessAsync(parameters)).AssertOk();
    }

    private static void Drop(JsonArray entries)
    {
        foreach (var entry in entries.Where(e => (string?)e!["resource"]!["resourceType"] == "Specimen").ToArray())
            entries.Remove(entry);
    }

    private static string Prediction(Answer answer) => answer.Json.GetProperty("prediction").GetRawText();

    private string[] SpecimensAsked => [.. _hospital.Fhir.Asked.Where(a => a.StartsWith("Specimen?", StringComparison.Ordinal))];

    [Fact]
    public async Task Searched_record_counts_no_venous_gas_as_arterial()
    {
        var searched = (await SearchedAsync()).AssertOk();
        Assert.Equal(Prediction(await SentAsync(withSpecimen: true)), Prediction(searched));
        Assert.NotEqual(Prediction(await SentAsync(withSpecimen: false)), Prediction(searched));
        Assert.DoesNotContain(Remark, searched.Text, StringComparison.Ordinal);
        // Three values name it, and it is asked for once, by POST.
        Assert.Equal(["Specimen?_id=demo-dirty-venous&_count=50"], SpecimensAsked);
        Assert.Contains(_hospital.Fhir.Requests, r => r is { Method: "POST", Path: "/fhir/Specimen/_search" });
    }

    [Theory]
    [InlineData("403")]
    [InlineData("404")]
    [InlineData("405")]
    [InlineData("400")]
    [InlineData("501")]
    [InlineData("scope")]
    [InlineData("none")]
    public async Task Specimen_that_the_server_withholds_leaves_the_value_of_its_code_and_a_remark(string fault)
    {
        if (fault == "scope")
            _hospital.Scope = OthersScopes;
        else if (fault == "none")
            _hospital.Fhir.Change(r => Changed(r, "Specimen", s => s["id"] = "another"));
        else
            OnSpecimens(int.Parse(fault, CultureInfo.InvariantCulture));
        var searched = (await SearchedAsync()).AssertOk();
        var sent = await SentAsync(withSpecimen: false);
        Assert.Equal(Prediction(sent), Prediction(searched));
        Assert.All((Answer[])[sent, searched], a => Assert.Contains(Remark, a.Text, StringComparison.Ordinal));
        // What a good token may not do is no reason for a new one.
        Assert.Equal(1, _hospital.TokensGiven);
        Assert.Equal(fault == "scope", !_hospital.Fhir.Requests.Any(r => r.Path.Contains("/Specimen", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("500", HttpStatusCode.BadGateway, "fhir-source-failed")]
    [InlineData("429", HttpStatusCode.BadGateway, "fhir-source-failed")]
    [InlineData("late", HttpStatusCode.GatewayTimeout, "data-late")]
    public async Task Specimen_that_may_be_had_the_next_time_is_not_done_without(string fault, HttpStatusCode status, string code)
    {
        if (fault == "late")
            _onSpecimens = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        else
            OnSpecimens(int.Parse(fault, CultureInfo.InvariantCulture));
        (await SearchedAsync()).AssertFailure(status, code);
        (await _server.HookAsync(Hook())).AssertFailure(fault == "late" ? status : HttpStatusCode.PreconditionFailed, fault == "late" ? code : "data-unavailable", hook: true);
        _onSpecimens = null;
        (await SearchedAsync()).AssertOk();
    }

    [Fact]
    public async Task Specimen_of_another_patient_tells_nothing()
    {
        _hospital.Fhir.Change(r => Changed(r, "Specimen", s => s["subject"]!["reference"] = "Patient/somebody-else"));
        var searched = (await SearchedAsync()).AssertOk();
        Assert.Equal(Prediction(await SentAsync(withSpecimen: false)), Prediction(searched));
        Assert.Contains(Remark, searched.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Specimens_are_asked_for_where_they_matter_in_searches_of_bounded_size_and_on_the_same_server()
    {
        string expected = Prediction(await SentAsync(withSpecimen: true));
        int gases = 0, others = 0;
        _hospital.Fhir.Change(r => Changed(r, "Observation", o =>
        {
            string? code = (string?)o["code"]!["coding"]![0]!["code"];
            bool gas = code is "2744-1" or "2019-8" or "2703-7" or "2708-6";
            if ((string?)o["subject"]!["reference"] != "Patient/" + Patient || o["specimen"] is not null)
                return;
            o["specimen"] = new JsonObject { ["reference"] = gas ? $"{_hospital.Fhir.Base}/Specimen/gas-{gases++}/_history/1" : (others++ % 3) switch { 0 => "Specimen/other", 1 => "https://lab.example.org/fhir/Specimen/1", _ => "Specimen/a b&c" } };
        }));
        for (int i = 0; i < gases; i++)
            _hospital.Fhir.Hold(JsonNode.Parse($$"""{"entry":[{"resource":{"resourceType":"Specimen","id":"gas-{{i}}","type":{"text":"Arterial blood"},"subject":{"reference":"Patient/{{Patient}}"} } }]}""")!.AsObject());
        Assert.True(gases > 5, $"{gases}");
        var searched = (await SearchedAsync()).AssertOk();
        Assert.Equal(expected, Prediction(searched));
        string[] asked = [.. SpecimensAsked.SelectMany(a => a["Specimen?_id=".Length..a.IndexOf('&', StringComparison.Ordinal)].Split(','))];
        Assert.All(asked, id => Assert.True(id == "demo-dirty-venous" || id.StartsWith("gas-", StringComparison.Ordinal), id));
        Assert.Distinct(asked);
        Assert.DoesNotContain(Remark, searched.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Searches_are_chunked_and_no_more_than_a_few()
    {
        var model = _server.App.Services.GetRequiredService<AssessableModels>().Current.For(null)[0];
        var bundle = new JsonObject { ["resourceType"] = "Bundle", ["type"] = "collection", ["entry"] = new JsonArray() };
        var gas = Call.Record(Patient)["entry"]!.AsArray().First(e => (string?)e!["resource"]!["id"] == "demo-dirty-ph-6")!;
        for (int i = 0; i < 450; i++)
        {
            var copy = gas.DeepClone();
            (copy["fullUrl"], copy["resource"]!["id"]) = ($"https://ehr.example.org/fhir/Observation/ph-{i}", $"ph-{i}");
            copy["resource"]!["specimen"]!["reference"] = $"Specimen/s-{i % 430}";
            bundle["entry"]!.AsArray().Add(copy);
        }
        using var document = JsonDocument.Parse(bundle.ToJsonString());
        var searches = SpecimenSearches.For([model, model], new ReadingRequest
        {
            Documents = [new ClinicalDocument("data", document.RootElement)],
            Patient = new PatientKey("default", "https://ehr.example.org/fhir", Patient),
            AsOf = Call.SampleTime,
        });
        Assert.Equal(8, searches.Length);
        Assert.All(searches, s => Assert.Equal(50, s.Query.Split(',').Length));
    }

    [Theory]
    [InlineData("patient/*.rs", false)]
    [InlineData("patient/Patient.rs patient/Encounter.rs patient/Location.rs patient/Observation.rs patient/Procedure.rs", true)]
    public async Task Hook_that_fetches_its_measurements_fetches_the_specimens_too(string scope, bool remarked)
    {
        (await _server.HookAsync(Hook(scope))).AssertOk();
        Assert.Equal(remarked ? 0 : 1, SpecimensAsked.Length);
        await AssertStoredAsync(remarked);
        _hospital.Fhir.Upstream.Requests.Clear();
        (await _server.HookAsync(WithPrefetch(specimens: !remarked))).AssertOk();
        await AssertStoredAsync(remarked);
        Assert.Empty(_hospital.Fhir.Requests);
    }

    [Fact]
    public async Task Hook_with_measurements_in_its_prefetch_asks_for_no_specimen()
    {
        var request = WithPrefetch(specimens: false);
        request["prefetch"]!.AsObject().Remove("patient");
        (await _server.HookAsync(request)).AssertOk();
        Assert.Equal(["Patient?"], _hospital.Fhir.Asked);
    }

    /// <summary>The risk is too low for a card; what was stored says what was computed.</summary>
    private async Task AssertStoredAsync(bool remarked)
    {
        string expected = Prediction(await SentAsync(withSpecimen: !remarked));
        var stored = await _server.App.Services.GetRequiredService<IResourceStore>().ListAsync("RiskAssessment", 10, TestContext.Current.CancellationToken);
        Assert.NotEmpty(stored);
        foreach (var resource in stored)
        {
            using var risk = JsonDocument.Parse(resource.Json);
            Assert.Equal(expected, risk.RootElement.GetProperty("prediction").GetRawText());
            Assert.Equal(remarked, risk.RootElement.GetRawText().Contains(Remark, StringComparison.Ordinal));
        }
    }

    private JsonObject Hook(string scope = "patient/*.rs")
    {
        var request = Call.PatientView(Patient);
        request["fhirServer"] = _hospital.Fhir.Base;
        request["fhirAuthorization"] = JsonNode.Parse($$"""{"access_token":"{{HookToken}}","token_type":"Bearer","expires_in":300,"scope":"{{scope}}","subject":"medai","patient":"{{Patient}}"}""");
        return request;
    }

    private JsonObject WithPrefetch(bool specimens)
    {
        var request = Hook();
        var entries = Call.Findable(Call.Record(Patient))["entry"]!.AsArray();
        request["prefetch"] = new JsonObject
        {
            ["patient"] = Of("Patient")["entry"]![0]!["resource"]!.DeepClone(),
            ["encounter"] = Of("Encounter"),
            ["locations"] = Of("Location"),
            ["observations-vital-signs"] = Of("none"),
            ["observations-laboratory"] = Of("Observation", specimens ? "Specimen" : ""),
            ["observations-codes"] = Of("none"),
            ["procedures"] = Of("Procedure"),
        };
        return request;

        JsonObject Of(params string[] types) => new()
        {
            ["resourceType"] = "Bundle",
            ["type"] = "searchset",
            ["total"] = entries.Count(e => types[0] == (string?)e!["resource"]!["resourceType"]),
            ["entry"] = new JsonArray([.. entries.Where(e => types.Contains((string?)e!["resource"]!["resourceType"])).Select(e => new JsonObject
            {
                ["fullUrl"] = $"{_hospital.Fhir.Base}/{e!["resource"]!["resourceType"]}/{e["resource"]!["id"]}",
                ["resource"] = e["resource"]!.DeepClone(),
                ["search"] = new JsonObject { ["mode"] = (string?)e["resource"]!["resourceType"] == "Specimen" ? "include" : "match" },
            })]),
        };
    }

    private static JsonObject Changed(JsonObject resource, string type, Action<JsonObject> change)
    {
        if ((string?)resource["resourceType"] == type)
            change(resource);
        return resource;
    }

    private void OnSpecimens(int status) => _onSpecimens = context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };
}
