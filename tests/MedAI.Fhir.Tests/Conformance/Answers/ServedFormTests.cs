using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Conformance.Answers;
using Microsoft.AspNetCore.Http;

namespace MedAI.Fhir.Tests.Conformance.Answers;

public sealed class ServedFormTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private MedAIServer Server => demo.Server;

    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact, Trait("promise", "M-440")]
    public async Task Operation_takes_and_gives_XML_with_the_same_result()
    {
        byte[] json = Encoding.UTF8.GetBytes(Call.Parameters("demo-recovering").ToJsonString());
        var byJson = (await Server.AssessAsync(Call.Parameters("demo-recovering"))).AssertOk();
        string xml = Encoding.UTF8.GetString(FhirXml.FromResource(json, pretty: false));
        var byXml = (await Server.PostTextAsync("/fhir/$assess-risk", xml, "application/fhir+xml", "application/fhir+xml")).AssertOk();
        Assert.Equal("application/fhir+xml; charset=utf-8", byXml.ContentType);
        Assert.True(FhirXml.TryRead(Encoding.UTF8.GetBytes(byXml.Text), out byte[]? back, out _));
        // The same data are the same input, and the same input is the same stored result.
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(byJson.Text), JsonNode.Parse(back)));
    }

    [Theory, Trait("promise", "M-440")]
    [InlineData("application/fhir+json")]
    [InlineData("application/json")]
    [InlineData("text/json")]
    [InlineData("application/fhir+xml")]
    [InlineData("application/xml")]
    [InlineData("text/xml")]
    public async Task Every_FHIR_answer_has_the_form_that_is_asked_for(string type)
    {
        string id = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk().Id;
        foreach (string path in (string[])["metadata", "OperationDefinition/assess-risk", "RiskAssessment/" + id, "RiskAssessment/" + id + "/_history/1", "DiagnosticReport", "Patient/demo-stable"])
        {
            foreach (var answer in new[] { await Server.GetAsync("/fhir/" + path, type), await Server.GetAsync($"/fhir/{path}?_format={Uri.EscapeDataString(type)}", "text/turtle") })
            {
                Assert.Equal((HttpStatusCode.OK, type + "; charset=utf-8"), (answer.Status, answer.ContentType));
                Assert.Equal(type.EndsWith("xml", StringComparison.Ordinal) ? '<' : '{', answer.Text[0]);
                Assert.Contains("Accept", answer.Response.Headers.Vary);
            }
        }
        var operation = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "", type)).AssertOk();
        Assert.Equal(type + "; charset=utf-8", operation.ContentType);
    }

    [Fact, Trait("promise", "M-440")]
    public async Task Refusals_are_told_in_XML_to_whom_asked_for_it()
    {
        var answer = await Server.GetAsync("/fhir/RiskAssessment/none", "application/fhir+xml");
        Assert.Equal((HttpStatusCode.NotFound, "application/fhir+xml; charset=utf-8"), (answer.Status, answer.ContentType));
        Assert.Contains("<OperationOutcome xmlns=\"http://hl7.org/fhir\">", answer.Text, StringComparison.Ordinal);
        Assert.Contains(answer.RequestId, answer.Text, StringComparison.Ordinal);
        (await Server.GetAsync("/fhir/RiskAssessment/none?_format=json", "application/fhir+xml")).AssertFailure(HttpStatusCode.NotFound, "not-found");
    }

    [Theory, Trait("promise", "S-37")]
    [InlineData("/fhir/metadata", "application/fhir+turtle", null)]
    [InlineData("/fhir/metadata", "image/png", null)]
    [InlineData("/fhir/metadata", "application/fhir+json; fhirVersion=5.0", null)]
    [InlineData("/fhir/metadata", null, "ttl")]
    [InlineData("/fhir/metadata", null, "application/fhir+xml; fhirVersion=3.0")]
    [InlineData("/fhir/DiagnosticReport", "text/csv", null)]
    [InlineData("/fhir/RiskAssessment/none", "text/csv", null)]
    public async Task Form_that_is_not_written_is_406(string path, string? accept, string? format) =>
        (await Server.GetAsync(path + (format is null ? "" : "?_format=" + Uri.EscapeDataString(format)), accept)).AssertFailure(HttpStatusCode.NotAcceptable, "not-acceptable");

    [Theory, Trait("promise", "S-37")]
    [InlineData("text/plain")]
    [InlineData("application/fhir+turtle")]
    [InlineData("application/fhir+json; fhirVersion=3.0")]
    [InlineData("application/fhir+xml; fhirVersion=5.0")]
    [InlineData("application/fhir+xml; charset=utf-16")]
    [InlineData("")]
    public async Task Body_of_another_type_is_415(string type) =>
        (await Server.PostTextAsync("/fhir/$assess-risk", Call.Parameters("demo-stable").ToJsonString(), type)).AssertFailure(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");

    [Fact, Trait("promise", "S-37")]
    public async Task Refused_form_computes_and_stores_nothing()
    {
        int before = await Server.ResultsAsync();
        (await Server.PostTextAsync("/fhir/Patient/demo-heart-failure/$assess-risk", "", "", "text/csv")).AssertFailure(HttpStatusCode.NotAcceptable, "not-acceptable");
        (await Server.PostTextAsync("/fhir/Patient/demo-heart-failure/$assess-risk?_summary=perhaps", "", "")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await Server.PostTextAsync("/fhir/Patient/demo-heart-failure/$assess-risk?_summary=count", "", "")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        Assert.Equal(before, await Server.ResultsAsync());
    }

    [Theory, Trait("promise", "S-28")]
    [InlineData("/fhir/$assess-risk")]
    [InlineData("/fhir/Patient/demo-stable/$assess-risk")]
    [InlineData("/fhir/ImagingStudy/$interpret-imaging")]
    public async Task Document_type_in_a_body_is_400_and_told_without_content(string path)
    {
        var answer = await Server.PostTextAsync(path, "<!DOCTYPE Parameters [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Parameters xmlns=\"http://hl7.org/fhir\"><id value=\"&x;\"/></Parameters>", "application/fhir+xml");
        answer.AssertFailure(HttpStatusCode.BadRequest, "malformed-xml");
        Assert.DoesNotContain("root:", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("passwd", answer.Text, StringComparison.Ordinal);
    }

    [Theory, Trait("promise", "S-32")]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("gzip, gzip")]
    [InlineData("deflate")]
    public async Task Compressed_XML_is_415_unread(string encoding)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(new byte[1_000_000]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/fhir/$assess-risk") { Content = new ByteArrayContent(packed.ToArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+xml");
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        (await Answer.ReadAsync(await Server.Client.SendAsync(request, None))).AssertFailure(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Fact, Trait("promise", "S-29")]
    public async Task XML_has_its_own_limit_of_size()
    {
        var answer = await Server.PostTextAsync("/fhir/$assess-risk", "<Parameters xmlns=\"http://hl7.org/fhir\">" + new string(' ', 5_000_000) + "</Parameters>", "application/fhir+xml");
        answer.AssertFailure(HttpStatusCode.RequestEntityTooLarge, "body-too-large");
    }

    [Fact, Trait("promise", "M-440")]
    public async Task Hooks_speak_JSON_alone() =>
        (await Server.PostTextAsync(Call.Hook, "<x/>", "application/fhir+xml")).AssertFailure(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", hook: true);

    [Fact, Trait("promise", "M-443")]
    public async Task Summaries_elements_and_pretty_work_on_reads_searches_operations_and_metadata_in_both_forms()
    {
        string id = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk().Id;
        var read = (await Server.GetAsync($"/fhir/RiskAssessment/{id}?_elements=prediction")).AssertOk().Json;
        Assert.False(read.TryGetProperty("basis", out _));
        Assert.True(read.TryGetProperty("prediction", out _));
        Assert.Equal("AIAST", read.GetProperty("meta").GetProperty("security")[0].GetProperty("code").GetString());
        Assert.Equal("SUBSETTED", read.GetProperty("meta").GetProperty("tag")[0].GetProperty("code").GetString());
        string xml = (await Server.GetAsync($"/fhir/RiskAssessment/{id}?_summary=true&_format=xml&_pretty=true")).AssertOk().Text;
        Assert.Contains("<code value=\"SUBSETTED\" />", xml, StringComparison.Ordinal);
        Assert.Contains("\n  <status value=\"final\" />", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("<basis>", xml, StringComparison.Ordinal);
        var operation = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk?_summary=data", "", "")).AssertOk().Json;
        Assert.False(operation.TryGetProperty("text", out _));
        var metadata = (await Server.GetAsync("/fhir/metadata?_summary=true")).AssertOk().Json;
        Assert.False(metadata.GetProperty("rest")[0].TryGetProperty("documentation", out _));
        var count = (await Server.GetAsync("/fhir/DiagnosticReport?_summary=count")).AssertOk().Json;
        Assert.False(count.TryGetProperty("entry", out _));
        Assert.True(count.GetProperty("total").GetInt32() >= 0);
        (await Server.GetAsync($"/fhir/RiskAssessment/{id}?_summary=count")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }

    [Theory, Trait("promise", "M-444")]
    [InlineData("return=minimal", "minimal")]
    [InlineData("handling=strict; return=minimal", "minimal")]
    [InlineData("return=representation", "representation")]
    [InlineData("return=OperationOutcome", "OperationOutcome")]
    [InlineData("return=everything", null)]
    public async Task Preference_is_honoured_where_the_result_is_stored(string prefer, string? applied)
    {
        var answer = await PostAsync("/fhir/Patient/demo-stable/$assess-risk", prefer);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(applied is null ? null : "return=" + applied, answer.Response.Headers.TryGetValues("Preference-Applied", out var values) ? values.Single() : null);
        var place = answer.Response.Content.Headers.ContentLocation!;
        Assert.StartsWith(Server.FhirBase + "/RiskAssessment/", place.AbsoluteUri, StringComparison.Ordinal);
        var stored = (await Server.GetAsync(place.AbsoluteUri)).AssertOk();
        string? type = answer.Text.Length == 0 ? null : answer.Json.GetProperty("resourceType").GetString();
        Assert.Equal(applied switch { "minimal" => null, "OperationOutcome" => "OperationOutcome", _ => "RiskAssessment" }, type);
        if (type == "RiskAssessment")
            Assert.Equal(stored.Text, answer.Text);
    }

    [Fact, Trait("promise", "M-444")]
    public async Task Preference_is_ignored_where_the_answer_is_the_only_copy()
    {
        var answer = await PostAsync("/fhir/$assess-risk", "return=minimal", Call.Parameters("demo-stable", persist: false, asOf: "2026-03-01T21:07:00Z").ToJsonString());
        Assert.Equal("RiskAssessment", answer.AssertOk().Json.GetProperty("resourceType").GetString());
        Assert.False(answer.Response.Headers.Contains("Preference-Applied"));
        Assert.Null(answer.Response.Content.Headers.ContentLocation);
    }

    [Fact, Trait("promise", "M-444")]
    public async Task Failure_is_told_whatever_was_preferred()
    {
        var answer = await PostAsync("/fhir/Patient/demo-child/$assess-risk", "return=minimal");
        answer.AssertFailure(HttpStatusCode.UnprocessableEntity, "abstained");
    }

    [Fact, Trait("promise", "M-440")]
    public async Task Binary_is_itself_unless_FHIR_is_asked_for()
    {
        var report = (await Server.PostTextAsync("/fhir/ImagingStudy/demo-chest-patchy/$interpret-imaging", "", "")).AssertOk();
        var binary = report.Json.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource")).First(r => r.GetProperty("resourceType").GetString() == "Binary");
        string path = "/fhir/Binary/" + binary.GetProperty("id").GetString();
        using var raw = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "image/png" } } };
        using var picture = await Server.Client.SendAsync(raw, None);
        Assert.Equal("image/png", picture.Content.Headers.ContentType!.MediaType);
        Assert.Equal(binary.GetProperty("data").GetBytesFromBase64(), await picture.Content.ReadAsByteArrayAsync(None));
        Assert.Equal("Binary", (await Server.GetAsync(path, "application/fhir+json")).AssertOk().Json.GetProperty("resourceType").GetString());
        Assert.Contains("<Binary xmlns=\"http://hl7.org/fhir\">", (await Server.GetAsync(path, "application/fhir+xml")).AssertOk().Text, StringComparison.Ordinal);
    }

    [Theory, Trait("promise", "M-440")]
    [InlineData("application/fhir+xml; charset=utf-8", true)]
    [InlineData("application/fhir+json; charset=utf-8", true)]
    [InlineData("image/png", false)]
    [InlineData("application/json", false)]
    public async Task Bytes_under_a_negotiated_type_are_a_resource_and_leave_like_one(string contentType, bool resource)
    {
        var http = new DefaultHttpContext();
        var result = await new FhirAnswerFilter().InvokeAsync(EndpointFilterInvocationContext.Create(http), _ => ValueTask.FromResult<object?>(Results.Bytes("{}"u8.ToArray(), contentType)));
        Assert.Equal(resource, result is FhirResult);
    }

    private async Task<Answer> PostAsync(string path, string prefer, string? body = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.TryAddWithoutValidation("Prefer", prefer);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/fhir+json");
        return await Answer.ReadAsync(await Server.Client.SendAsync(request, None));
    }
}
