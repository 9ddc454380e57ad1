using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Tests.Store.Writes;

/// <summary>What clients write, on every database.</summary>
public abstract class WriteTests(WritingServer fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MedAIServer Server => fixture.Server;

    private Task<Answer> SendAsync(string method, string path, JsonNode? body = null, params (string Name, string Value)[] headers) => Server.SendAsync(method, path, body, null, headers);

    private async Task<string> PatientAsync(string? number = null) => (await SendAsync("POST", "Patient", Write.Patient(number: number))).AssertStatus(HttpStatusCode.Created).Id;

    [Fact, Trait("promise", "M-573")]
    public async Task Created_resource_has_an_id_of_the_server_and_is_told_where_it_is()
    {
        var created = (await SendAsync("POST", "Patient", Write.Patient("chosen-by-the-client"))).AssertStatus(HttpStatusCode.Created);
        string id = created.Id;
        Assert.NotEqual("chosen-by-the-client", id);
        Assert.Equal($"{Server.FhirBase}/Patient/{id}/_history/1", created.Response.Headers.Location!.ToString());
        Assert.Equal("W/\"1\"", created.ETag());
        Assert.Equal(Call.SampleTime, created.Response.Content.Headers.LastModified);
        Assert.Equal("1", created.Json.GetProperty("meta").GetProperty("versionId").GetString());
        var read = (await Server.GetAsync($"/fhir/Patient/{id}")).AssertOk();
        Assert.Equal(created.Text, read.Text);
        Assert.Equal(read.Text, (await Server.GetAsync($"/fhir/Patient/{id}/_history/1")).AssertOk().Text);
        Assert.Equal(1, (await Server.GetAsync($"/fhir/Patient?_id={id}&gender=female&birthdate=1950-04-01")).AssertOk().Json.GetProperty("total").GetInt32());
    }

    [Fact, Trait("promise", "M-573")]
    public async Task Client_says_what_it_wants_back()
    {
        var minimal = (await SendAsync("POST", "Patient", Write.Patient(), ("Prefer", "return=minimal"))).AssertStatus(HttpStatusCode.Created);
        Assert.Equal("", minimal.Text);
        Assert.NotNull(minimal.Response.Headers.Location);
        Assert.Equal("W/\"1\"", minimal.ETag());
        var outcome = (await SendAsync("POST", "Patient", Write.Patient(), ("Prefer", "return=OperationOutcome"))).AssertStatus(HttpStatusCode.Created);
        Assert.Equal("OperationOutcome", outcome.Json.GetProperty("resourceType").GetString());
        var xml = (await SendAsync("POST", "Patient", Write.Patient(), ("Prefer", "return=representation"), ("Accept", "application/fhir+xml"))).AssertStatus(HttpStatusCode.Created);
        Assert.Equal("application/fhir+xml; charset=utf-8", xml.ContentType);
        Assert.Contains("<versionId value=\"1\"", xml.Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-573")]
    public async Task XML_is_stored_as_what_it_says()
    {
        string number = Guid.CreateVersion7().ToString();
        string xml = $"""<Patient xmlns="http://hl7.org/fhir"><identifier><system value="urn:example:numbers"/><value value="{number}"/></identifier><gender value="male"/><birthDate value="1948-02"/></Patient>""";
        var created = (await Server.PostTextAsync("/fhir/Patient", xml, "application/fhir+xml")).AssertStatus(HttpStatusCode.Created);
        Assert.Equal("1948-02", created.Json.GetProperty("birthDate").GetString());
        Assert.Equal(1, (await Server.GetAsync($"/fhir/Patient?identifier=urn:example:numbers|{number}")).AssertOk().Json.GetProperty("total").GetInt32());
    }

    [Fact, Trait("promise", "M-574")]
    public async Task Update_makes_the_next_version_and_one_that_changes_nothing_makes_none()
    {
        string id = await PatientAsync("n-update");
        var changed = Write.Patient(id, "n-update");
        changed["gender"] = "other";
        var updated = (await SendAsync("PUT", $"Patient/{id}", changed)).AssertOk();
        Assert.Equal("W/\"2\"", updated.ETag());
        Assert.Equal("other", updated.Json.GetProperty("gender").GetString());
        Assert.Equal("female", (await Server.GetAsync($"/fhir/Patient/{id}/_history/1")).AssertOk().Json.GetProperty("gender").GetString());
        Assert.Equal(0, (await Server.GetAsync($"/fhir/Patient?_id={id}&gender=female")).AssertOk().Json.GetProperty("total").GetInt32());
        Assert.Equal("W/\"2\"", (await SendAsync("PUT", $"Patient/{id}", changed.DeepClone())).AssertOk().ETag());
        Assert.Equal(2, (await Server.GetAsync($"/fhir/Patient/{id}/_history")).AssertOk().Json.GetProperty("total").GetInt32());
    }

    [Fact, Trait("promise", "M-574")]
    public async Task Update_under_a_new_id_creates_and_the_id_must_be_that_of_the_address()
    {
        string id = "own-" + Guid.CreateVersion7();
        var created = (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id))).AssertStatus(HttpStatusCode.Created);
        Assert.Equal($"{Server.FhirBase}/Patient/{id}/_history/1", created.Response.Headers.Location!.ToString());
        (await SendAsync("PUT", $"Patient/{id}", Write.Patient("another"))).AssertFailure(HttpStatusCode.BadRequest, "malformed-request");
        (await SendAsync("PUT", $"Patient/{id}", Write.Patient())).AssertFailure(HttpStatusCode.BadRequest, "malformed-request");
        (await SendAsync("PUT", $"Patient/{id}", Write.HeartRate("Patient/x", id: id))).AssertFailure(HttpStatusCode.BadRequest, "malformed-request");
        (await SendAsync("PUT", $"Patient/{new string('a', 65)}", Write.Patient(new string('a', 65)))).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await SendAsync("PUT", $"Patient/{id}?_summary=bad", Write.Patient(id))).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await SendAsync("PUT", $"Patient/{id}?upsert=true", Write.Patient(id))).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }

    [Fact, Trait("promise", "M-575")]
    public async Task Deleted_resource_is_gone_is_not_found_and_keeps_its_history()
    {
        string id = await PatientAsync();
        var deleted = (await SendAsync("DELETE", $"Patient/{id}")).AssertStatus(HttpStatusCode.NoContent);
        Assert.Equal("W/\"2\"", deleted.ETag());
        (await Server.GetAsync($"/fhir/Patient/{id}")).AssertFailure(HttpStatusCode.Gone, "gone");
        (await Server.GetAsync($"/fhir/Patient/{id}/_history/2")).AssertFailure(HttpStatusCode.Gone, "gone");
        (await Server.GetAsync($"/fhir/Patient/{id}/_history/1")).AssertOk();
        Assert.Equal(0, (await Server.GetAsync($"/fhir/Patient?_id={id}")).AssertOk().Json.GetProperty("total").GetInt32());
        var history = (await Server.GetAsync($"/fhir/Patient/{id}/_history")).AssertOk();
        Assert.Equal(["DELETE", "POST"], history.Json.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("request").GetProperty("method").GetString()));
        Assert.False(history.Json.GetProperty("entry")[0].TryGetProperty("resource", out _));
        // Whoever looks at what is gone looks at the patient's data all the same.
        Assert.Equal(id, Assert.Single(await Server.AuditAsync(history)).Patient!.Id);
        // Again, and what never was: it is not there, as was wanted.
        (await SendAsync("DELETE", $"Patient/{id}")).AssertStatus(HttpStatusCode.NoContent);
        (await SendAsync("DELETE", "Patient/never-was")).AssertStatus(HttpStatusCode.NoContent);
        (await Server.GetAsync("/fhir/Patient/never-was")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Equal(2, (await Server.GetAsync($"/fhir/Patient/{id}/_history")).AssertOk().Json.GetProperty("total").GetInt32());
        // It comes back as the next version.
        var revived = (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id))).AssertStatus(HttpStatusCode.Created);
        Assert.Equal("W/\"3\"", revived.ETag());
        Assert.Equal(1, (await Server.GetAsync($"/fhir/Patient?_id={id}")).AssertOk().Json.GetProperty("total").GetInt32());
    }

    [Fact, Trait("promise", "M-576")]
    public async Task Condition_on_the_version_decides()
    {
        string id = await PatientAsync("n-match");
        foreach (string other in (string[])["W/\"2\"", "\"2\"", "W/\"\"", "W/\"01\""])
        {
            (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), ("If-Match", other))).AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
            (await SendAsync("DELETE", $"Patient/{id}", null, ("If-Match", other))).AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
        }
        (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), ("If-Match", "one"))).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), ("If-None-Match", "*"))).AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await SendAsync("PUT", "Patient/not-there", Write.Patient("not-there"), ("If-Match", "*"))).AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await SendAsync("DELETE", "Patient/not-there", null, ("If-Match", "W/\"1\""))).AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
        Assert.Equal("W/\"2\"", (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), ("If-Match", "W/\"7\", W/\"1\""))).AssertOk().ETag());
        Assert.Equal("W/\"3\"", (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), ("If-Match", "\"2\""))).AssertOk().ETag());
        (await SendAsync("DELETE", $"Patient/{id}", null, ("If-Match", "W/\"3\""))).AssertStatus(HttpStatusCode.NoContent);
        (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), ("If-Match", "W/\"4\""))).AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
    }

    [Fact, Trait("promise", "M-576")]
    public async Task Conditional_create_creates_what_is_not_there_and_answers_with_what_is()
    {
        string number = Guid.CreateVersion7().ToString();
        string condition = $"identifier=urn:example:numbers|{number}";
        var first = (await SendAsync("POST", "Patient", Write.Patient(number: number), ("If-None-Exist", condition))).AssertStatus(HttpStatusCode.Created);
        foreach (string same in (string[])[condition, "?" + condition, "Patient?" + condition, Uri.EscapeDataString("identifier") + "=" + Uri.EscapeDataString($"urn:example:numbers|{number}")])
        {
            var again = (await SendAsync("POST", "Patient", Write.Patient(number: number), ("If-None-Exist", same))).AssertOk();
            Assert.Equal(first.Id, again.Id);
            Assert.Equal($"{Server.FhirBase}/Patient/{first.Id}/_history/1", again.Response.Headers.Location!.ToString());
            Assert.Equal(("create:Patient", "read", 200), ((await Server.AuditAsync(again)).Single().Trigger, (await Server.AuditAsync(again)).Single().Outcome, (await Server.AuditAsync(again)).Single().Status));
        }
        (await SendAsync("POST", "Patient", Write.Patient(number: number))).AssertStatus(HttpStatusCode.Created);
        (await SendAsync("POST", "Patient", Write.Patient(number: number), ("If-None-Exist", condition))).AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
        foreach (string none in (string[])["", "?", "nonsense=1", "identifier", "_count=1", "_sort=_id", condition + "&_include=Patient:link", "gender=neither", "name:contains=a"])
            (await SendAsync("POST", "Patient", Write.Patient(), ("If-None-Exist", none))).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        // What was deleted is not there.
        string other = Guid.CreateVersion7().ToString();
        string gone = (await SendAsync("POST", "Patient", Write.Patient(number: other), ("If-None-Exist", $"identifier={other}"))).AssertStatus(HttpStatusCode.Created).Id;
        (await SendAsync("DELETE", $"Patient/{gone}")).AssertStatus(HttpStatusCode.NoContent);
        (await SendAsync("POST", "Patient", Write.Patient(number: other), ("If-None-Exist", $"identifier={other}"))).AssertStatus(HttpStatusCode.Created);
    }

    [Fact, Trait("promise", "M-577")]
    public async Task Of_many_that_create_the_same_at_once_one_does()
    {
        string number = Guid.CreateVersion7().ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => SendAsync("POST", "Patient", Write.Patient(number: number), ("If-None-Exist", $"identifier={number}")))));
        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.Equal(31, answers.Count(a => a.Status == HttpStatusCode.OK));
        Assert.Single(answers.Select(a => a.Id).Distinct());
        Assert.Equal(1, (await Server.GetAsync($"/fhir/Patient?identifier={number}")).AssertOk().Json.GetProperty("total").GetInt32());
    }

    [Fact, Trait("promise", "M-577")]
    public async Task Of_many_that_change_the_same_version_at_once_one_does()
    {
        string id = await PatientAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(() => SendAsync("PUT", $"Patient/{id}", Write.Patient(id, $"changed-{i}"), ("If-Match", "W/\"1\"")))));
        var won = Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a != won), a => a.AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed"));
        foreach (var lost in answers.Where(a => a != won))
            Assert.Equal(("error", 412), (Assert.Single(await Server.AuditAsync(lost)).Outcome, Assert.Single(await Server.AuditAsync(lost)).Status));
        Assert.Equal(won.Text, (await Server.GetAsync($"/fhir/Patient/{id}")).AssertOk().Text);
        Assert.Equal(2, (await Server.GetAsync($"/fhir/Patient/{id}/_history")).AssertOk().Json.GetProperty("total").GetInt32());
    }

    [Fact, Trait("promise", "M-577")]
    public async Task Of_many_that_set_no_condition_none_is_lost()
    {
        string id = await PatientAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => SendAsync("PUT", $"Patient/{id}", Write.Patient(id, $"each-{i}")))));
        Assert.All(answers, a => a.AssertOk());
        Assert.Equal(Enumerable.Range(2, 16).Select(v => $"W/\"{v}\""), answers.Select(a => a.ETag()).OrderBy(t => int.Parse(t[3..^1], null)));
    }

    [Fact, Trait("promise", "M-579")]
    public async Task What_is_not_R4_is_refused_with_its_place_and_nothing_of_it_is_repeated()
    {
        string id = await PatientAsync();
        await RefusedAsync("unknownElement", o => o["madeUp"] = "SECRET-1", "Observation");
        await RefusedAsync("wrong code", o => o["status"] = "SECRET-2", "Observation.status");
        await RefusedAsync("missing", o => o.Remove("status"), "Observation");
        await RefusedAsync("wrong type", o => o["valueQuantity"]!["value"] = "SECRET-3", "Observation.value");
        await RefusedAsync("wrong date", o => o["effectiveDateTime"] = "SECRET-4", "Observation.effective");
        await RefusedAsync("one for many", o => o["category"] = new JsonObject { ["text"] = "SECRET-5" }, "Observation");
        await RefusedAsync("script", o => o["text"] = new JsonObject { ["status"] = "generated", ["div"] = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>SECRET-6</script></div>" }, "Observation");
        foreach (string body in (string[])["", "{", "[]", "\"x\"", "{}", """{"resourceType":"Nonsense"}""", """{"resourceType":"Patient"}""", """{"resourceType":"Observation","status":"final","status":"final"}"""])
            Assert.Equal(HttpStatusCode.BadRequest, (await Server.PostTextAsync("/fhir/Observation", body, "application/fhir+json")).Status);
        (await Server.PostTextAsync("/fhir/Observation", "x", "text/plain")).AssertFailure(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");

        async Task RefusedAsync(string what, Action<JsonObject> spoil, string place)
        {
            var observation = Write.HeartRate($"Patient/{id}");
            spoil(observation);
            var answer = await SendAsync("POST", "Observation", observation);
            Assert.True(answer.Status == HttpStatusCode.UnprocessableEntity, $"{what}: {answer.Status} {answer.Text}");
            answer.AssertFailure(HttpStatusCode.UnprocessableEntity, "invalid-resource");
            Assert.DoesNotContain("SECRET", answer.Text, StringComparison.Ordinal);
            Assert.Contains(answer.Json.GetProperty("issue").EnumerateArray(), i => i.TryGetProperty("expression", out var e) && e[0].GetString()!.StartsWith(place, StringComparison.Ordinal));
        }
    }

    [Theory, Trait("promise", "S-34")]
    [InlineData("many components", HttpStatusCode.UnprocessableEntity)]
    [InlineData("long text", HttpStatusCode.UnprocessableEntity)]
    [InlineData("long number", HttpStatusCode.UnprocessableEntity)]
    [InlineData("many entries", HttpStatusCode.UnprocessableEntity)]
    [InlineData("many resources", HttpStatusCode.UnprocessableEntity)]
    public async Task Few_bytes_or_many_what_is_too_much_is_refused_before_it_is_made_into_objects(string what, HttpStatusCode expected)
    {
        const string Observation = """{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/x"}""";
        var (path, body) = what switch
        {
            "many components" => ("Observation", Observation + ",\"component\":[" + string.Join(',', Enumerable.Repeat("{}", 1_000_000)) + "]}"),
            "long text" => ("Observation", Observation + ",\"note\":[{\"text\":\"" + new string('x', 10_000_000) + "\"}]}"),
            "long number" => ("Observation", Observation + ",\"valueQuantity\":{\"value\":" + new string('9', 1_000_000) + "}}"),
            "many entries" => ("", """{"resourceType":"Bundle","type":"batch","entry":[""" + string.Join(',', Enumerable.Repeat("""{"request":{"method":"GET","url":"Patient/x"}}""", 100_000)) + "]}"),
            _ => ("$assess-risk", """{"resourceType":"Parameters","parameter":[{"name":"data","resource":{"resourceType":"Bundle","type":"collection","entry":["""
                + string.Join(',', Enumerable.Repeat("""{"resource":{"resourceType":"Observation"}}""", 100_000)) + "]}}]}"),
        };
        using var content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/fhir+json");
        var answer = await Answer.ReadAsync(await Server.Client.PostAsync(path.Length == 0 ? "/fhir" : "/fhir/" + path, content, Cancel));

        Assert.True(answer.Status == expected, $"{answer.Status}: {answer.Text[..Math.Min(500, answer.Text.Length)]}");
        Assert.True(answer.Text.Length < 100_000);
    }

    [Fact, Trait("promise", "M-578")]
    public async Task What_this_server_authors_is_neither_written_nor_removed_nor_claimed_by_clients()
    {
        string id = await PatientAsync();
        foreach (string type in (string[])["RiskAssessment", "DiagnosticReport", "Provenance", "Media", "Binary", "Device", "DocumentReference", "AuditEvent", "CapabilityStatement", "OperationDefinition"])
        {
            (await SendAsync("POST", type, new JsonObject { ["resourceType"] = type })).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
            (await SendAsync("PUT", $"{type}/x", new JsonObject { ["resourceType"] = type, ["id"] = "x" })).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
            var removal = await SendAsync("DELETE", $"{type}/x");
            removal.AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
            // RFC 9110, 15.5.6: a 405 says what is allowed.
            Assert.Equal(["GET"], removal.Response.Content.Headers.Allow);
        }
        (await SendAsync("POST", "Nonsense", new JsonObject())).AssertFailure(HttpStatusCode.NotFound, "not-found");

        string finding = "finding-" + Guid.CreateVersion7();
        await fixture.Store.CommitAsync(new StoreTransaction { Resources = [Search.SearchedServer.Resource("Observation", finding, $$""" "status":"preliminary","code":{"text":"x"},"subject":{"reference":"Patient/{{id}}"} """)], Tenant = "default" }, Cancel);
        (await SendAsync("PUT", $"Observation/{finding}", Write.HeartRate($"Patient/{id}", id: finding))).AssertFailure(HttpStatusCode.Conflict, "authored-here");
        (await SendAsync("DELETE", $"Observation/{finding}")).AssertFailure(HttpStatusCode.Conflict, "authored-here");
        Assert.Equal("1", (await Server.GetAsync($"/fhir/Observation/{finding}")).AssertOk().Json.GetProperty("meta").GetProperty("versionId").GetString());

        foreach (var claim in (JsonObject[])[
            new() { ["profile"] = new JsonArray("https://medai.example.org/fhir/StructureDefinition/medai-imaging-finding|1.0") },
            new() { ["security"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", ["code"] = "AIAST" }) },
            new() { ["security"] = new JsonArray(new JsonObject { ["code"] = "aiast" }) }])
        {
            var observation = Write.HeartRate($"Patient/{id}");
            observation["meta"] = claim;
            (await SendAsync("POST", "Observation", observation)).AssertFailure(HttpStatusCode.UnprocessableEntity, "invalid-resource");
        }
    }

    [Fact, Trait("promise", "M-580")]
    public async Task Each_write_has_its_audit_row()
    {
        var created = (await SendAsync("POST", "Patient", Write.Patient())).AssertStatus(HttpStatusCode.Created);
        string id = created.Id;
        await RowAsync(created, "create:Patient", "Patient", id, 1, 201);
        await RowAsync((await SendAsync("PUT", $"Patient/{id}", Write.Patient(id))).AssertOk(), "update:Patient", "Patient", id, 2, 200);
        var observation = (await SendAsync("POST", "Observation", Write.HeartRate($"Patient/{id}"))).AssertStatus(HttpStatusCode.Created);
        await RowAsync(observation, "create:Observation", "Observation", observation.Id, 1, 201);
        // Whose it was and whose it is now: both are touched.
        string next = await PatientAsync();
        var moved = (await SendAsync("PUT", $"Observation/{observation.Id}", Write.HeartRate($"Patient/{next}", id: observation.Id))).AssertOk();
        Assert.Equal(new[] { id, next }.Order(StringComparer.Ordinal), (await Server.AuditAsync(moved)).Select(r => r.Patient!.Id).Order(StringComparer.Ordinal));
        await RowAsync((await SendAsync("DELETE", $"Patient/{id}")).AssertStatus(HttpStatusCode.NoContent), "delete:Patient", "Patient", id, 3, 204);
        var refused = await SendAsync("PUT", $"Patient/{next}", Write.Patient(next), ("If-Match", "W/\"9\""));
        var row = Assert.Single(await Server.AuditAsync(refused));
        Assert.Equal(("update:Patient", "error", "PreconditionFailed", 412, next), (row.Trigger, row.Outcome, row.Reasons, row.Status, row.ResultId));

        async Task RowAsync(Answer answer, string trigger, string type, string resource, int version, int status)
        {
            var row = Assert.Single(await Server.AuditAsync(answer));
            Assert.Equal((trigger, "written", type, resource, version, status, id), (row.Trigger, row.Outcome, row.ResultType, row.ResultId, row.ResultVersion, row.Status, row.Patient!.Id));
        }
    }

    [Fact, Trait("promise", "M-580")]
    public async Task Where_the_row_cannot_be_written_the_resource_is_not_either()
    {
        string id = "unaudited-" + Guid.CreateVersion7();
        var row = Assert.Single(await Server.AuditAsync((await SendAsync("POST", "Patient", Write.Patient())).AssertStatus(HttpStatusCode.Created)));
        var write = Search.SearchedServer.Resource("Patient", id, """ "gender":"male" """);
        // The same id of a row twice.
        await Assert.ThrowsAnyAsync<Exception>(async () => await fixture.Store.CommitAsync(new StoreTransaction { Resources = [write], Audit = row }, Cancel));
        Assert.Null(await fixture.Store.ReadAsync("Patient", id, null, Cancel));
    }

    [Fact, Trait("promise", "M-577")]
    public async Task Store_writes_nothing_of_what_was_decided_on_something_else()
    {
        string id = "expected-" + Guid.CreateVersion7();
        var write = Search.SearchedServer.Resource("Patient", id, """ "gender":"male" """);
        Assert.True((await fixture.Store.CommitAsync(new StoreTransaction { Resources = [write], Expected = new StoreExpectation { Versions = [new ExpectedVersion("Patient", id, 1)] } }, Cancel)).IsOutdated);
        Assert.Null(await fixture.Store.ReadAsync("Patient", id, null, Cancel));
        Assert.False((await fixture.Store.CommitAsync(new StoreTransaction { Resources = [write], Expected = new StoreExpectation { Versions = [new ExpectedVersion("Patient", id, 0)] } }, Cancel)).IsOutdated);
        Assert.NotNull(await fixture.Store.ReadAsync("Patient", id, null, Cancel));
    }

    [Fact, Trait("promise", "M-574")]
    public async Task References_to_this_server_are_stored_relative_and_make_the_record()
    {
        string id = await PatientAsync();
        var observation = (await SendAsync("POST", "Observation", Write.HeartRate($"{Server.FhirBase}/Patient/{id}"))).AssertStatus(HttpStatusCode.Created);
        Assert.Equal($"Patient/{id}", observation.Json.GetProperty("subject").GetProperty("reference").GetString());
        Assert.Contains(await fixture.Store.ReadPatientRecordAsync(id, Cancel), r => r.Id == observation.Id);
        (await SendAsync("POST", "Observation", Write.HeartRate("Patient?identifier=1"))).AssertFailure(HttpStatusCode.UnprocessableEntity, "invalid-resource");
    }
}

public sealed class SqliteWriteTests(WritingServer fixture) : WriteTests(fixture), IClassFixture<WritingServer>;

[Trait("promise", "M-486")]
public sealed class PostgresWriteTests(PostgresWritingServer fixture) : WriteTests(fixture), IClassFixture<PostgresWritingServer>;
