using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace MedAI.Fhir.Tests.Conformance.Answers;

[Trait("promise", "M-443")]
public sealed class ResourceSubsetTests
{
    private static readonly byte[] Risk = File.ReadAllBytes(RepositoryRoot.Combine("tests", "MedAI.Fhir.Tests", "Golden", "risk-assessment.fhir.json"));

    [Theory]
    [InlineData("?_summary=true", "code,condition,encounter,id,identifier,meta,method,occurrenceDateTime,performer,resourceType,status,subject")]
    [InlineData("?_summary=text", "id,meta,resourceType,status,subject,text")]
    [InlineData("?_elements=prediction", "id,meta,prediction,resourceType,status,subject")]
    [InlineData("?_elements=note,RiskAssessment.occurrence,Patient.name", "id,meta,note,occurrenceDateTime,resourceType,status,subject")]
    public void Answer_holds_what_was_asked_for_and_what_must_not_be_missing(string query, string expected)
    {
        var resource = Shape(Risk, query);
        string[] whole = [.. JsonNode.Parse(Risk)!.AsObject().Select(m => m.Key)];
        Assert.Equal(expected.Split(',').Where(name => whole.Contains(name) || name == "meta"), resource.Select(m => m.Key).Order(StringComparer.Ordinal));
        AssertTagged(resource);
    }

    [Fact]
    public void Data_is_everything_but_the_narrative()
    {
        var resource = Shape(Risk, "?_summary=data");
        var whole = JsonNode.Parse(Risk)!.AsObject();
        Assert.Equal(whole.Select(m => m.Key).Where(k => k != "text"), resource.Select(m => m.Key));
        AssertTagged(resource);
        Assert.Equal(whole["prediction"]!.ToJsonString(), resource["prediction"]!.ToJsonString());
    }

    [Fact]
    public void Whole_answer_is_not_touched_and_not_tagged()
    {
        Assert.Equal(Risk, AnswerBody.Of(Risk, ResponseFormat.Json, AnswerShape.Whole).ToArray());
        Assert.Equal(Risk, AnswerBody.Of(Risk, ResponseFormat.Json, Read("?_summary=false").Shape!).ToArray());
    }

    [Fact]
    public void Pretty_changes_blanks_alone()
    {
        string text = Encoding.UTF8.GetString(AnswerBody.Of(Risk, ResponseFormat.Json, Read("?_pretty=true").Shape!).Span);
        Assert.Contains("\n  \"status\"", text, StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Risk), JsonNode.Parse(text)));
    }

    [Fact]
    public void Each_resource_of_a_Bundle_is_shaped_and_the_Bundle_stays()
    {
        var bundle = Shape("""
            {"resourceType":"Bundle","type":"searchset","total":2,"link":[{"relation":"self","url":"http://x"}],"entry":[
              {"fullUrl":"http://x/Observation/1","resource":{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50},"note":[{"text":"n"}]},"search":{"mode":"match"}},
              {"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported","diagnostics":"d"}]},"search":{"mode":"outcome"}}]}
            """u8.ToArray(), "?_elements=value");
        Assert.Equal(["resourceType", "type", "total", "link", "entry"], bundle.Select(m => m.Key));
        var first = bundle["entry"]![0]!["resource"]!.AsObject();
        Assert.Equal(["resourceType", "id", "meta", "status", "code", "valueQuantity"], first.Select(m => m.Key));
        Assert.Equal("""{"value":1.50}""", first["valueQuantity"]!.ToJsonString());
        AssertTagged(first);
        Assert.Equal("d", (string?)bundle["entry"]![1]!["resource"]!["issue"]![0]!["diagnostics"]);
        Assert.False(bundle.ContainsKey("meta"));
    }

    [Fact]
    public void Count_is_the_total_alone()
    {
        var bundle = Shape("""{"resourceType":"Bundle","type":"searchset","total":2,"link":[{"relation":"next","url":"http://x"}],"entry":[{"resource":{"resourceType":"Basic"}}]}"""u8.ToArray(), "?_summary=count");
        Assert.Equal("""{"resourceType":"Bundle","type":"searchset","total":2}""", bundle.ToJsonString());
        Assert.True(ResourceSubset.HasMatches("""{"resourceType":"Bundle","type":"searchset"}"""u8.ToArray()));
        Assert.False(ResourceSubset.HasMatches("""{"resourceType":"Bundle","type":"collection"}"""u8.ToArray()));
        Assert.False(ResourceSubset.HasMatches(Risk));
    }

    [Fact]
    public void Summary_reaches_into_elements_and_keeps_what_changes_the_meaning()
    {
        var patient = Shape("""
            {"resourceType":"Patient","id":"1","meta":{"tag":[{"system":"http://x","code":"t"}]},"modifierExtension":[{"url":"http://x","valueBoolean":true}],"_active":{"extension":[{"url":"http://y"}]},
             "name":[{"family":"F","period":{"start":"2020"}}],"photo":[{"data":"AA=="}],"contact":[{"gender":"male"}],"link":[{"other":{"reference":"Patient/2"},"type":"seealso"}]}
            """u8.ToArray(), "?_summary=true");
        Assert.Equal(["resourceType", "id", "meta", "modifierExtension", "_active", "name", "link"], patient.Select(m => m.Key));
        Assert.Equal(2, patient["meta"]!["tag"]!.AsArray().Count);
        Assert.Equal("seealso", (string?)patient["link"]![0]!["type"]);
        var codeable = Shape("""{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"contentType":"text/plain","data":"AA==","title":"t"}}]}"""u8.ToArray(), "?_summary=true");
        var attachment = codeable["content"]![0]!["attachment"]!.AsObject();
        Assert.Equal(["contentType", "title"], attachment.Select(m => m.Key));
    }

    [Fact]
    public void Resource_without_meta_gets_its_tag()
    {
        Assert.Equal("""{"resourceType":"Basic","meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}""",
            Shape("""{"resourceType":"Basic"}"""u8.ToArray(), "?_summary=data").ToJsonString());
        var once = Shape("""{"resourceType":"Basic","meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}"""u8.ToArray(), "?_summary=data");
        Assert.Single(once["meta"]!["tag"]!.AsArray());
    }

    [Theory]
    [InlineData("?_summary=yes", "http._summary")]
    [InlineData("?_summary=true&_summary=text", "http._summary")]
    [InlineData("?_pretty=1", "http._pretty")]
    [InlineData("?_elements=a%20b", "http._elements")]
    [InlineData("?_elements=x'y", "http._elements")]
    [InlineData("?_elements=status&_summary=true", "http._elements")]
    public void Shape_that_nobody_defined_is_refused(string query, string where)
    {
        var (shape, failure) = Read(query);
        Assert.Null(shape);
        Assert.Equal(FailureCode.InvalidParameter, failure!.Code);
        Assert.Equal(where, Assert.Single(failure.Issues).Expression);
    }

    private static JsonObject Shape(byte[] json, string query) =>
        JsonNode.Parse(AnswerBody.Of(json, ResponseFormat.Json, Read(query).Shape!).Span)!.AsObject();

    private static (AnswerShape? Shape, Failure? Failure) Read(string query) =>
        AnswerShape.Read(new QueryCollection(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query).ToDictionary(p => p.Key, p => (StringValues)p.Value)));

    private static void AssertTagged(JsonObject resource) => Assert.Contains(resource["meta"]!["tag"]!.AsArray(), t => (string?)t!["code"] == "SUBSETTED");
}
