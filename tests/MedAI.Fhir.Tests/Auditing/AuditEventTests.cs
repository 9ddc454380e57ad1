using System.Net;
using System.Text;
using System.Text.Json;
using MedAI.Fhir.Store;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Auditing;

/// <summary>Rows of the audit trail as FHIR AuditEvents, read back by whoever audits.</summary>
[Trait("promise", "M-510")]
public abstract class AuditEventTests(DemoServer demo)
{
    private MedAIServer Server => demo.Server;

    private async Task<JsonElement> EventOfAsync(Answer answer)
    {
        var row = Assert.Single(await Server.AuditAsync(answer));
        return (await Server.GetAsync("/fhir/AuditEvent/" + row.Id)).AssertOk().Json;
    }

    private static string[] Whats(JsonElement audit, string role) => [.. audit.GetProperty("entity").EnumerateArray()
        .Where(e => e.TryGetProperty("role", out var r) && r.GetProperty("code").GetString() == role).Select(e => e.GetProperty("what").GetProperty("reference").GetString()!)];

    /// <summary>Of the client, then of this server.</summary>
    private static IEnumerable<string?> Roles(JsonElement audit) => audit.GetProperty("agent").EnumerateArray().Select(a => a.GetProperty("type").GetProperty("coding")[0].GetProperty("code").GetString());

    private static (string Interaction, string Action, string Outcome) Kind(JsonElement audit) =>
        (audit.GetProperty("subtype")[0].GetProperty("code").GetString()!, audit.GetProperty("action").GetString()!, audit.GetProperty("outcome").GetString()!);

    [Fact]
    public async Task Operation_read_version_read_hook_and_search_are_told_in_BALPs_shape()
    {
        var assessed = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk();
        var audit = await EventOfAsync(assessed);
        Assert.Equal(("operation", "E", "0"), Kind(audit));
        Assert.Equal("rest", audit.GetProperty("type").GetProperty("code").GetString());
        Assert.Equal(["https://medai.example.org/fhir/StructureDefinition/medai-audit-event"], audit.GetProperty("meta").GetProperty("profile").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal(["Patient/demo-stable"], Whats(audit, "1"));
        string[] data = Whats(audit, "4");
        Assert.Contains($"{Server.FhirBase}/RiskAssessment/{assessed.Id}/_history/1", data);
        Assert.Contains(data, d => d.StartsWith(Server.FhirBase + "/Device/icu-mortality", StringComparison.Ordinal));
        Assert.Equal(assessed.RequestId, audit.GetProperty("entity")[0].GetProperty("what").GetProperty("identifier").GetProperty("value").GetString());
        Assert.Equal(["110153", "110152"], Roles(audit));

        audit = await EventOfAsync((await Server.GetAsync("/fhir/RiskAssessment/" + assessed.Id)).AssertOk());
        Assert.Equal(("read", "R", "0"), Kind(audit));
        Assert.Equal(["110152", "110153"], Roles(audit));
        Assert.Equal(["Patient/demo-stable"], Whats(audit, "1"));
        audit = await EventOfAsync((await Server.GetAsync($"/fhir/RiskAssessment/{assessed.Id}/_history/1")).AssertOk());
        Assert.Equal(("vread", "R", "0"), Kind(audit));
        // A Provenance is about whom its target is about.
        var provenance = (await Server.App.Services.GetRequiredService<IResourceStore>().ListAsync("Provenance", 1000, TestContext.Current.CancellationToken)).First(p => Encoding.UTF8.GetString(p.Json.Span).Contains(assessed.Id, StringComparison.Ordinal));
        Assert.Equal(["Patient/demo-stable"], Whats(await EventOfAsync((await Server.GetAsync("/fhir/Provenance/" + provenance.Id)).AssertOk()), "1"));
        Assert.Equal(("read", "R", "0"), Kind(await EventOfAsync((await Server.GetAsync("/fhir/Patient/demo-stable")).AssertOk())));

        var hook = (await Server.HookAsync(Call.WithPrefetch())).AssertOk();
        audit = await EventOfAsync(hook);
        Assert.Equal(("operation", "E", "0"), Kind(audit));
        Assert.Equal(["https://ehr.example.org/r4/Patient/demo-deteriorating"], Whats(audit, "1"));
        var user = audit.GetProperty("agent")[2];
        Assert.True(user.GetProperty("requestor").GetBoolean());
        Assert.Equal((string?)Call.WithPrefetch()["context"]!["userId"], user.GetProperty("who").GetProperty("reference").GetString());
    }

    private static JsonElement EventOf(string trigger, string client)
    {
        var noon = new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
        var row = new AuditRow { Id = "a1", RequestId = "r1", Started = noon, Ended = noon, Trigger = trigger, Outcome = "read", Status = 200, Client = client };
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Fhir.Auditing.AuditEventWriter.Write(writer, row, "https://cds.example.org/fhir");
        Testing.CollectedResources.Add(buffer.WrittenSpan.ToArray());
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    [Theory, Trait("promise", "M-613"), Trait("promise", "P-16")]
    [InlineData("anonymous", "operation:assess-risk", "loopback")]
    [InlineData("ehr-north", "cds-hooks:patient-view", "signed-call")]
    [InlineData("auth-north/app-7", "read:RiskAssessment", "smart-scopes")]
    [InlineData("ehr-north", "link:RiskAssessment", "signed-link")]
    [InlineData("pubsub", "pubsub:Observation", "background")]
    [InlineData("unknown", "operation:assess-risk", null)]
    [InlineData("configuration", "sign-off", null)]
    public void Event_says_by_which_rule_the_access_was_let_in_or_refused(string client, string trigger, string? policy)
    {
        var audit = EventOf(trigger, client);
        var agents = audit.GetProperty("agent").EnumerateArray().ToArray();
        Assert.Equal(policy is not null, agents[0].TryGetProperty("policy", out var told));
        if (policy is null)
            return;
        Assert.Equal("https://medai.example.org/fhir/access-policy/" + policy, Assert.Single(told.EnumerateArray()).GetString());
        Assert.All(agents[1..], a => Assert.False(a.TryGetProperty("policy", out _)));
        Assert.Contains($"`{policy}`", File.ReadAllText(Testing.RepositoryRoot.Combine("docs", "operations.md")), StringComparison.Ordinal);
    }

    /// <summary>The tables of BALP 1.1: who reads is the destination, who writes or asks the source, and a deletion moves nothing.</summary>
    [Theory, Trait("promise", "M-600")]
    [InlineData("read:RiskAssessment", "110152", "110153")]
    [InlineData("vread:RiskAssessment", "110152", "110153")]
    [InlineData("history:RiskAssessment", "110152", "110153")]
    [InlineData("link:RiskAssessment", "110152", "110153")]
    [InlineData("create:Observation", "110153", "110152")]
    [InlineData("update:Observation", "110153", "110152")]
    [InlineData("search:RiskAssessment", "110153", "110152")]
    [InlineData("operation:assess-risk", "110153", "110152")]
    [InlineData("cds-hooks:patient-view", "110153", "110152")]
    [InlineData("delete:Observation", "110150", "custodian")]
    public void Roles_say_which_way_the_data_went(string trigger, string client, string server)
    {
        var audit = EventOf(trigger, "ehr-north");
        Assert.Equal([client, server], Roles(audit));
        Assert.Equal("ehr-north", audit.GetProperty("agent")[0].GetProperty("who").GetProperty("identifier").GetProperty("value").GetString());
    }

    [Fact]
    public async Task Search_has_one_event_for_each_patient_that_it_showed_with_the_question_as_asked()
    {
        (await Server.PostTextAsync("/fhir/ImagingStudy/demo-chest-clear/$interpret-imaging", "", "")).AssertOk();
        (await Server.PostTextAsync("/fhir/ImagingStudy/demo-chest-patchy/$interpret-imaging", "", "")).AssertOk();
        var answer = (await Server.GetAsync("/fhir/DiagnosticReport?status=partial&_count=100")).AssertOk();
        var rows = await Server.AuditAsync(answer);
        Assert.Equal(["demo-chest-clear", "demo-chest-patchy"], rows.Select(r => r.Patient!.Id).Order(StringComparer.Ordinal));
        foreach (var row in rows)
        {
            var audit = (await Server.GetAsync("/fhir/AuditEvent/" + row.Id)).AssertOk().Json;
            Assert.Equal(("search-type", "E", "0"), Kind(audit));
            string query = audit.GetProperty("entity").EnumerateArray().Single(e => e.TryGetProperty("query", out _)).GetProperty("query").GetString()!;
            Assert.Equal("DiagnosticReport?status=partial&_count=100", Encoding.UTF8.GetString(Convert.FromBase64String(query)));
        }
        var none = (await Server.GetAsync("/fhir/DiagnosticReport?status=final")).AssertOk();
        Assert.Null(Assert.Single(await Server.AuditAsync(none)).Patient);
    }

    [Fact]
    public async Task Events_are_found_by_patient_date_agent_entity_outcome_action_and_subtype()
    {
        var assessed = (await Server.PostTextAsync("/fhir/Patient/demo-recovering/$assess-risk", "", "")).AssertOk();
        (await Server.GetAsync("/fhir/RiskAssessment/" + assessed.Id)).AssertOk();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Server.PostTextAsync("/fhir/Patient/demo-empty/$assess-risk", "", "")).Status);

        async Task<JsonElement[]> FindAsync(string query)
        {
            var bundle = (await Server.GetAsync("/fhir/AuditEvent?" + query)).AssertOk().Json;
            return bundle.TryGetProperty("entry", out var entries) ? [.. entries.EnumerateArray().Select(e => e.GetProperty("resource"))] : [];
        }
        var ofPatient = await FindAsync("patient=demo-recovering");
        Assert.Contains(ofPatient, e => Kind(e) == ("operation", "E", "0"));
        Assert.All(ofPatient, e => Assert.Equal(["Patient/demo-recovering"], Whats(e, "1")));
        Assert.Equal(ofPatient.Length, (await FindAsync("patient=Patient/demo-recovering&_count=500")).Length - 1);
        Assert.Empty(await FindAsync("patient=https://elsewhere.example.org/Patient/demo-recovering&subtype=operation"));
        Assert.All(await FindAsync("patient=demo-recovering&action=R"), e => Assert.Equal("R", e.GetProperty("action").GetString()));
        Assert.NotEmpty(await FindAsync("patient=demo-recovering&subtype=http://hl7.org/fhir/restful-interaction|read,vread"));
        Assert.Empty(await FindAsync("patient=demo-recovering&subtype=read&action=E"));
        Assert.Equal(2, (await FindAsync("entity=RiskAssessment/" + assessed.Id)).Length);
        Assert.Equal(2, (await FindAsync($"entity={Server.FhirBase}/RiskAssessment/{assessed.Id}/_history/1")).Length);
        var refused = await FindAsync("patient=demo-empty&outcome=4");
        Assert.Equal("abstained", refused.Last().GetProperty("outcomeDesc").GetString());
        Assert.Empty(await FindAsync("patient=demo-empty&outcome=0&subtype=read"));
        Assert.NotEmpty(await FindAsync("agent:identifier=https://medai.example.org/fhir/sid/client|anonymous"));
        Assert.Empty(await FindAsync("agent:identifier=nobody"));
        await Server.HookAsync(Call.WithPrefetch());
        Assert.NotEmpty(await FindAsync("agent=" + (string?)Call.WithPrefetch()["context"]!["userId"]));
        string today = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.NotEmpty(await FindAsync($"date={today}"));
        Assert.NotEmpty(await FindAsync($"date=ge{today}&date=lt{today[..4]}-12-31T23:59:59Z"));
        Assert.Empty(await FindAsync($"date=lt{today}"));
        Assert.Empty(await FindAsync($"date=gt{today}"));
        Assert.NotEmpty(await FindAsync($"date=ge{today}T00:00&date=le9999"));
    }

    [Fact, Trait("promise", "M-611")]
    public async Task Events_are_counted_where_their_number_is_asked_for()
    {
        for (int i = 0; i < 3; i++)
            (await Server.GetAsync("/fhir/Patient/demo-bradycardic")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        var found = (await Server.GetAsync("/fhir/AuditEvent?outcome=4&_count=2&_total=accurate")).AssertOk().Json;
        long all = found.GetProperty("total").GetInt64();
        Assert.InRange(all, 3, 10_000);
        Assert.Equal(2, found.GetProperty("entry").GetArrayLength());
        Assert.Contains("_total=accurate", found.GetProperty("link")[0].GetProperty("url").GetString(), StringComparison.Ordinal);
        var next = (await Server.GetAsync(new Uri(found.GetProperty("link")[1].GetProperty("url").GetString()!).PathAndQuery)).AssertOk().Json;
        Assert.Equal(all, next.GetProperty("total").GetInt64());
        foreach (string counted in (string[])["_summary=count", "_count=0"])
        {
            var count = (await Server.GetAsync("/fhir/AuditEvent?outcome=4&" + counted)).AssertOk().Json;
            Assert.Equal(all, count.GetProperty("total").GetInt64());
            Assert.False(count.TryGetProperty("entry", out _));
        }
        Assert.False((await Server.GetAsync("/fhir/AuditEvent?patient=asked-without-total&_total=none")).AssertOk().Json.TryGetProperty("total", out _));
        string day = DateTimeOffset.UtcNow.AddDays(-2).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(all, (await Server.GetAsync($"/fhir/AuditEvent?outcome=4&_lastUpdated=gt{day}&_summary=count")).AssertOk().Json.GetProperty("total").GetInt64());
        Assert.Equal(0, (await Server.GetAsync($"/fhir/AuditEvent?outcome=4&_lastUpdated=lt{day}&_summary=count")).AssertOk().Json.GetProperty("total").GetInt64());
        Assert.Equal(0, (await Server.GetAsync("/fhir/AuditEvent?patient=counted-by-nobody-else&_summary=count")).AssertOk().Json.GetProperty("total").GetInt64());
    }

    /// <summary>A form as body is the same question: same events, same refusals, same row of its own.</summary>
    [Fact, Trait("promise", "M-591")]
    public async Task Posted_search_is_the_same_as_a_GET()
    {
        (await Server.GetAsync("/fhir/Patient/demo-odd-units")).AssertOk();
        const string Form = "application/x-www-form-urlencoded", Query = "patient=demo-odd-units&action=R&_count=5";
        string[] Ids(Answer answer) => [.. answer.AssertOk().Json.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("fullUrl").GetString()!)];
        var got = await Server.GetAsync("/fhir/AuditEvent?" + Query);
        var posted = await Server.PostTextAsync("/fhir/AuditEvent/_search", Query, Form);
        Assert.NotEmpty(Ids(got));
        Assert.Equal(Ids(got), Ids(posted));
        Assert.Equal(got.Json.GetProperty("link").GetRawText(), posted.Json.GetProperty("link").GetRawText());
        Assert.Equal(Ids(got), Ids(await Server.PostTextAsync("/fhir/AuditEvent/_search?action=R", "patient=demo-odd-units&_count=5", Form)));
        var row = Assert.Single(await Server.AuditAsync(posted));
        Assert.Equal(("search:AuditEvent", "demo-odd-units", "AuditEvent/_search?" + Query), (row.Trigger, row.Patient!.Id, row.Query));

        (await Server.PostTextAsync("/fhir/AuditEvent/_search", "name=x", Form)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await Server.PostTextAsync("/fhir/AuditEvent/_search", "{}", "application/json")).AssertFailure(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        (await Server.PostTextAsync("/fhir/AuditEvent/_search", "patient=" + new string('x', 300_000), Form)).AssertFailure(HttpStatusCode.RequestEntityTooLarge, "body-too-large");
        string statement = (await Server.GetAsync("/fhir/metadata")).AssertOk().Text;
        Assert.Contains("search-type", JsonDocument.Parse(statement).RootElement.GetProperty("rest")[0].GetProperty("resource").EnumerateArray()
            .Single(r => r.GetProperty("type").GetString() == "AuditEvent").GetProperty("interaction").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_go_through_everything_once()
    {
        string[] asked = [.. (await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => Server.GetAsync("/fhir/Patient/demo-sparse")))).Select(a => a.AssertOk().RequestId)];
        var seen = new List<string>();
        string? next = "/fhir/AuditEvent?patient=demo-sparse&action=R&_count=3";
        for (int page = 0; next is not null && page < 10; page++)
        {
            var bundle = (await Server.GetAsync(next)).AssertOk().Json;
            var entries = bundle.GetProperty("entry").EnumerateArray().ToArray();
            Assert.InRange(entries.Length, 1, 3);
            seen.AddRange(entries.Select(e => e.GetProperty("resource").GetProperty("entity")[0].GetProperty("what").GetProperty("identifier").GetProperty("value").GetString()!));
            next = bundle.GetProperty("link").EnumerateArray().FirstOrDefault(l => l.GetProperty("relation").GetString() == "next") is { ValueKind: JsonValueKind.Object } link ? link.GetProperty("url").GetString() : null;
        }
        Assert.Equal(asked.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("name=x")]
    [InlineData("date=yesterday")]
    [InlineData("date=ne2026")]
    [InlineData("date=2026-03-02T25:00:00Z")]
    [InlineData("outcome=1")]
    [InlineData("action=X")]
    [InlineData("subtype=peek")]
    [InlineData("entity=a b")]
    [InlineData("patient=a b")]
    [InlineData("_count=-1")]
    [InlineData("_total=some")]
    [InlineData("_lastUpdated=ne2026")]
    [InlineData("_sort=date")]
    public async Task What_cannot_be_asked_is_refused(string query)
    {
        (await Server.GetAsync("/fhir/AuditEvent?" + query)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        if (query == "name=x")
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/fhir/AuditEvent?name=x&_count=1");
            request.Headers.TryAddWithoutValidation("Prefer", "handling=lenient");
            var lenient = (await Answer.ReadAsync(await Server.Client.SendAsync(request, TestContext.Current.CancellationToken))).AssertOk().Json;
            Assert.Equal("outcome", lenient.GetProperty("entry").EnumerateArray().Last().GetProperty("search").GetProperty("mode").GetString());
            Assert.DoesNotContain("name=x", lenient.GetProperty("link")[0].GetProperty("url").GetString()!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Looking_is_itself_audited_and_what_is_not_there_is_404()
    {
        var search = (await Server.GetAsync("/fhir/AuditEvent?patient=demo-child")).AssertOk();
        var row = Assert.Single(await Server.AuditAsync(search));
        Assert.Equal(("search:AuditEvent", "demo-child", "AuditEvent?patient=demo-child"), (row.Trigger, row.Patient!.Id, row.Query));
        (await Server.GetAsync("/fhir/AuditEvent/none")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        var xml = (await Server.GetAsync("/fhir/AuditEvent/" + row.Id, "application/fhir+xml")).AssertOk();
        Assert.Contains("<AuditEvent", xml.Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "P-16")]
    public async Task Failures_leave_a_row_with_what_was_tried_and_discovery_leaves_none()
    {
        foreach (var (answer, trigger, status) in new[]
        {
            (await Server.GetAsync("/fhir/RiskAssessment/0197aaaa-0000-7000-8000-000000000000"), "read:RiskAssessment", 404),
            (await Server.GetAsync("/fhir/Patient/nobody"), "read:Patient", 404),
            (await Server.PostTextAsync("/fhir/Patient/nobody/$assess-risk", "", ""), "operation:assess-risk", 404),
            (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "{", "application/json"), "operation:assess-risk", 400),
            (await Server.GetAsync("/fhir/DiagnosticReport?x=y"), "search:DiagnosticReport", 400),
            (await Server.PostTextAsync(Call.Hook, "{"), "cds-hooks", 400),
            (await Server.PostTextAsync(Call.Hook, """{"hook":"patient-view"}"""), "cds-hooks", 400),
            (await Server.PostTextAsync("/cds-services/none", "{}"), "cds-hooks", 404),
            (await Server.GetAsync("/results/none"), "link", 404),
        })
        {
            Assert.Equal(status, (int)answer.Status);
            var row = Assert.Single(await Server.AuditAsync(answer));
            Assert.Equal((trigger, "error", status, "anonymous"), (row.Trigger, row.Outcome, row.Status, row.Client));
            Assert.Equal("4", Kind((await Server.GetAsync("/fhir/AuditEvent/" + row.Id)).AssertOk().Json).Outcome);
        }
        var missing = Call.WithPrefetch("https://unknown.example.org/r4");
        missing.Remove("prefetch");
        missing["context"]!["patientId"] = "nobody-here";
        var unavailable = await Server.HookAsync(missing);
        Assert.Equal(HttpStatusCode.PreconditionFailed, unavailable.Status);
        var refused = Assert.Single(await Server.AuditAsync(unavailable));
        Assert.Equal(("nobody-here", 412, "2.0.0"), (refused.Patient!.Id, refused.Status, refused.ModelVersion));
        foreach (string path in (string[])["/fhir/metadata", "/fhir/OperationDefinition/explain", "/fhir/$model-card?model=icu-mortality", "/fhir/StructureDefinition", "/cds-services", "/health/ready", "/nowhere"])
            Assert.Empty(await Server.AuditAsync(await Server.GetAsync(path)));
    }
}

public sealed class SqliteAuditEventTests(DemoServer demo) : AuditEventTests(demo), IClassFixture<DemoServer>;

[Trait("promise", "M-486")]
public sealed class PostgresAuditEventTests(PostgresDemoServer demo) : AuditEventTests(demo), IClassFixture<PostgresDemoServer>;
