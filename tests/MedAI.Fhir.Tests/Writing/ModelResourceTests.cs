using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Writing;

/// <summary>The resources that stand for a model and say where a result came from.</summary>
public sealed class ModelResourceTests
{
    private static readonly WritingExample Example = WritingExample.Create();

    [Fact, Trait("promise", "M-58")]
    public void Device_of_the_example_model_is_golden() =>
        Golden.AssertJson("device.fhir.json", DeviceWriter.Write(Example.Manifest, Example.Model, WritingExample.PublicBase, Example.Context.Created, "0.1.0"));

    [Fact, Trait("promise", "M-58")]
    public void Model_card_of_the_example_model_is_golden() =>
        Golden.AssertJson("model-card.fhir.json", ModelCardWriter.Write(Example.Manifest, Example.Model, """{"title":"Test"}"""u8.ToArray(), Example.Context.Created));

    [Fact, Trait("promise", "M-58")]
    public void Provenance_of_the_example_result_is_golden() =>
        Golden.AssertJson("provenance.fhir.json", ProvenanceWriter.Write(Example.Predict().Prediction, Example.Manifest, Example.Context));

    [Fact, Trait("promise", "M-58")]
    public void Provenance_says_that_the_served_device_made_the_result_and_does_not_repeat_its_basis()
    {
        Provenance provenance = ProvenanceWriter.Compose(Example.Predict().Prediction, Example.Manifest, Example.Context);
        Assert.Equal($"{WritingExample.PublicBase}/RiskAssessment/ra-0001/_history/1", Assert.Single(provenance.Target).Reference);
        Assert.Equal("AIAST", provenance.Reason[0].Coding[0].Code);
        Assert.Equal(DeviceIds.Reference(Example.Model, WritingExample.PublicBase), provenance.Agent[0].Who!.Reference);
        Assert.Contains("/DocumentReference/", Assert.Single(provenance.Entity).What!.Reference);
    }

    [Theory, Trait("promise", "M-58")]
    [InlineData("icu-mortality", "1.0.0", "icu-mortality-1-0-0-e3b0c442")]
    [InlineData("icu-mortality", "2.1.0-rc.1+build", "icu-mortality-2-1-0-rc-1-build-e3b0c442")]
    public void Device_id_is_made_of_model_version_and_hash(string id, string version, string expected) =>
        Assert.Equal(expected, DeviceIds.For(new ModelIdentity(id, version, TestManifest.EmptyHash)));

    [Fact, Trait("promise", "M-58")]
    public void Device_id_of_a_long_name_stays_a_FHIR_id_and_keeps_version_and_hash()
    {
        string id = DeviceIds.For(new ModelIdentity(new string('m', 100), "1.0.0", TestManifest.EmptyHash));
        Assert.True(Id.IsValidValue(id));
        Assert.EndsWith("-1-0-0-e3b0c442", id);
    }

    [Fact, Trait("promise", "M-63")]
    public void Abstention_detail_names_reasons_and_quality()
    {
        var abstention = new Abstention
        {
            Model = Example.Model,
            Reasons = [new AbstentionReason(AbstentionKind.NotEnoughData, "Too few variables.", ["Heart rate"])],
            Quality = Example.Stay().Quality,
            AsOf = WritingExample.AsOf,
        };
        using var json = JsonDocument.Parse(AbstentionDetailWriter.ToUtf8(AbstentionDetailWriter.Compose(abstention, Example.Stay(), Example.Context)));
        JsonElement reason = json.RootElement.GetProperty("reasons")[0];
        Assert.Equal("not-enough-data", reason.GetProperty("code").GetString());
        Assert.Equal("Heart rate", reason.GetProperty("missing")[0].GetString());
        Assert.Equal(76, json.RootElement.GetProperty("quality").GetProperty("used").GetInt32());
    }
}
