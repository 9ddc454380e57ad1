using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Access.Outbound;
using MedAI.Models.Packages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>A server that may ask one EHR, and that EHR.</summary>
public sealed class TrustedEhr : IAsyncLifetime
{
    internal FhirOfEhr Ehr { get; private set; } = null!;

    public MedAIServer Server { get; private set; } = null!;

    internal HeardLog Log { get; } = new();

    public StubbornCatalog Catalog => (StubbornCatalog)Server.App.Services.GetRequiredService<IModelCatalog>();

    public async ValueTask InitializeAsync()
    {
        Ehr = await FhirOfEhr.StartAsync();
        Server = await Call.ServerAtSampleTime(builder =>
        {
            builder.Logging.AddProvider(Log);
            StubbornCatalog.Use(builder, null);
        }, [.. Log.Levels, .. Trust(Ehr), "--Ehr:FetchMilliseconds", "4500", "--Ehr:MaxPages", "30"]);
    }

    internal static string[] Trust(FhirOfEhr ehr) =>
    [
        "--Outbound:LoopbackHttp", "true", "--Outbound:BreakAfterFailures", "1000", "--Outbound:Origins:0:Origin", ehr.Upstream.Origin, "--Outbound:Origins:0:Uses:0", "Fhir",
        "--Outbound:Origins:0:Internal", "true",
    ];

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Ehr.DisposeAsync();
    }
}

public sealed class EhrFetchTests : IClassFixture<TrustedEhr>
{
    private const string Token = "canary-token-5f2c";

    private readonly FhirOfEhr _ehr;
    private readonly MedAIServer _server;
    private readonly StubbornCatalog _catalog;
    private readonly HeardLog _log;

    public EhrFetchTests(TrustedEhr trusted)
    {
        (_ehr, _server, _catalog, _log) = (trusted.Ehr, trusted.Server, trusted.Catalog, trusted.Log);
        _ehr.Reset();
    }

    /// <summary>The hook with its authorization and only these prefetch keys; all of them for null.</summary>
    private JsonObject Request(string[]? keys = null, string scope = "patient/*.read", Action<JsonObject>? authorization = null)
    {
        var request = Call.WithPrefetch(_ehr.Base);
        var prefetch = request["prefetch"]!.AsObject();
        foreach (string key in prefetch.Select(p => p.Key).Where(k => keys?.Contains(k) == false).ToArray())
            prefetch.Remove(key);
        var access = JsonNode.Parse($$"""{"access_token":"{{Token}}","token_type":"Bearer","expires_in":300,"scope":"{{scope}}","subject":"medai"}""")!.AsObject();
        authorization?.Invoke(access);
        request["fhirAuthorization"] = access;
        return request;
    }

    private async Task<string> SummaryAsync(JsonObject request) => (await _server.HookAsync(request)).AssertOk().Card.GetProperty("summary").GetString()!;

    private async Task AssertUnavailableAsync(JsonObject request, string code = "data-unavailable", HttpStatusCode status = HttpStatusCode.PreconditionFailed)
    {
        int asked = _catalog.Asked;
        var answer = await _server.HookAsync(request);
        answer.AssertFailure(status, code, hook: true);
        Assert.DoesNotContain(Token, answer.Text, StringComparison.Ordinal);
        Assert.Equal(asked, _catalog.Asked);
        var row = Assert.Single(await _server.AuditAsync(answer));
        Assert.Equal(("error", (int)status), (row.Outcome, row.Status));
    }

    [Fact, Trait("promise", "F2"), Trait("promise", "F3"), Trait("promise", "F4"), Trait("promise", "C7")]
    public async Task Without_prefetch_everything_is_fetched_with_the_token_and_the_answer_is_the_same()
    {
        string sent = await SummaryAsync(Request());
        Assert.Empty(_ehr.Requests);
        Assert.Equal(sent, await SummaryAsync(Request([])));
        Assert.All(_ehr.Requests, r => Assert.Equal("Bearer " + Token, r.Headers["Authorization"]));
        Assert.Equal(["Encounter", "Location", "Observation", "Patient", "Procedure"], _ehr.Asked.Select(a => a.Split('?')[0]).Distinct().Order(StringComparer.Ordinal));
        // Ids of patients stay out of the EHR's access logs: searches are posted.
        Assert.All(_ehr.Requests, r => Assert.True(r.Path.EndsWith("/_search", StringComparison.Ordinal) ? r.Method == "POST" : r.Path == "/fhir/Patient/demo-deteriorating", r.Path));
    }

    [Fact, Trait("promise", "F2"), Trait("promise", "M-385")]
    public async Task Only_what_is_missing_is_fetched_and_only_from_the_models_window()
    {
        string sent = await SummaryAsync(Request());
        Assert.Equal(sent, await SummaryAsync(Request(["patient", "encounter", "locations", "observations-laboratory", "observations-codes", "procedures"])));
        Assert.Equal(2, _ehr.Asked.Count);
        Assert.Contains(_ehr.Asked, a => a.Contains("category=vital-signs", StringComparison.Ordinal) && a.EndsWith("date=ge2026-02-28T08:00:00Z", StringComparison.Ordinal));
        Assert.Contains(_ehr.Asked, a => a.Contains("code=http://loinc.org|8302-2", StringComparison.Ordinal) && !a.Contains("date=", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-385")]
    public async Task Server_that_takes_no_POST_is_asked_by_GET_and_remembered()
    {
        string sent = await SummaryAsync(Request());
        await using var ehr = await FhirOfEhr.StartAsync();
        ehr.TakesPost = false;
        await using var server = await Call.ServerAtSampleTime(null, [.. TrustedEhr.Trust(ehr), "--Ehr:FetchMilliseconds", "4500"]);
        var request = Call.WithPrefetch(ehr.Base);
        request.Remove("prefetch");
        for (int i = 0; i < 2; i++)
        {
            ehr.Upstream.Requests.Clear();
            Assert.Equal(sent, (await server.HookAsync(request)).AssertOk().Card.GetProperty("summary").GetString());
        }
        Assert.DoesNotContain(ehr.Requests, r => r.Method == "POST");
    }

    [Fact, Trait("promise", "F6")]
    public async Task Pages_are_followed_in_what_is_fetched_and_in_what_was_sent()
    {
        string sent = await SummaryAsync(Request());
        _ehr.PageSize = 40;
        Assert.Equal(sent, await SummaryAsync(Request([])));
        Assert.Contains(_ehr.Requests, r => r.Path.Contains("_page=2", StringComparison.Ordinal));
        Assert.All(_ehr.Requests, r => Assert.Equal("Bearer " + Token, r.Headers["Authorization"]));

        _ehr.Upstream.Requests.Clear();
        var request = Request();
        var bundle = request["prefetch"]!["observations-vital-signs"]!.AsObject();
        var entries = bundle["entry"]!.AsArray();
        var first = entries.Take(40).Select(e => e!.DeepClone()).ToArray();
        bundle["total"] = entries.Count;
        bundle["entry"] = new JsonArray(first);
        bundle["link"] = JsonNode.Parse($$"""[{"relation":"next","url":"{{_ehr.Base}}/Observation?patient=demo-deteriorating&category=vital-signs&_page=1"}]""");
        Assert.Equal(sent, await SummaryAsync(request));
        Assert.All(_ehr.Requests, r => Assert.Contains("_page=", r.Path, StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "F6")]
    public async Task Full_page_without_a_word_on_the_rest_is_fetched_anew()
    {
        string sent = await SummaryAsync(Request());
        var request = Request();
        var bundle = request["prefetch"]!["encounter"]!.AsObject();
        bundle.Remove("total");
        var entries = bundle["entry"]!.AsArray();
        var encounter = entries.First(e => (string?)e!["resource"]!["resourceType"] == "Encounter")!;
        for (int i = 0; i < 20; i++)
        {
            var copy = encounter.DeepClone();
            copy["fullUrl"] = $"{_ehr.Base}/Encounter/older-{i}";
            copy["resource"]!["id"] = $"older-{i}";
            copy["resource"]!["status"] = "cancelled";
            entries.Add(copy);
        }
        Assert.Equal(sent, await SummaryAsync(request));
        Assert.StartsWith("Encounter?", Assert.Single(_ehr.Asked), StringComparison.Ordinal);
    }

    [Theory, Trait("promise", "S-25")]
    [InlineData("elsewhere")]
    [InlineData("other-base")]
    [InlineData("itself")]
    [InlineData("endless")]
    [InlineData("no-address")]
    public async Task Next_page_that_leads_astray_is_not_followed(string kind)
    {
        await using var trap = await FakeUpstream.StartAsync("{}");
        int page = 0;
        _ehr.OnSearch = bundle => bundle["link"] = new JsonArray(new JsonObject
        {
            ["relation"] = "next",
            ["url"] = kind switch
            {
                "elsewhere" => trap.Origin + "/fhir/Observation?page=2",
                "other-base" => _ehr.Upstream.Origin + "/admin?page=2",
                "itself" => _ehr.Base + "/Observation?page=2",
                "endless" => $"{_ehr.Base}/Observation?page={Interlocked.Increment(ref page)}",
                _ => null,
            },
        });
        await AssertUnavailableAsync(Request(["patient", "encounter", "locations", "observations-laboratory", "observations-codes", "procedures"]), "data-incomplete");
        Assert.Equal(0, trap.Connections);
        Assert.True(_ehr.Requests.Count() <= 32);
        Assert.DoesNotContain(_ehr.Requests, r => r.Path.StartsWith("/admin", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "S-19"), Trait("promise", "F8"), Trait("promise", "C7")]
    public async Task Server_that_nobody_trusts_is_not_asked()
    {
        await using var other = await FhirOfEhr.StartAsync();
        var request = Request([]);
        request["fhirServer"] = other.Base;
        await AssertUnavailableAsync(request);
        Assert.Equal(0, other.Upstream.Connections);
    }

    [Fact, Trait("promise", "S-20"), Trait("promise", "F8")]
    public async Task Complete_prefetch_of_a_server_that_nobody_trusts_is_answered_without_asking()
    {
        await using var other = await FhirOfEhr.StartAsync();
        var request = Call.WithPrefetch(other.Base);
        request["fhirAuthorization"] = Request()["fhirAuthorization"]!.DeepClone();
        Assert.Single((await _server.HookAsync(request)).AssertOk().Cards);
        Assert.Equal(0, other.Upstream.Connections);
    }

    [Theory, Trait("promise", "S-16")]
    [InlineData("patient/Patient.read patient/Encounter.read")]
    [InlineData("patient/Patient.rs patient/Encounter.rs patient/Location.rs patient/Procedure.rs")]
    [InlineData("patient/Observation.c patient/Patient.rs")]
    [InlineData("patient/Observation.r patient/Patient.rs")]
    [InlineData("patient/Observation.sr patient/Patient.rs")]
    [InlineData("patient/Observation.rs?category=laboratory patient/Patient.rs")]
    [InlineData("patient/Observation.write")]
    [InlineData("launch openid")]
    [InlineData("")]
    public async Task Scope_without_observations_asks_for_none(string scope)
    {
        await AssertUnavailableAsync(Request([], scope));
        Assert.DoesNotContain(_ehr.Asked, a => a.StartsWith("Observation", StringComparison.Ordinal));
    }

    [Theory, Trait("promise", "V1"), Trait("promise", "F4")]
    [InlineData("patient/*.read")]
    [InlineData("user/*.*")]
    [InlineData("system/*.rs")]
    [InlineData("patient/Patient.r patient/Encounter.s patient/Location.s patient/Observation.s patient/Procedure.s")]
    [InlineData("launch patient/Patient.rs patient/Encounter.cruds patient/Location.read user/Observation.rs patient/Procedure.rs")]
    public async Task Scopes_of_both_generations_are_understood(string scope) => await SummaryAsync(Request([], scope));

    [Fact, Trait("promise", "S-13"), Trait("promise", "P-16")]
    public async Task Token_of_another_patient_is_403_and_audited()
    {
        await AssertUnavailableAsync(Request(null, "patient/*.read", a => a["patient"] = "somebody-else"), "foreign-token", HttpStatusCode.Forbidden);
        Assert.Empty(_ehr.Requests);
        await SummaryAsync(Request([], "patient/*.read", a => a["patient"] = "demo-deteriorating"));
    }

    /// <summary>cds-r-2 says that the patient should be named: a warning, and no reason to refuse.</summary>
    [Fact, Trait("promise", "M-408")]
    public async Task Token_of_a_patient_that_is_not_named_is_remarked()
    {
        var answer = (await _server.HookAsync(Request([], "patient/*.rs"))).AssertOk();
        Assert.Contains(_log.Lines, l => l.Contains(answer.RequestId, StringComparison.Ordinal) && l.Contains("cds-r-2", StringComparison.Ordinal));
        answer = (await _server.HookAsync(Request([], "patient/*.rs", a => a["patient"] = "demo-deteriorating"))).AssertOk();
        Assert.DoesNotContain(_log.Lines, l => l.Contains(answer.RequestId, StringComparison.Ordinal) && l.Contains("cds-r-2", StringComparison.Ordinal));
    }

    [Theory, Trait("promise", "F5")]
    [InlineData(0)]
    [InlineData(-5)]
    public async Task Expired_token_is_not_used(int seconds)
    {
        await AssertUnavailableAsync(Request([], "patient/*.read", a => a["expires_in"] = seconds));
        Assert.Empty(_ehr.Requests);
    }

    [Fact, Trait("promise", "F5"), Trait("promise", "S-19")]
    public async Task Token_is_stored_nowhere_and_logged_nowhere()
    {
        await SummaryAsync(Request([]));
        var untrusted = Request([]);
        untrusted["fhirServer"] = "https://somebody.example.org/fhir";
        await AssertUnavailableAsync(untrusted);
        Assert.NotEmpty(_log.Lines);
        Assert.All(_log.Lines, l => Assert.DoesNotContain(Token, l, StringComparison.Ordinal));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        byte[] token = System.Text.Encoding.ASCII.GetBytes(Token);
        foreach (string file in Directory.EnumerateFiles(_server.DataFolder, "*", SearchOption.AllDirectories))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
            Assert.True(bytes.ToArray().AsSpan().IndexOf(token) < 0, file);
        }
    }

    /// <summary>Values, stays and whole records of somebody else, as a wrong search or an _include brings them: the card is the same, and one warning tells how many there were.</summary>
    [Fact, Trait("promise", "S-15")]
    public async Task Strangers_that_the_EHR_returns_are_left_out_counted_and_told_once()
    {
        string sent = Comparable((await _server.HookAsync(Request([]))).AssertOk());
        int strangers = 0;
        _ehr.OnSearch = bundle =>
        {
            foreach (var entry in bundle["entry"]!.AsArray().Where(e => (string?)e!["resource"]!["resourceType"] is "Observation" or "Encounter" or "Procedure").Take(20).ToArray())
            {
                var stranger = entry!.DeepClone();
                stranger["fullUrl"] = $"{_ehr.Base}/{stranger["resource"]!["resourceType"]}/stranger-{stranger["resource"]!["id"]}";
                stranger["resource"]!["id"] = "stranger-" + stranger["resource"]!["id"];
                stranger["resource"]!["subject"]!["reference"] = "Patient/somebody-else";
                if (stranger["resource"]!["valueQuantity"] is { } quantity)
                    quantity["value"] = 1;
                bundle["entry"]!.AsArray().Add(stranger);
                Interlocked.Increment(ref strangers);
            }
            bundle["entry"]!.AsArray().Add(JsonNode.Parse($$$"""
                {"fullUrl":"{{{_ehr.Base}}}/Patient/somebody-else","search":{"mode":"include"},
                 "resource":{"resourceType":"Patient","id":"somebody-else","gender":"female","birthDate":"1931-01-07","name":[{"family":"Stranger-Canary"}]}}
                """));
            Interlocked.Increment(ref strangers);
        };
        var answer = (await _server.HookAsync(Request([]))).AssertOk();
        Assert.Equal(sent, Comparable(answer));
        Assert.True(strangers > 20, $"{strangers}");
        string warning = Assert.Single(_log.Lines, l => l.Contains(answer.RequestId, StringComparison.Ordinal) && l.Contains("other patients", StringComparison.Ordinal));
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $": {strangers} resources"), warning, StringComparison.Ordinal);
        Assert.All(_log.Lines, l => Assert.DoesNotContain("somebody-else", l, StringComparison.Ordinal));
        Assert.All(_log.Lines, l => Assert.DoesNotContain("Stranger-Canary", l, StringComparison.Ordinal));
        Assert.All(_log.Lines, l => Assert.DoesNotContain("1931-01-07", l, StringComparison.Ordinal));
        _ehr.OnSearch = null;
        answer = (await _server.HookAsync(Request([]))).AssertOk();
        Assert.DoesNotContain(_log.Lines, l => l.Contains(answer.RequestId, StringComparison.Ordinal) && l.Contains("other patients", StringComparison.Ordinal));
    }

    /// <summary>A card without its own ids: all that is to be the same.</summary>
    private static string Comparable(Answer answer)
    {
        var card = JsonNode.Parse(answer.Card.GetRawText())!.AsObject();
        card.Remove("uuid");
        card.Remove("links");
        return card.ToJsonString();
    }

    [Fact, Trait("promise", "S-26")]
    public async Task Addresses_in_the_data_are_not_followed()
    {
        await using var trap = await FakeUpstream.StartAsync("{}");
        _ehr.OnSearch = bundle =>
        {
            foreach (var entry in bundle["entry"]!.AsArray())
            {
                var resource = entry!["resource"]!.AsObject();
                resource["meta"] = new JsonObject { ["profile"] = new JsonArray(trap.Origin + "/StructureDefinition/x"), ["source"] = trap.Origin };
                resource["performer"] = new JsonArray(new JsonObject { ["reference"] = trap.Origin + "/Practitioner/1" });
                resource["extension"] = new JsonArray(new JsonObject { ["url"] = trap.Origin + "/e", ["valueAttachment"] = new JsonObject { ["url"] = trap.Origin + "/a", ["contentType"] = "text/plain" } });
            }
        };
        await SummaryAsync(Request([]));
        Assert.Equal(0, trap.Connections);
    }

    [Theory, Trait("promise", "C7"), Trait("promise", "S-27"), Trait("promise", "S-22")]
    [InlineData("html")]
    [InlineData("outcome")]
    [InlineData("500")]
    [InlineData("401")]
    [InlineData("404")]
    [InlineData("429")]
    [InlineData("302")]
    [InlineData("308")]
    [InlineData("bomb")]
    [InlineData("huge")]
    [InlineData("not-json")]
    [InlineData("reset")]
    public async Task Server_that_does_not_give_the_data_is_412(string kind)
    {
        await using var trap = await FakeUpstream.StartAsync("{}");
        _ehr.Instead = async context =>
        {
            switch (kind)
            {
                case "302" or "308":
                    context.Response.StatusCode = kind == "302" ? 302 : 308;
                    context.Response.Headers.Location = trap.Origin + "/latest/meta-data";
                    break;
                case "429":
                    context.Response.StatusCode = 429;
                    context.Response.Headers.RetryAfter = "7";
                    break;
                case "bomb":
                    context.Response.ContentType = "application/fhir+json";
                    context.Response.Headers.ContentEncoding = "gzip";
                    await using (var gzip = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest))
                    {
                        byte[] blanks = new byte[1 << 20];
                        Array.Fill(blanks, (byte)' ');
                        for (int i = 0; i < 64; i++)
                            await gzip.WriteAsync(blanks, context.RequestAborted);
                    }
                    break;
                case "huge":
                    context.Response.ContentType = "application/fhir+json";
                    context.Response.ContentLength = 10L << 30;
                    await context.Response.Body.WriteAsync("{"u8.ToArray(), context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await Task.Delay(20_000, context.RequestAborted);
                    break;
                case "html":
                    await FhirOfEhr.WriteAsync(context, "<html>Log in</html>", "text/html");
                    break;
                case "outcome":
                    await FhirOfEhr.WriteAsync(context, """{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}""");
                    break;
                case "not-json":
                    await FhirOfEhr.WriteAsync(context, "{");
                    break;
                case "reset":
                    context.Abort();
                    break;
                default:
                    context.Response.StatusCode = int.Parse(kind, System.Globalization.CultureInfo.InvariantCulture);
                    break;
            }
            return true;
        };
        var answer = await _server.HookAsync(Request([]));
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.Status);
        Assert.DoesNotContain("Log in", answer.Text, StringComparison.Ordinal);
        Assert.Equal(0, trap.Connections);
        Assert.Equal(412, Assert.Single(await _server.AuditAsync(answer)).Status);
    }

    [Fact, Trait("promise", "C9")]
    public async Task Server_that_takes_its_time_is_left_at_the_deadline()
    {
        await using var ehr = await FhirOfEhr.StartAsync();
        ehr.Instead = async context =>
        {
            await Task.Delay(20_000, context.RequestAborted);
            return true;
        };
        await using var server = await Call.ServerAtSampleTime(null, TrustedEhr.Trust(ehr));
        var request = Call.WithPrefetch(ehr.Base);
        request.Remove("prefetch");
        var watch = Stopwatch.StartNew();
        (await server.HookAsync(request)).AssertFailure(HttpStatusCode.GatewayTimeout, "data-late", hook: true);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 10);
    }

    [Theory, Trait("promise", "C4")]
    [InlineData("access_token", null)]
    [InlineData("access_token", "\"\"")]
    [InlineData("access_token", "\"two words\"")]
    [InlineData("token_type", null)]
    [InlineData("token_type", "\"MAC\"")]
    [InlineData("expires_in", null)]
    [InlineData("expires_in", "\"300\"")]
    [InlineData("expires_in", "3.5")]
    [InlineData("scope", null)]
    [InlineData("subject", null)]
    [InlineData("patient", "7")]
    public async Task Incomplete_authorization_is_400(string member, string? json)
    {
        var answer = await _server.HookAsync(Request(null, "patient/*.read", a =>
        {
            a.Remove(member);
            if (json is not null)
                a[member] = JsonNode.Parse(json);
        }));
        answer.AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);
        Assert.Contains("fhirAuthorization." + member, answer.Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "C3")]
    public async Task Server_without_TLS_is_refused_except_on_loopback_where_that_is_set()
    {
        (await _server.HookAsync(Call.WithPrefetch("http://ehr.example.org/r4"))).AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);
        (await _server.HookAsync(Call.WithPrefetch("http://127.0.0.1:9/r4"))).AssertOk();
        (await _server.HookAsync(Call.WithPrefetch("https://ehr.example.org/r4"))).AssertOk();
        await using var strict = await Call.ServerAtSampleTime();
        (await strict.HookAsync(Call.WithPrefetch("http://127.0.0.1:9/r4"))).AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);
    }

    [Fact, Trait("promise", "S-19"), Trait("promise", "S-20")]
    public async Task Client_may_only_name_the_servers_that_are_its_own()
    {
        await using var other = await FhirOfEhr.StartAsync();
        using var client = new Access.Clients.FakeEhr();
        string[] args =
        [
            .. TrustedEhr.Trust(_ehr), "--Outbound:Origins:1:Origin", other.Upstream.Origin, "--Outbound:Origins:1:Uses:0", "Fhir", "--Outbound:Origins:1:Internal", "true",
            "--Ehr:FetchMilliseconds", "4500", "--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", Access.Clients.FakeEhr.Issuer,
            "--Clients:Trusted:0:JwksFile", client.KeysFile, "--Clients:Trusted:0:FhirOrigins:0", _ehr.Upstream.Origin,
        ];
        // The clock of the tokens is the server's.
        await using var server = await Call.ServerAtSampleTime(null, args);
        Task<Answer> AskAsync(JsonObject body) => Access.Clients.FakeEhr.SendAsync(server, HttpMethod.Post, Call.Hook,
            client.Sign(Access.Clients.FakeEhr.Header(), client.Payload(server.Origin + Call.Hook, Call.SampleTime)), body);

        Assert.Single((await AskAsync(Request([]))).AssertOk().Cards);
        var foreign = Request([]);
        foreign["fhirServer"] = other.Base;
        (await AskAsync(foreign)).AssertFailure(HttpStatusCode.PreconditionFailed, "data-unavailable", hook: true);
        Assert.Single((await AskAsync(Call.WithPrefetch(other.Base))).AssertOk().Cards);
        Assert.Equal(0, other.Upstream.Connections);
    }
}
