using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Operations;

namespace MedAI.Fhir.Tests.Operations;

[Trait("promise", "M-445")]
public sealed class OperationInputsTests
{
    private static readonly OperationDeclaration Operation = new()
    {
        Code = "test",
        Name = "Test",
        Title = "Test",
        Description = "Test",
        Comment = "Test",
        Access = MedAI.Fhir.Access.Smart.RoutePolicy.AnyToken,
        AffectsState = false,
        Bare = "data",
        Inputs =
        [
            new("model", 1, "1", FHIRAllTypes.String, ""),
            new("asOf", 0, "1", FHIRAllTypes.DateTime, "") { IsInstant = true },
            new("on", 0, "1", FHIRAllTypes.Date, ""),
            new("persist", 0, "1", FHIRAllTypes.Boolean, ""),
            new("top", 0, "2", FHIRAllTypes.Integer, ""),
            new("data", 0, "*", FHIRAllTypes.Resource, ""),
            new("change", 0, "*", null, "") { Parts = [new("variable", 1, "1", FHIRAllTypes.Code, ""), new("value", 1, "1", FHIRAllTypes.Decimal, "")] },
        ],
        Outputs = [],
    };

    private const string Model = """{"name":"model","valueString":"m"}""";

    [Theory]
    [InlineData("""{"name":"surprise","valueString":"x"}""", "Parameters.parameter[1].name")]
    [InlineData("""{"valueString":"x"}""", "Parameters.parameter[1].name")]
    [InlineData("""{"name":7,"valueString":"x"}""", "Parameters.parameter[1].name")]
    [InlineData("7", "Parameters.parameter[1].name")]
    [InlineData("""{"name":"model","valueString":"n"}""", "Parameters.parameter[1]")]
    [InlineData("""{"name":"persist","valueString":"true"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"persist","valueBoolean":"true"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"persist"}""", "Parameters.parameter[1]")]
    [InlineData("""{"name":"persist","valueBoolean":true,"valueString":"x"}""", "Parameters.parameter[1]")]
    [InlineData("""{"name":"persist","part":[]}""", "Parameters.parameter[1].part")]
    [InlineData("""{"name":"asOf","valueDateTime":"2026-03-02"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"asOf","valueDateTime":"2026-03-02T08:00:00"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"asOf","valueDateTime":"2026-13-02T08:00:00Z"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"asOf","valueDateTime":"yesterday"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"asOf","valueDate":"2026-03-02"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"top","valueInteger":1.5}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"top","valueDecimal":1}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"data","valueString":"x"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"data","resource":"x"}""", "Parameters.parameter[1].resource")]
    [InlineData("""{"name":"change","valueString":"x"}""", "Parameters.parameter[1].value")]
    [InlineData("""{"name":"change","part":[{"name":"variable","valueCode":"x"},{"name":"value","valueDecimal":1},{"name":"why","valueString":"x"}]}""", "Parameters.parameter[1].part[2].name")]
    [InlineData("""{"name":"change","part":[{"name":"variable","valueCode":"x"},{"name":"value","valueString":"1"}]}""", "Parameters.parameter[1].part[1].value")]
    [InlineData("""{"name":"change","part":[{"name":"variable","valueCode":"x"},{"name":"value","valueDecimal":1},{"name":"value","valueDecimal":1}]}""", "Parameters.parameter[1].part[2]")]
    public void Parameter_that_cannot_be_used_is_named_by_its_place(string parameter, string where)
    {
        var refusal = Check($"[{Model},{parameter}]");
        Assert.Equal(FailureCode.InvalidParameter, refusal!.Code);
        var issue = Assert.Single(refusal.Issues);
        Assert.Equal(where, issue.Expression);
        // What the caller wrote may hold anything.
        Assert.DoesNotContain("surprise", issue.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("yesterday", issue.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_parameter_is_named_by_the_path_that_finds_none()
    {
        var refusal = Check("[]");
        Assert.Equal(FailureCode.MissingParameter, refusal!.Code);
        Assert.Equal("Parameters.parameter.where(name='model')", Assert.Single(refusal.Issues).Expression);
        var part = Check("[" + Model + """,{"name":"change","part":[{"name":"variable","valueCode":"x"}]}]""");
        Assert.Equal("Parameters.parameter[1].part.where(name='value')", Assert.Single(part!.Issues).Expression);
    }

    [Fact]
    public void Every_fault_is_told_at_once_and_each_keeps_its_sort()
    {
        var refusal = Check("""[{"name":"x"},{"name":"top","valueInteger":1},{"name":"top","valueInteger":2},{"name":"top","valueInteger":3}]""");
        Assert.Equal(FailureCode.InvalidParameter, refusal!.Code);
        Assert.Equal([(string?)null, null, "missing-parameter"], refusal.Issues.Select(i => i.ReasonCode));
        using var outcome = JsonDocument.Parse(ErrorMap.Answer(refusal, "c-1").Outcome);
        Assert.Equal(["value", "value", "required"], outcome.RootElement.GetProperty("issue").EnumerateArray().Select(i => i.GetProperty("code").GetString()));
        Assert.Equal(20, Check("[" + string.Join(',', Enumerable.Repeat("7", 50)) + "]")!.Issues.Count);
    }

    [Fact]
    public void Good_parameters_are_read()
    {
        using var body = JsonDocument.Parse($$$"""
            {"resourceType":"Parameters","parameter":[{{{Model}}},{"name":"asOf","valueInstant":"2026-03-02T08:00:00.5+01:00"},{"name":"persist","valueBoolean":false},{"name":"top","valuePositiveInt":3},
             {"name":"data","resource":{"resourceType":"Patient"}},{"name":"data","resource":{"resourceType":"Basic"}},
             {"name":"change","part":[{"name":"variable","valueCode":"hr"},{"name":"value","valueInteger":1}]}]}
            """);
        var (inputs, malformed) = OperationInputs.Read(body.RootElement, Operation);
        Assert.Null(malformed);
        Assert.Null(new OperationInputsValidator(Operation).Refusal(inputs!));
        Assert.Equal("m", inputs!.Text("model"));
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 7, 0, 0, 500, TimeSpan.Zero), inputs.Instant("asOf"));
        Assert.False(inputs.Flag("persist"));
        Assert.Equal(3, inputs.Integer("top"));
        Assert.Equal(["Parameters.parameter[4].resource", "Parameters.parameter[5].resource"], inputs.Of("data").Select(d => d.Place));
        Assert.Null(inputs.Text("on"));
    }

    [Fact]
    public void Bare_resource_is_the_input_that_may_be_one()
    {
        using var body = JsonDocument.Parse("""{"resourceType":"Bundle"}""");
        Assert.Equal("data", Assert.Single(OperationInputs.Read(body.RootElement, Operation).Inputs!.All).Name);
        var (none, refusal) = OperationInputs.Read(body.RootElement, Operation with { Bare = null });
        Assert.Null(none);
        Assert.Equal(FailureCode.MalformedRequest, refusal!.Code);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"resourceType":7}""")]
    [InlineData("""{"resourceType":"Parameters","parameter":{}}""")]
    public void What_is_no_Parameters_resource_is_refused(string json)
    {
        using var body = JsonDocument.Parse(json);
        Assert.Equal(FailureCode.MalformedRequest, OperationInputs.Read(body.RootElement, Operation).Failure!.Code);
    }

    [Theory]
    [InlineData(true, 0, FHIRAllTypes.String, false)]
    [InlineData(false, 1, FHIRAllTypes.String, true)]
    [InlineData(false, 0, FHIRAllTypes.Bundle, true)]
    [InlineData(false, 1, FHIRAllTypes.Bundle, false)]
    public void GET_is_offered_where_nothing_changes_and_primitives_are_enough(bool affectsState, int min, FHIRAllTypes type, bool expected) =>
        Assert.Equal(expected, (Operation with { AffectsState = affectsState, Inputs = [new("x", min, "1", type, "")] }).AllowsGet);

    private static Failure? Check(string parameters)
    {
        using var body = JsonDocument.Parse("""{"resourceType":"Parameters","parameter":""" + parameters + "}");
        return new OperationInputsValidator(Operation).Refusal(OperationInputs.Read(body.RootElement, Operation).Inputs!);
    }
}
