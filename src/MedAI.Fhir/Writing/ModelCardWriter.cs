using System.Security.Cryptography;
using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing;

/// <summary>Writes a package's model card as a DocumentReference that Device and Provenance refer to.</summary>
/// <remarks>The card is JSON. HL7's AI-ModelCard profile knows only markdown and CHAI's XML, so its type code is used but the profile is not claimed.</remarks>
public static class ModelCardWriter
{
    public static DocumentReference Compose(ModelManifest manifest, ModelIdentity model, ReadOnlyMemory<byte> card, DateTimeOffset lastUpdated) => new()
    {
        Id = DeviceIds.ForModelCard(model),
        Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(lastUpdated), Profile = [MedAIProfiles.ModelCard] },
        Status = DocumentReferenceStatus.Current,
        Type = new CodeableConcept(AITransparency.Inputs, "AIModelCard", "AI Model Card", null),
        Date = FhirTime.Truncate(lastUpdated),
        Description = $"Model card of {manifest.Title} {model.Version}",
        Content =
        [
            new DocumentReference.ContentComponent
            {
                Attachment = new Attachment
                {
                    ContentType = "application/json",
                    Language = "en",
                    Data = card.ToArray(),
                    // No size: Firely's shared Attachment type writes it as R5's integer64, a string, which R4 does not know.
                    // R4 asks for SHA-1 here; the SHA-256 stands in the manifest and was verified when the package was loaded.
#pragma warning disable CA5350
                    Hash = SHA1.HashData(card.Span),
#pragma warning restore CA5350
                    Title = "model-card.json",
                },
            },
        ],
    };

    public static byte[] Write(ModelManifest manifest, ModelIdentity model, ReadOnlyMemory<byte> card, DateTimeOffset lastUpdated) =>
        FhirJson.ToUtf8(Compose(manifest, model, card, lastUpdated));
}
