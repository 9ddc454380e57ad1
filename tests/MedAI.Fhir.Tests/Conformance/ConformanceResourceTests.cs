using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Operations;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Conformance;

[Trait("promise", "M-68")]
public sealed class ConformanceResourceTests
{
    private static readonly ServerFacts Facts = new()
    {
        PublicBase = "http://127.0.0.1:5080/fhir",
        SoftwareVersion = "0.1.0",
        Date = new DateTimeOffset(2026, 3, 2, 7, 0, 0, TimeSpan.Zero),
        Security = "Bound to the loopback interface; clients are not told apart.",
    };

    private static readonly ServedInteraction[] Served =
    [
        ServedInteraction.Of("RiskAssessment", "read"),
        ServedInteraction.Of("RiskAssessment", "vread"),
        ServedInteraction.Of("Device", "read"),
        ServedInteraction.Operation("Patient", "assess-risk"),
        ServedInteraction.Of("Patient", "read"),
        ServedInteraction.Search("RiskAssessment", "subject", "reference"),
        ServedInteraction.Operation(null, "assess-risk"),
        ServedInteraction.Of("Device", "read"),
    ];

    [Fact]
    public void CapabilityStatement_is_golden() => Golden.AssertJson("writer-capability-statement.fhir.json", CapabilityStatementWriter.Write([TestManifest.Create()], Served, Facts));

    [Fact]
    public void CapabilityStatement_lists_what_is_served_once_and_nothing_else()
    {
        CapabilityStatement.RestComponent rest = CapabilityStatementWriter.Compose([TestManifest.Create()], Served, Facts).Rest[0];
        Assert.Equal(rest.Resource.Select(r => r.Type), (string?[])["Device", "Patient", "RiskAssessment"]);
        Assert.Single(rest.Resource[0].Interaction);
        Assert.Equal("http://127.0.0.1:5080/fhir/OperationDefinition/assess-risk", Assert.Single(rest.Resource[1].Operation).Definition);
        Assert.Equal(CapabilityStatement.ResourceVersionPolicy.Versioned, rest.Resource[2].Versioning);
        Assert.Null(rest.Resource[0].Versioning);
        Assert.Equal("subject", Assert.Single(rest.Resource[2].SearchParam).Name);
        Assert.Single(rest.Operation);
        Assert.Empty(rest.Interaction);
    }

    [Fact]
    public void Interaction_that_FHIR_does_not_know_is_refused() =>
        Assert.Throws<ArgumentException>(() => CapabilityStatementWriter.Compose([], [ServedInteraction.Of("Patient", "fetch")], Facts));

    [Fact]
    public void OperationDefinition_of_assess_risk_is_golden() =>
        Golden.AssertJson("writer-operation-definition.fhir.json", OperationDefinitionWriter.Write(AssessRisk, [TestManifest.Create()], Facts)!);

    [Fact]
    public void Assess_risk_affects_state_on_all_three_levels_and_returns_a_bare_RiskAssessment()
    {
        OperationDefinition definition = OperationDefinitionWriter.Compose(AssessRisk, [TestManifest.Create()], Facts)!;
        Assert.True(definition.AffectsState);
        Assert.True(definition.System & definition.Type & definition.Instance);
        Assert.Equal(definition.Parameter.Select(p => $"{p.Use} {p.Name} {p.Min}..{p.Max} {p.Type}"),
            (string[])["In data 0..* Resource", "In model 0..1 String", "In asOf 0..1 DateTime", "In persist 0..1 Boolean", "Out return 1..1 RiskAssessment"]);
    }

    [Fact]
    public void Operation_that_no_model_offers_has_no_definition()
    {
        var silent = TestManifest.Create() with { Service = TestManifest.Create().Service with { Operations = [] } };
        Assert.Null(OperationDefinitionWriter.Write(AssessRisk, [silent], Facts));
        Assert.Null(OperationDefinitionWriter.Write(AssessRisk, [], Facts));
    }

    /// <summary>What an operation declares needs nothing that it works with.</summary>
    private static readonly AssessRiskOperation AssessRisk = new(null!, null!, null!, null!, TimeProvider.System, Microsoft.Extensions.Options.Options.Create(new ServerOptions()));
}
