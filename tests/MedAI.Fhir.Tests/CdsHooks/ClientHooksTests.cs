using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Tests.Access.Clients;
using MedAI.Models.Packages;
using MedAI.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>One server with four clients: as usual, with templates of its own, with local codes of its own, and one of CDS Hooks 3.0.</summary>
public sealed class FourClients : IAsyncLifetime
{
    public const string Usual = "usual", Own = "own", Codes = "codes", Three = "three";

    private const string HeartRate = "Observation?patient={{context.patientId}}&category=vital-signs&status=final,amended,corrected&_sort=-date&_count=500";

    private readonly string _folder = Directory.CreateTempSubdirectory("medai-test-").FullName;

    internal FakeEhr Client { get; } = new();

    internal FhirOfEhr Ehr { get; private set; } = null!;

    internal HeardLog Log { get; } = new(LogLevel.Information);

    public MedAIServer Server { get; private set; } = null!;

    /// <summary>urn:north|HF means heart rate.</summary>
    public static string ConceptMap(string code = "8867-4") => $$"""
        {"resourceType":"ConceptMap","status":"active","group":[{"source":"urn:north","target":"http://loinc.org",
         "element":[{"code":"HF","target":[{"code":"{{code}}","equivalence":"equivalent"}]}]}]}
        """;

    public async ValueTask InitializeAsync()
    {
        string map = Path.Combine(_folder, "north.json");
        await File.WriteAllTextAsync(map, ConceptMap());
        Ehr = await FhirOfEhr.StartAsync();
        var args = new List<string>([.. TrustedEhr.Trust(Ehr), "--Ehr:FetchMilliseconds", "4500", "--Logging:LogLevel:Default", "Information"]);
        string[] names = [Usual, Own, Codes, Three];
        for (int i = 0; i < names.Length; i++)
        {
            string client = $"--Clients:Trusted:{i}:";
            args.AddRange([client + "Name", names[i], client + "Issuer", Issuer(names[i]), client + "JwksFile", Client.KeysFile, client + "FhirOrigins:0", Ehr.Upstream.Origin]);
        }
        args.AddRange([
            "--Clients:Trusted:1:Prefetch:icu-mortality:observations-vital-signs", HeartRate, "--Clients:Trusted:1:Prefetch:icu-mortality:procedures", "",
            "--Clients:Trusted:1:Prefetch:no-such-service:patient", "Patient/{{context.patientId}}", "--Clients:Trusted:1:Prefetch:icu-mortality:imaging-study", "",
            "--Clients:Trusted:2:ConceptMaps:0", map,
            "--Clients:Trusted:3:CdsHooks", "3.0", "--Clients:Trusted:3:ActionSelectionBehavior", "true",
            "--Clients:Trusted:3:Prefetch:icu-mortality:procedures", "Procedure?patient={{context.patientId}}&encounter={{%encounter.entry.resource.ofType(Encounter).id}}&_sort=-date",
        ]);
        Server = await Call.ServerAtSampleTime(builder => builder.Logging.AddProvider(Log), [.. args]);
    }

    private static string Issuer(string client) => $"https://{client}.example.org";

    internal Task<Answer> SendAsync(string client, HttpMethod method, string path, JsonObject? body = null)
    {
        var payload = Client.Payload(Server.Origin + path, Call.SampleTime);
        payload["iss"] = Issuer(client);
        return FakeEhr.SendAsync(Server, method, path, Client.Sign(FakeEhr.Header(), payload), body);
    }

    internal async Task<JsonElement> ServiceAsync(string client) => (await SendAsync(client, HttpMethod.Get, "/cds-services")).AssertOk().Json
        .GetProperty("services").EnumerateArray().Single(s => s.GetProperty("id").GetString() == "icu-mortality");

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Ehr.DisposeAsync();
        Client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

public sealed partial class ClientHooksTests : IClassFixture<FourClients>
{
    private readonly FourClients _four;

    public ClientHooksTests(FourClients four)
    {
        _four = four;
        _four.Ehr.Reset();
    }

    private JsonObject Request(params string[] without)
    {
        var request = Call.WithPrefetch(_four.Ehr.Base);
        foreach (string key in without)
            request["prefetch"]!.AsObject().Remove(key);
        request["fhirAuthorization"] = JsonNode.Parse("""{"access_token":"t","token_type":"Bearer","expires_in":300,"scope":"patient/*.rs","subject":"medai"}""");
        return request;
    }

    private async Task<string> SummaryAsync(string client, JsonObject request) =>
        (await _four.SendAsync(client, HttpMethod.Post, Call.Hook, request)).AssertOk().Card.GetProperty("summary").GetString()!;

    private static string[] Keys(JsonElement service) => [.. service.GetProperty("prefetch").EnumerateObject().Select(p => p.Name)];

    [Fact, Trait("promise", "M-401")]
    public async Task Discovery_shows_each_client_its_own_templates_under_a_tag_of_their_own()
    {
        var usual = await _four.ServiceAsync(FourClients.Usual);
        var own = await _four.ServiceAsync(FourClients.Own);
        Assert.Equal(Keys(usual).Where(k => k != "procedures"), Keys(own));
        Assert.Contains("status=final", own.GetProperty("prefetch").GetProperty("observations-vital-signs").GetString(), StringComparison.Ordinal);
        foreach (string key in (string[])["patient", "encounter", "observations-laboratory"])
            Assert.Equal(usual.GetProperty("prefetch").GetProperty(key).GetString(), own.GetProperty("prefetch").GetProperty(key).GetString());

        var tags = new HashSet<string>();
        foreach (string client in (string[])[FourClients.Usual, FourClients.Own, FourClients.Three])
        {
            string tag = (await _four.SendAsync(client, HttpMethod.Get, "/cds-services")).Response.Headers.ETag!.ToString();
            Assert.True(tags.Add(tag));
            Assert.Equal(tag, (await _four.SendAsync(client, HttpMethod.Get, "/cds-services")).Response.Headers.ETag!.ToString());
        }
    }

    [Fact, Trait("promise", "M-402")]
    public async Task Key_that_a_client_is_not_asked_for_is_fetched_or_named_in_a_412()
    {
        string sent = await SummaryAsync(FourClients.Usual, Request());
        Assert.Equal(sent, await SummaryAsync(FourClients.Own, Request("procedures")));
        Assert.StartsWith("Procedure?", Assert.Single(_four.Ehr.Asked), StringComparison.Ordinal);

        var alone = Request("procedures");
        alone.Remove("fhirServer");
        alone.Remove("fhirAuthorization");
        var answer = await _four.SendAsync(FourClients.Own, HttpMethod.Post, Call.Hook, alone);
        answer.AssertFailure(HttpStatusCode.PreconditionFailed, "data-unavailable", hook: true);
        Assert.Contains("$.prefetch.procedures", answer.Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-402")]
    public async Task Missing_key_is_fetched_by_the_clients_own_template_within_the_window()
    {
        string sent = await SummaryAsync(FourClients.Usual, Request());
        _four.Ehr.Reset();
        Assert.Equal(sent, await SummaryAsync(FourClients.Own, Request("observations-vital-signs")));
        Assert.Contains(_four.Ehr.Asked, a => a.Contains("status=final,amended,corrected", StringComparison.Ordinal) && a.EndsWith("date=ge2026-02-28T08:00:00Z", StringComparison.Ordinal));
        Assert.DoesNotContain(_four.Ehr.Asked, a => a.Contains("_count=1000", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-403")]
    public async Task Local_codes_mean_what_the_client_says_and_to_no_other_client()
    {
        string Percent(string summary) => summary.Split(':', '(')[1].Trim();
        string standard = Percent(await SummaryAsync(FourClients.Codes, Request()));
        Assert.Equal(standard, Percent(await SummaryAsync(FourClients.Codes, Local(Request()))));
        Assert.NotEqual(standard, Percent(await SummaryAsync(FourClients.Usual, Local(Request()))));

        // The operation reads the client's codes as its hooks do.
        async Task<Answer> AssessAsync(string client, JsonObject parameters) => await _four.SendAsync(client, HttpMethod.Post, "/fhir/$assess-risk", parameters);
        decimal assessed = (await AssessAsync(FourClients.Codes, Call.Parameters("demo-deteriorating"))).AssertOk().Percent;
        Assert.Equal(assessed, (await AssessAsync(FourClients.Codes, Local(Call.Parameters("demo-deteriorating")))).AssertOk().Percent);
        var other = await AssessAsync(FourClients.Usual, Local(Call.Parameters("demo-deteriorating")));
        Assert.True(other.Status == HttpStatusCode.UnprocessableEntity || other.Percent != assessed, other.Text);
    }

    /// <summary>The heart rates under the site's own code.</summary>
    private static JsonObject Local(JsonObject request) => JsonNode.Parse(HeartRate().Replace(request.ToJsonString(), """{"system":"urn:north","code":"HF"}"""))!.AsObject();

    [GeneratedRegex("""\{"system":"http://loinc\.org","code":"8867-4"[^}]*\}""")]
    private static partial Regex HeartRate();

    [Fact, Trait("promise", "M-404")]
    public async Task Coverage_names_the_variables_that_no_local_code_means()
    {
        string[] Unmapped(Answer answer) => [.. answer.AssertOk().Json.GetProperty("models")[0].GetProperty("unmapped").EnumerateArray().Select(v => v.GetProperty("id").GetString()!)];
        var usual = await _four.SendAsync(FourClients.Usual, HttpMethod.Get, "/health/coverage");
        var codes = await _four.SendAsync(FourClients.Codes, HttpMethod.Get, "/health/coverage");
        Assert.Equal("icu-mortality", usual.Json.GetProperty("models")[0].GetProperty("id").GetString());
        Assert.Equal(usual.Json.GetProperty("localCodes").GetInt32() + 1, codes.Json.GetProperty("localCodes").GetInt32());
        Assert.Contains("urn:north", codes.Json.GetProperty("localSystems").EnumerateArray().Select(s => s.GetString()));
        Assert.Subset(Unmapped(usual).ToHashSet(), Unmapped(codes).ToHashSet());
        Assert.DoesNotContain("HR", Unmapped(codes));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _four.Server.GetAsync("/health/coverage")).Status);

        // The log says the same at the start, for the site and for each client that has codes of its own.
        string[] lines = [.. _four.Log.Lines.Where(l => l.Contains("no local code means:", StringComparison.Ordinal))];
        Assert.Equal(2, lines.Length);
        Assert.Contains(lines, l => l.Contains("of the site reach", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("of codes reach", StringComparison.Ordinal) && l.Contains("icu-mortality 2.0.0", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-401")]
    public void Template_for_a_service_or_key_that_is_not_there_is_named_at_the_start()
    {
        string[] lines = [.. _four.Log.Lines.Where(l => l.Contains("is not used: no such service", StringComparison.Ordinal))];
        Assert.Equal(2, lines.Length);
        Assert.Contains(lines, l => l.Contains("own for no-such-service, patient", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("own for icu-mortality, imaging-study", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "V2"), Trait("promise", "M-406")]
    public async Task Discovery_of_3_0_names_versions_and_asks_for_the_models_window()
    {
        var usual = await _four.ServiceAsync(FourClients.Usual);
        var three = await _four.ServiceAsync(FourClients.Three);
        Assert.Equal(("3.0.0", "1.0"), (three.GetProperty("version").GetString(), three.GetProperty("hookVersion").GetString()));
        Assert.Equal(["patient", "encounter", "locations", "observations-vital-signs", "observations-laboratory", "observations-codes", "observations-lasting", "procedures"], Keys(three));
        foreach (var template in three.GetProperty("prefetch").EnumerateObject().Where(p => p.Name is "observations-vital-signs" or "observations-laboratory" or "observations-codes"))
            Assert.Equal(usual.GetProperty("prefetch").GetProperty(template.Name).GetString() + "&date=ge{{today() - 3 days}}", template.Value.GetString());
        Assert.Equal("Observation?patient={{context.patientId}}&code=http://loinc.org|8302-2,http://loinc.org|29463-7,http://loinc.org|3141-9&_sort=-date&_count=100",
            three.GetProperty("prefetch").GetProperty("observations-lasting").GetString());

        // A client of 2.0 sees nothing of it.
        string text = (await _four.SendAsync(FourClients.Usual, HttpMethod.Get, "/cds-services")).Text;
        Assert.DoesNotContain("today()", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hookVersion", text, StringComparison.Ordinal);
        Assert.Equal("2.0.1", usual.GetProperty("version").GetString());
    }

    /// <summary>What a client of 3.0 sends: Observations of the last days, and what lasts under its own key.</summary>
    private JsonObject RequestOf3()
    {
        var request = Request("procedures");
        var prefetch = request["prefetch"]!.AsObject();
        var vital = prefetch["observations-vital-signs"]!;
        bool Lasts(JsonNode? entry) => (string?)entry!["resource"]!["code"]!["coding"]![0]!["code"] is "8302-2" or "29463-7";
        var lasting = vital["entry"]!.AsArray().Where(Lasts).Select(e => e!.DeepClone()).ToArray();
        var rest = vital["entry"]!.AsArray().Where(e => !Lasts(e)).Select(e => e!.DeepClone()).ToArray();
        prefetch["observations-vital-signs"] = new JsonObject { ["resourceType"] = "Bundle", ["type"] = "searchset", ["entry"] = new JsonArray(rest) };
        prefetch["observations-lasting"] = new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "searchset",
            // More than were asked for exist: the newest are enough.
            ["total"] = 1000,
            ["link"] = JsonNode.Parse($$"""[{"relation":"next","url":"{{_four.Ehr.Base}}/Observation?page=2"}]"""),
            ["entry"] = new JsonArray(lasting),
        };
        request["hookVersion"] = "1.0";
        return request;
    }

    [Fact, Trait("promise", "M-406"), Trait("promise", "V2"), Trait("promise", "M-405")]
    public async Task Client_of_3_0_sends_less_and_gets_the_same()
    {
        string sent = await SummaryAsync(FourClients.Usual, Request());
        _four.Ehr.Reset();
        // Its template looks into the encounter that it sent.
        Assert.Equal(sent, await SummaryAsync(FourClients.Three, RequestOf3()));
        Assert.Equal("Procedure?patient=demo-deteriorating&encounter=demo-deteriorating-stay&_sort=-date", Assert.Single(_four.Ehr.Asked));
    }

    [Fact, Trait("promise", "M-406"), Trait("promise", "V4"), Trait("promise", "M-405")]
    public async Task What_a_client_of_3_0_leaves_out_is_fetched_each_after_what_it_depends_on()
    {
        string sent = await SummaryAsync(FourClients.Usual, Request());
        _four.Ehr.Reset();
        var request = Request();
        request["prefetch"] = new JsonObject();
        Assert.Equal(sent, await SummaryAsync(FourClients.Three, request));
        Assert.Equal("Procedure?patient=demo-deteriorating&encounter=demo-deteriorating-stay&_sort=-date", _four.Ehr.Asked[^1]);
        // What lasts is asked for once, without a date; everything else from the window.
        Assert.Single(_four.Ehr.Asked, a => a.Contains("http://loinc.org|8302-2", StringComparison.Ordinal) && !a.Contains("date=ge", StringComparison.Ordinal));
        Assert.Equal(3, _four.Ehr.Asked.Count(a => a.Contains("date=ge2026-02-28T08:00:00Z", StringComparison.Ordinal)));
    }

    [Fact, Trait("promise", "M-405")]
    public async Task Template_without_a_value_gives_way_to_the_generated_one()
    {
        var request = RequestOf3();
        request["prefetch"]!["encounter"]!["entry"]![0]!["resource"]!.AsObject().Remove("id");
        request["prefetch"]!["encounter"]!["entry"]![0]!.AsObject().Remove("fullUrl");
        await _four.SendAsync(FourClients.Three, HttpMethod.Post, Call.Hook, request);
        Assert.Contains("code=http://snomed.info/sct|40617009", Assert.Single(_four.Ehr.Asked), StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "V5"), Trait("promise", "M-407")]
    public void Selection_of_actions_is_told_to_clients_that_know_it()
    {
        var manifest = TestManifest.Create();
        manifest = manifest with { Service = manifest.Service with { Suggestions = [new ManifestSuggestion("repeat", "Repeat", "Drafts an order")] } };
        var clients = new ClientsOptions
        {
            Trusted = [new ClientOptions { Name = "knows", CdsHooks = "3.0", ActionSelectionBehavior = true }, new ClientOptions { Name = "three", CdsHooks = "3.0" }, new ClientOptions { Name = "two" }],
        };
        var site = new SuggestionOptions { [manifest.Id] = new() { ["repeat"] = new SuggestedCode { System = "http://loinc.org", Code = "1", Display = "x" } } };
        var writer = new SuggestionWriter(Options.Create(site), new HookClients(Options.Create(clients)));
        string? Selection(string? client) => Assert.Single(writer.For(manifest, new AssessmentRequest
        {
            Documents = [],
            Patient = new("t", "https://ehr.example.org", "1"),
            AsOf = Call.SampleTime,
            Trigger = "cds-hooks:patient-view",
            Deadline = Call.SampleTime,
            CardId = "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a11",
            Request = new RequestFacts("r", Call.SampleTime) { Caller = client is null ? null : new ClientIdentity(client, client, false, new HashSet<MedAI.Fhir.Access.Outbound.Origin>(), null) },
        })!).ActionSelectionBehavior;
        Assert.Equal("all", Selection("knows"));
        Assert.Null(Selection("three"));
        Assert.Null(Selection("two"));
        Assert.Null(Selection(null));
    }

    [Theory, Trait("promise", "M-401")]
    [InlineData("CdsHooks", "1.0", "CdsHooks must be 2.0 or 3.0")]
    [InlineData("ActionSelectionBehavior", "true", "needs CdsHooks 3.0")]
    [InlineData("Prefetch:icu-mortality:encounter", "Encounter?status=in-progress", "must name the context patient")]
    [InlineData("Prefetch:icu-mortality:encounter", "Encounter?patient={{context.patientId}}&date=ge{{today()}}", "CDS Hooks 2.0 does not know")]
    [InlineData("Prefetch:icu-mortality:everything", "", "no prefetch key")]
    [InlineData("ConceptMaps:0", "/no/such/file.json", "file.json: file or folder not found")]
    public async Task Setting_that_cannot_be_used_stops_the_start(string setting, string value, string problem)
    {
        var stopped = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync("--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", FakeEhr.Issuer,
            "--Clients:Trusted:0:JwksFile", _four.Client.KeysFile, "--Clients:Trusted:0:" + setting, value));
        Assert.Contains("Clients:Trusted:0:" + setting.Replace(":0", "", StringComparison.Ordinal), stopped.Message, StringComparison.Ordinal);
        Assert.Contains(problem, stopped.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-403")]
    public async Task File_that_is_no_concept_map_stops_the_start()
    {
        string file = Path.Combine(_four.Server.DataFolder, "no-map.json");
        await File.WriteAllTextAsync(file, """{"resourceType":"ValueSet"}""", TestContext.Current.CancellationToken);
        Assert.Contains("no-map.json: not a ConceptMap", (await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync("--Clients:Trusted:0:Name", "ehr",
            "--Clients:Trusted:0:Issuer", FakeEhr.Issuer, "--Clients:Trusted:0:JwksFile", _four.Client.KeysFile, "--Clients:Trusted:0:ConceptMaps:0", file))).Message, StringComparison.Ordinal);
    }
}
