using Hl7.Fhir.Model;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing;

/// <summary>How results and their provenance name the model that made them.</summary>
internal static class ModelReferences
{
    /// <summary>The permanently served Device.</summary>
    public static ResourceReference Device(ModelManifest manifest, ModelIdentity model, string publicBase) =>
        new(DeviceIds.Reference(model, publicBase), $"{manifest.Title} {model.Version}");

    /// <summary>The method of a result: coded, with version and hash.</summary>
    public static CodeableConcept Method(ModelManifest manifest, ModelIdentity model)
    {
        ManifestCoding method = manifest.Service.Method;
        return new CodeableConcept
        {
            Coding = [new Coding(method.System, method.Code, method.Display) { Version = model.Version }],
            Text = $"{manifest.Title}, version {model.Version}, model SHA-256 {model.Hash}",
        };
    }

    /// <summary>The agent of a Provenance: the model as author.</summary>
    public static Provenance.AgentComponent Author(ModelManifest manifest, ModelIdentity model, string publicBase) => new()
    {
        Type = new CodeableConcept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "author", "Author", null),
        Role = [new CodeableConcept { Coding = [AITransparency.ArtificialIntelligence()] }],
        Who = Device(manifest, model, publicBase),
    };

    /// <summary>The entity of a Provenance that is the model card.</summary>
    public static Provenance.EntityComponent Card(ModelIdentity model, string publicBase) => new()
    {
        Role = Provenance.ProvenanceEntityRole.Derivation,
        What = new ResourceReference(DeviceIds.ModelCardReference(model, publicBase), "Model card"),
    };

    /// <summary>The activity of a Provenance: a result was created.</summary>
    public static CodeableConcept Creation(string trigger) => new("http://terminology.hl7.org/CodeSystem/v3-DataOperation", "CREATE", "create", trigger);
}
