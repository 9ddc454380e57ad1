using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing;

/// <summary>Writes the Device that stands for one version of a model, in the shape of HL7's AI-Device.</summary>
/// <remarks>Served as long as any result refers to it: store it at startup under <see cref="DeviceIds.For"/> and never delete it.</remarks>
public static class DeviceWriter
{
    public static Device Compose(ModelManifest manifest, ModelIdentity model, string publicBase, DateTimeOffset lastUpdated, string softwareVersion)
    {
        var device = new Device
        {
            Id = DeviceIds.For(model),
            Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(lastUpdated), Profile = [MedAIProfiles.Device, AITransparency.DeviceProfile] },
            Identifier = [new Identifier(CanonicalUrls.ModelIdentifier, $"{model.Id}|{model.Version}|{model.Hash}")],
            Status = Device.FHIRDeviceStatus.Active,
            Manufacturer = manifest.Publisher,
            ModelNumber = model.Id,
            DeviceName =
            [
                new Device.DeviceNameComponent { Name = manifest.Title, Type = DeviceNameType.UserFriendlyName },
                new Device.DeviceNameComponent { Name = $"{model.Id} {model.Version}", Type = DeviceNameType.ModelName },
            ],
            Type = new CodeableConcept { Coding = [AITransparency.ArtificialIntelligence()] },
            Version =
            [
                Version("model", model.Version),
                Version("model-sha256", model.Hash),
                Version("software", softwareVersion),
            ],
            Note = [new Annotation { Text = new Markdown(SafeText.Markdown($"{manifest.IntendedUse} {manifest.Service.Caution}", 8000)) }],
        };
        foreach (string kind in Kinds(manifest.Kind))
            device.AddExtension(AITransparency.KindExtension, new CodeableConcept(AITransparency.DeviceTypes, kind));
        device.AddExtension(AITransparency.ModelCardExtension, new ResourceReference(DeviceIds.ModelCardReference(model, publicBase)));
        return device;
    }

    public static byte[] Write(ModelManifest manifest, ModelIdentity model, string publicBase, DateTimeOffset lastUpdated, string softwareVersion) =>
        FhirJson.ToUtf8(Compose(manifest, model, publicBase, lastUpdated, softwareVersion));

    private static Device.VersionComponent Version(string type, string value) =>
        new() { Type = new CodeableConcept(CanonicalUrls.DeviceVersionTypes, type), Value = value };

    private static string[] Kinds(ModelKind kind) => kind switch
    {
        ModelKind.Imaging => ["Deep-Learning-Models", "AI-for-Medical-Imaging-Data", "Medical-Image-Analysis"],
        _ => ["Deep-Learning-Models", "AI-for-Structured-Clinical-Data", "Clinical-Monitoring-and-Early-Warning"],
    };
}
