using System.Net;
using System.Text.Json.Nodes;

namespace MedAI.Fhir.Tests.CdsHooks;

public sealed class HookRequestTests(DemoServer demo) : IClassFixture<DemoServer>
{
    /// <summary>FHIR that comes along is as strict as the rest: neither comments nor trailing commas, wherever they stand.</summary>
    [Theory, Trait("promise", "V7")]
    [InlineData("{/* ours */\"resourceType\":\"Patient\",\"id\":\"demo-deteriorating\"}")]
    [InlineData("{\"resourceType\":\"Patient\",\"id\":\"demo-deteriorating\",}")]
    [InlineData("{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[],// none\n\"total\":0}")]
    public async Task Embedded_FHIR_that_is_not_standard_JSON_is_400(string embedded)
    {
        var request = Call.WithPrefetch();
        request["prefetch"]!["patient"] = "@";
        (await demo.Server.PostTextAsync(Call.Hook, request.ToJsonString().Replace("\"@\"", embedded, StringComparison.Ordinal))).AssertFailure(HttpStatusCode.BadRequest, "malformed-json", hook: true);
    }

    [Theory, Trait("promise", "M-71")]
    [InlineData("hook")]
    [InlineData("hookInstance")]
    [InlineData("context")]
    [InlineData("context.patientId")]
    [InlineData("context.userId")]
    public async Task Missing_member_is_400_and_named(string member)
    {
        var answer = await demo.Server.HookAsync(Changed(r => Parent(r, member).Remove(member.Split('.')[^1])));
        answer.AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);
        Assert.Contains("$." + member, answer.Text, StringComparison.Ordinal);
    }

    [Theory, Trait("promise", "M-71")]
    [InlineData("hook", "7")]
    [InlineData("hookInstance", "true")]
    [InlineData("hookInstance", "\"not-a-uuid\"")]
    [InlineData("context", "[]")]
    [InlineData("context", "\"x\"")]
    [InlineData("context.patientId", "12")]
    [InlineData("context.patientId", "\"\"")]
    [InlineData("context.patientId", "\"../Patient/1\"")]
    [InlineData("context.userId", "{}")]
    [InlineData("context.userId", "\"nobody\"")]
    [InlineData("context.encounterId", "\"a b\"")]
    [InlineData("prefetch", "[]")]
    [InlineData("prefetch", "{\"patient\":5}")]
    [InlineData("fhirServer", "\"ftp://x.example.org\"")]
    [InlineData("fhirServer", "\"not a url\"")]
    [InlineData("fhirServer", "\"https://user:pw@x.example.org\"")]
    [InlineData("fhirAuthorization", "\"Bearer\"")]
    public async Task Wrong_value_is_400(string member, string json) =>
        (await demo.Server.HookAsync(Changed(r => Parent(r, member)[member.Split('.')[^1]] = JsonNode.Parse(json))))
            .AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);

    [Trait("promise", "C2")]
    [Trait("promise", "M-408")]
    [Fact, Trait("promise", "M-71")]
    public async Task Authorization_without_server_is_400() =>
        (await demo.Server.HookAsync(Changed(r => r["fhirAuthorization"] = JsonNode.Parse(
            """{"access_token":"t","token_type":"Bearer","expires_in":300,"scope":"patient/*.read","subject":"s"}"""))))
            .AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);

    [Fact, Trait("promise", "M-71")]
    public async Task Hook_that_the_service_does_not_answer_is_400() =>
        (await demo.Server.HookAsync(Changed(r => r["hook"] = "order-sign"))).AssertFailure(HttpStatusCode.BadRequest, "hook-not-supported", hook: true);

    [Trait("promise", "J5")]
    [Theory, Trait("promise", "M-71")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("not json")]
    [InlineData("{\"hook\":\"patient-view\",}")]
    [InlineData("{} {}")]
    public async Task Body_that_is_not_JSON_is_400(string body)
    {
        var answer = await demo.Server.PostTextAsync(Call.Hook, body);
        answer.AssertFailure(HttpStatusCode.BadRequest, "malformed-json", hook: true);
    }

    [Theory, Trait("promise", "M-71")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"patient-view\"")]
    public async Task JSON_that_is_no_object_is_400(string body) =>
        (await demo.Server.PostTextAsync(Call.Hook, body)).AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);

    [Theory, Trait("promise", "S-33")]
    [InlineData("\"patientId\":\"demo-stable\"", "\"patientId\":\"demo-stable\",\"patientId\":\"demo-child\"")]
    [InlineData("\"hook\":", "\"prefetch\":{},\"prefetch\":null,\"hook\":")]
    public async Task Repeated_member_is_400(string at, string replacement)
    {
        string body = Call.PatientView("demo-stable").ToJsonString();
        Assert.Contains(at, body, StringComparison.Ordinal);
        (await demo.Server.PostTextAsync(Call.Hook, body.Replace(at, replacement, StringComparison.Ordinal)))
            .AssertFailure(HttpStatusCode.BadRequest, "duplicate-member", hook: true);
    }

    [Trait("promise", "J6")]
    [Fact, Trait("promise", "S-33")]
    public async Task Unknown_members_change_nothing()
    {
        var request = Call.PatientView("demo-deteriorating");
        var plain = await demo.Server.HookAsync(request);
        request["extension"] = JsonNode.Parse("""{"org.example.x":{"a":1}}""");
        request["__proto__"] = JsonNode.Parse("""{"polluted":true}""");
        request["context"]!["org.example.more"] = JsonNode.Parse("[1,2,3]");
        request["prefetch"] = new JsonObject { ["unknownKey"] = new JsonObject { ["resourceType"] = "Basic" } };
        var answer = (await demo.Server.HookAsync(request)).AssertOk();
        Assert.Equal(plain.Card.GetProperty("detail").GetString(), answer.Card.GetProperty("detail").GetString());
    }

    [Fact, Trait("promise", "M-71")]
    public async Task Other_content_types_are_415() =>
        (await demo.Server.PostTextAsync(Call.Hook, Call.PatientView("demo-stable").ToJsonString(), "text/plain"))
            .AssertFailure(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", hook: true);

    [Fact, Trait("promise", "M-71")]
    public async Task GET_of_a_service_is_405() =>
        (await demo.Server.GetAsync(Call.Hook)).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed", hook: true);

    [Fact, Trait("promise", "M-72")]
    public async Task Given_request_id_comes_back_and_other_text_does_not()
    {
        string id = "0f9a2f4e-52a5-4c4e-8f3e-6c1f6a4f8f10";
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cds-services");
        request.Headers.Add("X-Request-Id", id);
        Assert.Equal(id, (await Answer.ReadAsync(await demo.Server.Client.SendAsync(request, TestContext.Current.CancellationToken))).RequestId);
        using var hostile = new HttpRequestMessage(HttpMethod.Get, "/cds-services");
        hostile.Headers.TryAddWithoutValidation("X-Request-Id", "Patient Miller <script>");
        Assert.True(Guid.TryParse((await Answer.ReadAsync(await demo.Server.Client.SendAsync(hostile, TestContext.Current.CancellationToken))).RequestId, out _));
    }

    private static JsonObject Changed(Action<JsonObject> change)
    {
        var request = Call.PatientView("demo-stable");
        change(request);
        return request;
    }

    private static JsonObject Parent(JsonObject request, string path) => path.Contains('.', StringComparison.Ordinal) ? request["context"]!.AsObject() : request;
}
