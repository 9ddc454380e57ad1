using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.CdsHooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Tests.Sources.Upstream;

public sealed class UpstreamTests : IAsyncLifetime
{
    private const string Assess = "/fhir/Patient/demo-deteriorating/$assess-risk";

    private readonly MovedClock _clock = new(Call.SampleTime);
    private readonly HeardLog _log = new();
    private HospitalFhir _hospital = null!;
    private MedAIServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _hospital = await HospitalFhir.StartAsync(_clock);
        _server = await ServerAsync(_hospital.Settings());
    }

    private Task<MedAIServer> ServerAsync(string[] settings) => MedAIServer.StartAsync(null, [.. _log.Levels, .. settings, "--WhatIf:Enabled", "true"], builder =>
    {
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Logging.AddProvider(_log);
    });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _hospital.DisposeAsync();
    }

    private static Task<Answer> AskAsync(MedAIServer server, string path = Assess, string body = "") => server.PostTextAsync(path, body, body.Length == 0 ? "" : "application/fhir+json");

    [Fact, Trait("promise", "M-550")]
    public async Task Any_patient_of_the_hospital_is_assessed_from_its_FHIR_server()
    {
        Answer[] answers = [(await AskAsync(_server)).AssertOk(), (await AskAsync(_server)).AssertOk()];
        var record = Call.Parameters("demo-deteriorating", persist: false, asOf: "2026-03-02T08:00:00Z");
        Assert.Equal((await _server.AssessAsync(record)).AssertOk().Percent, answers[0].Percent);
        // The same data are the same result.
        Assert.Equal(answers[0].Id, answers[1].Id);
        string patient = _hospital.Fhir.Base + "/Patient/demo-deteriorating";
        Assert.Equal(patient, answers[0].Json.GetProperty("subject").GetProperty("reference").GetString());
        Assert.All(answers[0].Json.GetProperty("basis").EnumerateArray(), b => Assert.StartsWith(_hospital.Fhir.Base + "/", b.GetProperty("reference").GetString(), StringComparison.Ordinal));
        var row = Assert.Single(await _server.AuditAsync(answers[0]));
        Assert.Equal(("prediction", patient), (row.Outcome, row.Patient!.Reference));
        (await _server.GetAsync("/fhir/RiskAssessment/" + answers[0].Id)).AssertOk();

        // One token for both, and nothing without one.
        Assert.Empty(_hospital.Wrong);
        Assert.Equal(1, _hospital.TokensGiven);
        Assert.All(_hospital.Fhir.Requests.Where(r => r.Path.StartsWith("/fhir/", StringComparison.Ordinal) && !r.Path.Contains(".well-known", StringComparison.Ordinal)),
            r => Assert.Equal("Bearer " + HospitalFhir.TokenStem + "1", r.Headers["Authorization"]));
        // Only the model's window, and by POST.
        Assert.Contains(_hospital.Fhir.Asked, a => a.Contains("category=vital-signs", StringComparison.Ordinal) && a.EndsWith("date=ge2026-02-28T08:00:00Z", StringComparison.Ordinal));
        Assert.DoesNotContain(_hospital.Fhir.Requests, r => r.Method == "GET" && r.Path.Contains("patient=", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, l => l.Contains(HospitalFhir.TokenStem, StringComparison.Ordinal) || l.Contains("demo-deteriorating", StringComparison.Ordinal));
    }

    /// <summary>However it is charted: in panels, in other units. A search by code does not find a component.</summary>
    [Theory, Trait("promise", "M-603")]
    [InlineData("demo-stable")]
    [InlineData("demo-recovering")]
    [InlineData("demo-odd-units")]
    [InlineData("demo-cardiac-surgery")]
    [InlineData("demo-heart-failure")]
    [InlineData("demo-dirty")]
    public async Task Record_that_is_searched_gives_what_the_same_record_gives_when_it_is_sent(string patient)
    {
        _hospital.Fhir.Hold(Call.Record(patient));
        var searched = (await AskAsync(_server, $"/fhir/Patient/{patient}/$assess-risk")).AssertOk();
        var parameters = Call.Parameters(patient, persist: false, asOf: "2026-03-02T08:00:00Z");
        Call.Findable(parameters["parameter"]![0]!["resource"]!.AsObject());
        var sent = (await _server.AssessAsync(parameters)).AssertOk();
        Assert.Equal(sent.Json.GetProperty("prediction").GetRawText(), searched.Json.GetProperty("prediction").GetRawText());
    }

    [Theory, Trait("promise", "M-550")]
    [InlineData("$score-all", "")]
    [InlineData("$what-if", """{"resourceType":"Parameters","parameter":[{"name":"change","part":[{"name":"variable","valueCode":"HR"},{"name":"value","valueDecimal":80}]}]}""")]
    public async Task Other_operations_on_a_patient_know_it_too(string operation, string body)
    {
        var answer = await AskAsync(_server, "/fhir/Patient/demo-deteriorating/" + operation, body);
        answer.AssertOk();
        Assert.NotEmpty(_hospital.Fhir.Asked);
    }

    [Theory, Trait("promise", "M-551")]
    [InlineData(SecurityAlgorithms.EcdsaSha384, false)]
    [InlineData(SecurityAlgorithms.RsaSha384, true)]
    public async Task Assertion_is_signed_with_the_registered_key(string algorithm, bool discover)
    {
        await using var hospital = await HospitalFhir.StartAsync(_clock, algorithm);
        hospital.Scope = null;
        await using var server = await ServerAsync(hospital.Settings(discover));
        (await AskAsync(server)).AssertOk();
        Assert.Empty(hospital.Wrong);
        Assert.Equal(discover, hospital.Fhir.Requests.Any(r => r.Path.EndsWith("/.well-known/smart-configuration", StringComparison.Ordinal)));
    }

    [Fact, Trait("promise", "M-551")]
    public async Task Token_is_renewed_before_it_ends_and_by_one_request_for_all()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => (await AskAsync(_server)).AssertOk()));
        Assert.Equal(1, _hospital.TokensGiven);
        _clock.Now += TimeSpan.FromSeconds(270);
        (await AskAsync(_server)).AssertOk();
        Assert.Equal(1, _hospital.TokensGiven);
        _clock.Now += TimeSpan.FromSeconds(15);
        (await AskAsync(_server)).AssertOk();
        Assert.Equal(2, _hospital.TokensGiven);
    }

    [Fact, Trait("promise", "M-551")]
    public async Task Token_that_is_refused_is_renewed_once()
    {
        (await AskAsync(_server)).AssertOk();
        _clock.Now += TimeSpan.FromSeconds(60);
        _hospital.Revoke();
        (await AskAsync(_server)).AssertOk();
        Assert.Equal(2, _hospital.TokensGiven);
        _hospital.Closed = true;
        _clock.Now += TimeSpan.FromSeconds(60);
        for (int i = 0; i < 3; i++)
            (await AskAsync(_server)).AssertFailure(HttpStatusCode.BadGateway, "fhir-source-failed");
        // A new token that is refused at once is refused for what it may do.
        Assert.Equal(3, _hospital.TokensGiven);
    }

    public static TheoryData<string, HttpStatusCode, string> Faults => new()
    {
        { "token-500", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "token-400", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "scope", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "fhir-500", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "fhir-403", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "fhir-429", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "html", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "late", HttpStatusCode.GatewayTimeout, "data-late" },
        { "no-patient", HttpStatusCode.NotFound, "not-found" },
        { "outcome", HttpStatusCode.PreconditionFailed, "upstream-failed" },
        { "loop", HttpStatusCode.PreconditionFailed, "data-incomplete" },
        { "other-patient", HttpStatusCode.UnprocessableEntity, "patient-missing" },
    };

    [Theory, Trait("promise", "M-552"), MemberData(nameof(Faults))]
    public async Task Record_that_is_not_whole_gives_a_reason_and_no_score(string fault, HttpStatusCode status, string code)
    {
        await using var server = fault == "late" ? await ServerAsync([.. _hospital.Settings(), "--Upstream:FetchMilliseconds", "300"]) : null;
        (_hospital.TokenFails, _hospital.Scope) = (fault == "token-500" ? 500 : fault == "token-400" ? 400 : null, fault == "scope" ? "system/Patient.rs system/Encounter.rs" : "system/*.rs");
        _hospital.Instead = fault switch
        {
            "fhir-500" or "fhir-403" or "fhir-429" => OnObservations(context => context.Response.StatusCode = int.Parse(fault[5..], System.Globalization.CultureInfo.InvariantCulture)),
            "html" => OnObservations(context => FhirOfEhr.WriteAsync(context, "<html>Login</html>", "text/html")),
            "late" => OnObservations(context => Task.Delay(Timeout.Infinite, context.RequestAborted)),
            "outcome" => OnObservations(context => FhirOfEhr.WriteAsync(context, """{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}""")),
            "other-patient" => GiveOtherPatientAsync,
            _ => null,
        };
        if (fault == "loop")
            _hospital.Fhir.OnSearch = bundle => bundle["link"] = new JsonArray(new JsonObject { ["relation"] = "next", ["url"] = _hospital.Fhir.Base + "/Observation?page=2" });
        string path = fault == "no-patient" ? Assess.Replace("demo-deteriorating", "nobody-here", StringComparison.Ordinal) : Assess;
        var answer = await AskAsync(server ?? _server, path);
        answer.AssertFailure(status, code);
        Assert.Equal(0, await (server ?? _server).ResultsAsync());
        var row = Assert.Single(await (server ?? _server).AuditAsync(answer));
        Assert.Equal(("error", (int)status), (row.Outcome, row.Status));
        Assert.DoesNotContain(HospitalFhir.TokenStem, answer.Text, StringComparison.Ordinal);

        // And whole again when the fault has passed.
        (_hospital.TokenFails, _hospital.Scope, _hospital.Instead, _hospital.Fhir.OnSearch) = (null, "system/*.rs", null, null);
        _clock.Now += TimeSpan.FromSeconds(280);
        (await AskAsync(server ?? _server)).AssertOk();
    }

    [Fact, Trait("promise", "M-552"), Trait("promise", "S-15")]
    public async Task Resources_of_another_patient_that_a_search_gives_are_left_out_and_counted()
    {
        decimal percent = (await AskAsync(_server)).AssertOk().Percent;
        _hospital.Fhir.OnSearch = bundle =>
        {
            foreach (var entry in bundle["entry"]!.AsArray().Where(e => (string?)e!["resource"]!["resourceType"] == "Observation").Take(3).ToArray())
            {
                var foreign = entry!.DeepClone();
                foreign["fullUrl"] = _hospital.Fhir.Base + "/Observation/foreign-" + (string?)foreign["resource"]!["id"];
                foreign["resource"]!["id"] = "foreign-" + (string?)foreign["resource"]!["id"];
                foreign["resource"]!["subject"] = new JsonObject { ["reference"] = "Patient/somebody-else" };
                bundle["entry"]!.AsArray().Add(foreign);
            }
        };
        Assert.Equal(percent, (await AskAsync(_server)).AssertOk().Percent);
    }

    [Fact, Trait("promise", "M-553")]
    public async Task Own_store_comes_first_and_other_tenants_have_no_upstream()
    {
        await using var demo = await ServerAsync(["--demo", .. _hospital.Settings()]);
        _hospital.Fhir.Upstream.Requests.Clear();
        Assert.StartsWith("Patient/", (await AskAsync(demo)).AssertOk().Json.GetProperty("subject").GetProperty("reference").GetString(), StringComparison.Ordinal);
        Assert.Empty(_hospital.Fhir.Requests);
        await using var other = await ServerAsync([.. _hospital.Settings(), "--Upstream:Tenants:0", "north"]);
        (await AskAsync(other)).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await AskAsync(_server, "/fhir/Patient/a%3Fb%3Dc/$assess-risk")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Empty(_hospital.Fhir.Requests);
    }

    [Theory, Trait("promise", "M-553")]
    [InlineData("Upstream:Base", "--Upstream:Base", "https://not-trusted.example.org/fhir")]
    [InlineData("Upstream:Base", "--Upstream:Base", "")]
    [InlineData("Upstream:KeyFile", "--Upstream:KeyFile", "/nowhere/key.pem")]
    [InlineData("ClientId, KeyFile and KeyId", "--Upstream:KeyId", "")]
    [InlineData("Upstream:TokenEndpoint", "--Upstream:TokenEndpoint", "https://not-trusted.example.org/token")]
    [InlineData("FetchMilliseconds", "--Upstream:FetchMilliseconds", "1")]
    public async Task Setting_that_cannot_work_stops_the_start_and_is_named(string named, string setting, string value)
    {
        var stopped = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync([.. _hospital.Settings(), setting, value]));
        Assert.Contains(named, stopped.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-553")]
    public async Task Key_that_is_public_short_or_of_another_curve_stops_the_start()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(1024);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (string pem in (string[])[p256.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem(), p384.ExportSubjectPublicKeyInfoPem(), "no key"])
        {
            await File.WriteAllTextAsync(_hospital.KeyFile, pem, TestContext.Current.CancellationToken);
            var stopped = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync(_hospital.Settings()));
            Assert.Contains("Upstream:KeyFile", stopped.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<bool> GiveOtherPatientAsync(HttpContext context)
    {
        if (!context.Request.Path.Value!.StartsWith("/fhir/Patient/", StringComparison.Ordinal))
            return false;
        await FhirOfEhr.WriteAsync(context, """{"resourceType":"Patient","id":"somebody-else","gender":"female","birthDate":"1950-01-01"}""");
        return true;
    }

    private static Func<HttpContext, Task<bool>> OnObservations(Func<HttpContext, Task> answer) => async context =>
    {
        if (!context.Request.Path.Value!.Contains("/Observation", StringComparison.Ordinal))
            return false;
        await answer(context);
        return true;
    };

    private static Func<HttpContext, Task<bool>> OnObservations(Action<HttpContext> answer) => OnObservations(context =>
    {
        answer(context);
        return Task.CompletedTask;
    });
}
