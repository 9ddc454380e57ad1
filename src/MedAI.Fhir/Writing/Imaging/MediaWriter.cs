using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Interpretations;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Writes the picture of a read image with its heatmap: a Media, and the Binary that holds the PNG.</summary>
internal static class MediaWriter
{
    public const string Png = "image/png";

    public static ReadOnlyMemory<byte> Write(StudyInterpretation interpretation, ImagePart part, ReportContext context)
    {
        string label = InterpretationWording.Label(part.Reading, part.Number - 1);
        var media = new Media
        {
            Id = part.MediaId,
            Meta = Meta(MedAIProfiles.Heatmap, context),
            Text = ReportNarrative.Of(InterpretationWording.Unverified, Title(part, label), InterpretationWording.MapMeaning),
            PartOf = [ReportReferences.Study(interpretation.StudyUid, context)],
            Status = EventStatus.Completed,
            Type = new CodeableConcept("http://terminology.hl7.org/CodeSystem/media-type", "image", "Image", null),
            Subject = ReportReferences.Subject(context),
            Encounter = ReportReferences.Encounter(context),
            Created = new FhirDateTime(FhirTime.Format(context.Created)),
            Issued = FhirTime.Truncate(context.Created),
            BodySite = BodySites.Of(interpretation.Manifest),
            Device = ModelReferences.Device(interpretation.Manifest, interpretation.Model, context.PublicBase),
            Height = part.Read.Display.Rows,
            Width = part.Read.Display.Columns,
            Note = [new Annotation { Time = FhirTime.Format(context.Created), Text = new Markdown(SafeText.Markdown(InterpretationWording.MapMeaning, 1000)) }],
        };
        if (part.Reading.SopUid is { } sop)
            media.Identifier = [ReportReferences.Uid(sop)];
        return AttachmentJson.Add(FhirJson.ToUtf8(media), "content", list: false,
            new AttachmentFacts(Png, null, part.Overlay, ReportReferences.FullUrl("Binary", part.BinaryId, context), Title(part, label), context.Created));
    }

    public static ReadOnlyMemory<byte> WriteBinary(ImagePart part, ReportContext context) =>
        AttachmentJson.AddData(FhirJson.ToUtf8(new Binary { Id = part.BinaryId, Meta = Meta(MedAIProfiles.Picture, context), ContentType = Png, SecurityContext = ReportReferences.Subject(context) }), part.Overlay);

    private static string Title(ImagePart part, string label) => part.Map is null
        ? $"AI reading of {label}, without a map"
        : $"AI heatmap over {label}: evidence for {SafeText.Plain(part.Prediction.Estimates[0].OutcomeText)}";

    private static Meta Meta(string profile, ReportContext context) => new() { VersionId = "1", LastUpdated = FhirTime.Truncate(context.Created), Profile = [profile], Security = [AITransparency.Asserted()] };
}
