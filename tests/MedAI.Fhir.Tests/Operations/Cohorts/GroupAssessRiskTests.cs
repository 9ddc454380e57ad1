using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Access.Clients;
using MedAI.Fhir.Tests.CdsHooks;
using MedAI.Fhir.Tests.Operations.Jobs;
using MedAI.Fhir.Tests.Sources.Upstream;
using MedAI.Fhir.Tests.Store;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Operations.Cohorts;

/// <summary><c>Group/[id]/$assess-risk</c>: a cohort in, a bulk manifest out.</summary>
public sealed class GroupAssessRiskTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string DemoGroup = "/fhir/Group/demo-patients/$assess-risk";

    private MedAIServer Server => demo.Server;

    [Fact, Trait("promise", "M-543")]
    public async Task Waiting_caller_is_told_to_ask_for_a_later_answer()
    {
        (await Server.PostTextAsync(DemoGroup, "", "")).AssertFailure(HttpStatusCode.BadRequest, "async-only");
        var definition = (await Server.GetAsync("/fhir/OperationDefinition/group-assess-risk")).AssertOk().Json;
        Assert.Equal(("assess-risk", "Group", true, false), (definition.GetProperty("code").GetString(), definition.GetProperty("resource")[0].GetString(), definition.GetProperty("instance").GetBoolean(), definition.GetProperty("type").GetBoolean()));
    }

    [Fact, Trait("promise", "M-544")]
    public async Task Cohort_ends_in_a_bulk_manifest_with_each_member_in_one_line()
    {
        var accepted = await Server.LaterAsync(DemoGroup);
        var ended = await Server.ResultAsync(accepted);
        Assert.NotNull(ended.Response.Content.Headers.Expires);
        Assert.Equal(Server.Origin + DemoGroup, ended.Json.GetProperty("request").GetString());
        Assert.False(ended.Json.GetProperty("requiresAccessToken").GetBoolean());
        Assert.Equal(Call.SampleTime, ended.Json.GetProperty("transactionTime").GetDateTimeOffset());
        var lines = await Cohort.LinesAsync(Server.Client, ended);

        string[] members = [.. (await Server.GetAsync("/fhir/Group/demo-patients")).AssertOk().Json.GetProperty("member").EnumerateArray().Select(m => m.GetProperty("entity").GetProperty("reference").GetString()!)];
        Assert.Equal(12, members.Length);
        Assert.Equal(members.Order(StringComparer.Ordinal), lines.SelectMany(f => f.Value).Select(Cohort.Subject).Order(StringComparer.Ordinal));
        // In the Group's order, and each as the operation for one patient answers.
        Assert.Equal(members.Where(m => lines["RiskAssessment"].Any(l => Cohort.Subject(l) == m)), lines["RiskAssessment"].Select(Cohort.Subject));
        foreach (var risk in lines["RiskAssessment"])
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse((await Server.PostTextAsync($"/fhir/{Cohort.Subject(risk)}/$assess-risk", "", "")).AssertOk().Text), risk));
        foreach (var error in lines["OperationOutcome"])
        {
            var alone = await Server.PostTextAsync($"/fhir/{Cohort.Subject(error)}/$assess-risk", "", "");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, alone.Status);
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(alone.Text)!["issue"], error["issue"]));
            Assert.Contains(accepted.RequestId, error.ToJsonString(), StringComparison.Ordinal);
            Assert.Contains("/Device/", error["extension"]!.ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Fact, Trait("promise", "M-545")]
    public async Task Members_that_cannot_be_scored_are_told_and_those_who_left_are_passed_over()
    {
        await using var server = await Call.ServerAtSampleTime();
        var store = server.App.Services.GetRequiredService<IResourceStore>();
        await Cohort.ImportAsync(store, 3);
        await Cohort.ImportGroupAsync(store,
        [
            Cohort.Member("Patient/c-0000"), Cohort.Member("Patient/c-0001", inactive: true), Cohort.Member("Group/other"), Cohort.Member("https://ehr.example.org/fhir/Patient/c-0001"),
            Cohort.Member("Patient/nobody"), Cohort.Member("Patient/c-0000"), Cohort.Member(null), Cohort.Member($"{server.FhirBase}/Patient/c-0002", inactive: false), Cohort.Member("Device/pump"),
        ], "odd");
        var lines = await Cohort.LinesAsync(server.Client, await server.ResultAsync(await server.LaterAsync("/fhir/Group/odd/$assess-risk")));
        Assert.Equal(["Patient/c-0000", "Patient/c-0002"], lines["RiskAssessment"].Select(Cohort.Subject));
        Assert.Equal([("member-unusable", "Group.member[2].entity"), ("member-unusable", "Group.member[3].entity"), ("not-found", null), ("member-unusable", "Group.member[6].entity"), ("member-unusable", "Group.member[8].entity")],
            lines["OperationOutcome"].Select(o => ((string?)o["issue"]![0]!["details"]!["coding"]![0]!["code"], (string?)o["issue"]![0]!["expression"]?[0])));
        Assert.Equal(["Group/other", "https://ehr.example.org/fhir/Patient/c-0001", "Patient/nobody", "Device/pump"], lines["OperationOutcome"].Where(o => o["extension"]!.AsArray().Count == 3).Select(Cohort.Subject));
    }

    [Fact, Trait("promise", "M-545")]
    public async Task Empty_Group_gives_an_empty_manifest_and_one_that_cannot_be_scored_the_failure_itself()
    {
        await using var server = await Call.ServerAtSampleTime();
        var store = server.App.Services.GetRequiredService<IResourceStore>();
        await Cohort.ImportGroupAsync(store, [], "empty");
        await Cohort.ImportGroupAsync(store, [], "described", actual: false);
        var empty = (await server.ResultAsync(await server.LaterAsync("/fhir/Group/empty/$assess-risk"))).AssertOk();
        Assert.Equal((0, 0), (empty.Json.GetProperty("output").GetArrayLength(), empty.Json.GetProperty("error").GetArrayLength()));
        var described = await server.ResultAsync(await server.LaterAsync("/fhir/Group/described/$assess-risk"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "member-unusable"), (described.Status, described.Codes[0]));
        var none = await server.ResultAsync(await server.LaterAsync("/fhir/Group/none/$assess-risk"));
        Assert.Equal((HttpStatusCode.NotFound, "not-found"), (none.Status, none.Codes[0]));
        var model = await server.ResultAsync(await server.LaterAsync("/fhir/Group/empty/$assess-risk", """{"resourceType":"Parameters","parameter":[{"name":"model","valueString":"none"}]}"""));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "unknown-model"), (model.Status, model.Codes[0]));
    }

    [Fact, Trait("promise", "M-546")]
    public async Task Progress_is_told_and_files_are_there_when_it_is_done_and_go_with_the_job()
    {
        var gate = new Gate();
        await using var server = await Call.ServerAtSampleTime(builder => StubbornCatalog.Use(builder, null, gate));
        await Cohort.ImportAsync(server.App.Services.GetRequiredService<IResourceStore>(), 3);
        string url = (await server.LaterAsync(Cohort.Path)).StatusUrl();
        await AsyncCall.UntilAsync(() => gate.Inside == 1);
        Assert.Equal("0 of 3", (await server.GetAsync(url)).Response.Headers.GetValues("X-Progress").Single());
        (await server.GetAsync(url + "/RiskAssessment.ndjson")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        gate.Open();
        await server.Client.ResultAsync(url);
        (await server.GetAsync(url + "/OperationOutcome.ndjson")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        var file = await server.GetAsync(url + "/RiskAssessment.ndjson");
        Assert.Equal(3, file.Text.Count(c => c == '\n'));
        Assert.Equal("read", Assert.Single(await server.AuditAsync(file)).Outcome);
        await server.DeleteAsync(url);
        (await server.GetAsync(url + "/RiskAssessment.ndjson")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Equal("0", StoreFolder.Ask(server.DataFolder, "SELECT count(*) FROM job_part"));
        Assert.Equal(3, await server.ResultsAsync());
    }

    [Fact, Trait("promise", "M-544"), Trait("promise", "M-550")]
    public async Task Group_of_the_hospital_is_scored_from_its_FHIR_server()
    {
        var clock = new MovedClock(Call.SampleTime);
        await using var hospital = await HospitalFhir.StartAsync(clock);
        hospital.Instead = async context =>
        {
            if (context.Request.Path != "/fhir/Group/ward")
                return false;
            await FhirOfEhr.WriteAsync(context, """{"resourceType":"Group","id":"ward","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/demo-deteriorating"}},{"entity":{"reference":"Patient/nobody"}},{"entity":{"reference":"Practitioner/1"}}]}""");
            return true;
        };
        await using var server = await MedAIServer.StartAsync(null, hospital.Settings(), builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var ended = await server.ResultAsync(await server.LaterAsync("/fhir/Group/ward/$assess-risk"));
        var lines = await Cohort.LinesAsync(server.Client, ended);
        Assert.Equal(hospital.Fhir.Base + "/Patient/demo-deteriorating", Cohort.Subject(Assert.Single(lines["RiskAssessment"])));
        Assert.Equal([(hospital.Fhir.Base + "/Patient/nobody", "not-found"), (hospital.Fhir.Base + "/Practitioner/1", "member-unusable")],
            lines["OperationOutcome"].Select(o => (Cohort.Subject(o), (string?)o["issue"]![0]!["details"]!["coding"]![0]!["code"])));
        var none = await server.ResultAsync(await server.LaterAsync("/fhir/Group/none/$assess-risk"));
        Assert.Equal((HttpStatusCode.NotFound, "not-found"), (none.Status, none.Codes[0]));
    }

    [Fact, Trait("promise", "M-534")]
    public async Task Files_of_another_client_do_not_exist()
    {
        using var ehr = new FakeEhr();
        await using var server = await ehr.ServeAsync("--Clients:Trusted:0:Tenants:0", "a", "--Clients:Trusted:0:Tenants:1", "b");
        string path = new Uri((await server.LaterAsync(DemoGroup, token: Token(DemoGroup, "a"))).StatusUrl()).AbsolutePath;
        Answer mine;
        do
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            mine = await FakeEhr.SendAsync(server, HttpMethod.Get, path, Token(path, "a"));
        }
        while (mine.Status is HttpStatusCode.Accepted or HttpStatusCode.TooManyRequests);
        Assert.True(mine.AssertOk().Json.GetProperty("requiresAccessToken").GetBoolean());
        string file = path + "/RiskAssessment.ndjson";
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.GetAsync(file)).Status);
        (await FakeEhr.SendAsync(server, HttpMethod.Get, file, Token(file, "b"))).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Equal(HttpStatusCode.OK, (await FakeEhr.SendAsync(server, HttpMethod.Get, file, Token(file, "a"))).Status);

        string Token(string on, string tenant) => ehr.Token(server.Origin + on, payload => payload["tenant"] = tenant);
    }
}
