using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Interpretations;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Writes the Provenance of a report in the shape of HL7's AI-Provenance: which model made all of it, after which card, from which pixels.</summary>
internal static class ReportProvenanceWriter
{
    /// <param name="targets">Versioned references to everything that was written.</param>
    public static Provenance Compose(string id, StudyInterpretation interpretation, IReadOnlyList<ImagePart> parts, IEnumerable<string> targets, ReportContext context)
    {
        var provenance = new Provenance
        {
            Id = id,
            Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(context.Created), Profile = [MedAIProfiles.Provenance, AITransparency.ProvenanceProfile] },
            Target = [.. targets.Select(t => new ResourceReference(t))],
            Occurred = new FhirDateTime(FhirTime.Format(context.Created)),
            Recorded = FhirTime.Truncate(context.Created),
            Reason = [new CodeableConcept { Coding = [AITransparency.Asserted()] }],
            Activity = ModelReferences.Creation(context.Trigger),
            Agent = [ModelReferences.Author(interpretation.Manifest, interpretation.Model, context.PublicBase)],
            Entity = [ModelReferences.Card(interpretation.Model, context.PublicBase), Source(ReportReferences.Study(interpretation.StudyUid, context))],
        };
        foreach (ImagePart part in parts)
            provenance.Entity.Add(Source(Frame(part)));
        return provenance;
    }

    private static Provenance.EntityComponent Source(ResourceReference what) => new() { Role = Provenance.ProvenanceEntityRole.Source, What = what };

    /// <summary>The pixels that were read: an image by its DICOM UID with the hash of its frame.</summary>
    private static ResourceReference Frame(ImagePart part)
    {
        var reference = new ResourceReference { Display = $"Pixels of {InterpretationWording.Label(part.Reading, part.Number - 1)}" };
        if (part.Reading.SopUid is { } sop)
            reference.Identifier = ReportReferences.Uid(sop);
        reference.AddExtension(CanonicalUrls.FrameSha256, new FhirString(part.Read.Source.FrameHash));
        return reference;
    }
}
