using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Operations;

[Trait("promise", "M-454")]
public sealed class ValidateTests(ValidatingServer validating) : IClassFixture<ValidatingServer>
{
    private MedAIServer Server => validating.Server;

    [Fact]
    public async Task What_this_server_writes_has_no_errors_given_or_stored()
    {
        var risk = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk();
        foreach (var answer in new[]
        {
            await Server.PostTextAsync("/fhir/$validate", risk.Text),
            await Server.PostTextAsync("/fhir/RiskAssessment/$validate", risk.Text),
            await Server.PostTextAsync($"/fhir/RiskAssessment/{risk.Id}/$validate", risk.Text),
            await Server.PostTextAsync($"/fhir/RiskAssessment/{risk.Id}/$validate", "", ""),
            await Server.GetAsync($"/fhir/RiskAssessment/{risk.Id}/$validate"),
        })
        {
            Assert.Equal("OperationOutcome", answer.AssertOk().Json.GetProperty("resourceType").GetString());
            Assert.Empty(Errors(answer));
        }
        var read = await Server.GetAsync($"/fhir/RiskAssessment/{risk.Id}/$validate");
        Assert.Equal(("operation:validate", "read"), Assert.Single(await Server.AuditAsync(read)) is var row ? (row.Trigger, row.Outcome) : default);
    }

    [Theory]
    [InlineData("status", null)]
    [InlineData("subject", null)]
    [InlineData("status", "\"bogus\"")]
    [InlineData("surprise", "\"x\"")]
    [InlineData("occurrenceDateTime", "\"yesterday\"")]
    [InlineData("performer", """{"reference":"Patient/1"}""")]
    [InlineData("prediction", """[{"outcome":{"text":"x"},"probabilityDecimal":120}]""")]
    [InlineData("prediction", """[{"outcome":{"text":"x"},"whenPeriod":{"start":"2026-03-02","end":"2026-03-01"}}]""")]
    [InlineData("mitigation", "[]")]
    public async Task Broken_resource_has_an_error_with_its_place(string member, string? value)
    {
        var resource = JsonNode.Parse(File.ReadAllBytes(RepositoryRoot.Combine("tests", "MedAI.Fhir.Tests", "Golden", "risk-assessment.fhir.json")))!.AsObject();
        resource.Remove("occurrencePeriod");
        if (value is null)
            resource.Remove(member);
        else
            resource[member] = JsonNode.Parse(value);
        var errors = Errors((await Server.PostTextAsync("/fhir/$validate", resource.ToJsonString())).AssertOk());
        Assert.NotEmpty(errors);
        Assert.Contains(errors, e => e.TryGetProperty("expression", out _));
    }

    [Fact]
    public async Task Address_and_resource_must_agree()
    {
        const string Observation = """{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"}}""";
        Assert.Contains("another type", Assert.Single(Errors((await Server.PostTextAsync("/fhir/RiskAssessment/$validate", Observation)).AssertOk())).GetRawText(), StringComparison.Ordinal);
        Assert.Contains("id of the resource", Assert.Single(Errors((await Server.PostTextAsync("/fhir/Observation/b/$validate", Observation)).AssertOk())).GetRawText(), StringComparison.Ordinal);
        Assert.Empty(Errors((await Server.PostTextAsync("/fhir/Observation/a/$validate", Observation)).AssertOk()));
    }

    [Fact]
    public async Task Profile_is_applied_and_one_that_nobody_has_is_said()
    {
        static string With(string profile) => $$$$"""
            {"resourceType":"Parameters","parameter":[{"name":"profile","valueUri":"{{{{profile}}}}"},
             {"name":"resource","resource":{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}}}]}
            """;
        Assert.NotEmpty(Errors((await Server.PostTextAsync("/fhir/$validate", With("http://hl7.org/fhir/StructureDefinition/heartrate"))).AssertOk()));
        var unknown = await Server.PostTextAsync("/fhir/$validate", With("http://example.org/none"));
        unknown.AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        var claimed = (await Server.PostTextAsync("/fhir/$validate",
            """{"resourceType":"Basic","meta":{"profile":["http://example.org/none"]},"code":{"text":"x"}}""")).AssertOk();
        Assert.Empty(Errors(claimed));
        Assert.Contains(claimed.Json.GetProperty("issue").EnumerateArray(), i => i.GetProperty("severity").GetString() == "warning");
    }

    [Theory]
    [InlineData("/fhir/$validate", HttpStatusCode.BadRequest, "missing-parameter")]
    [InlineData("/fhir/RiskAssessment/$validate", HttpStatusCode.BadRequest, "missing-parameter")]
    [InlineData("/fhir/RiskAssessment/none/$validate", HttpStatusCode.NotFound, "not-found")]
    public async Task What_is_missing_is_said(string path, HttpStatusCode status, string code) => (await Server.GetAsync(path)).AssertFailure(status, code);

    [Fact]
    public async Task Resource_over_the_limit_is_413()
    {
        string large = "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"" + new string('x', 1024 * 1024) + "\"}}";
        (await Server.PostTextAsync("/fhir/$validate", large)).AssertFailure(HttpStatusCode.RequestEntityTooLarge, "body-too-large");
    }

    [Fact]
    public async Task XML_is_judged_as_its_JSON()
    {
        var answer = (await Server.PostTextAsync("/fhir/$validate", """<Observation xmlns="http://hl7.org/fhir"><status value="bogus"/><code><text value="x"/></code></Observation>""", "application/fhir+xml")).AssertOk();
        Assert.NotEmpty(Errors(answer));
    }

    private static List<JsonElement> Errors(Answer answer) =>
        [.. answer.Json.GetProperty("issue").EnumerateArray().Where(i => i.GetProperty("severity").GetString() is "error" or "fatal")];
}

/// <summary>A demo server that has loaded its definitions and waits for a busy machine.</summary>
public sealed class ValidatingServer : IAsyncLifetime
{
    public MedAIServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await MedAIServer.StartAsync("--demo", "--MedAI:DeadlineMilliseconds", "50000");
        await LoadAsync(Server);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Asks until the definitions are loaded: the first answers may be that they are not.</summary>
    /// <param name="token">Needed where callers are configured.</param>
    public static async Task LoadAsync(MedAIServer server, string? token = null)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            if ((await Access.Clients.FakeEhr.SendAsync(server, HttpMethod.Post, "/fhir/$validate", token, JsonNode.Parse("""{"resourceType":"Basic","code":{"text":"x"}}"""))).Status == HttpStatusCode.OK)
                return;
        }
        throw new TimeoutException("The definitions were not loaded.");
    }
}
