using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Interpretations;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Writes the DiagnosticReport of a machine's reading.</summary>
/// <remarks>
/// Never final: what a machine read nobody has verified, so it is partial. Its code and identifier are its own, never those of the
/// radiologist's report. R4 allows no Device as performer; the model stands in Observation.device and in the Provenance.
/// </remarks>
internal static class ReportWriter
{
    private const string InProgress = "The study is being read; nothing is known yet.";

    private const string DiagnosticServices = "http://terminology.hl7.org/CodeSystem/v2-0074";

    /// <param name="conclusion">Null while nothing is known.</param>
    /// <param name="page">The report as an HTML page.</param>
    public static ReadOnlyMemory<byte> Write(DiagnosticReport.DiagnosticReportStatus status, string studyUid, DateTimeOffset? started, string? conclusion, IReadOnlyList<ImagePart> parts, byte[] page, ReportContext context)
    {
        var report = new DiagnosticReport
        {
            Id = context.ReportId,
            Meta = new Meta
            {
                VersionId = context.ReportVersion.ToString(System.Globalization.CultureInfo.InvariantCulture),
                LastUpdated = FhirTime.Truncate(context.Created),
                Profile = [MedAIProfiles.DiagnosticReport],
                Security = [AITransparency.Asserted()],
            },
            Text = Narrative(conclusion, context),
            Status = status,
            Category = [new CodeableConcept(DiagnosticServices, "RAD", "Radiology", null)],
            Code = new CodeableConcept(CanonicalUrls.Reports, "ai-imaging", "AI reading of an imaging study, not verified", null),
            Subject = ReportReferences.Subject(context),
            Encounter = ReportReferences.Encounter(context),
            Issued = FhirTime.Truncate(context.Created),
            ImagingStudy = [ReportReferences.Study(studyUid, context)],
            Conclusion = conclusion,
        };
        if (context.IdempotencyKey.Length > 0)
            report.Identifier = [new Identifier(CanonicalUrls.ResultIdentifier, context.IdempotencyKey)];
        if (started is { } instant)
            report.Effective = new FhirDateTime(FhirTime.Format(instant));
        foreach (ImagePart part in parts)
        {
            report.Result.AddRange(part.ObservationIds.Select(id => ReportReferences.Part("Observation", id)));
            report.Media.Add(new DiagnosticReport.MediaComponent
            {
                Comment = part.Map is null ? "The image" : "The image with the heatmap over it",
                Link = ReportReferences.Part("Media", part.MediaId),
            });
        }
        return AttachmentJson.Add(FhirJson.ToUtf8(report), "presentedForm", list: true,
            new AttachmentFacts("text/html", "en", page, null, "AI reading, not verified by a radiologist", context.Created));
    }

    private static Narrative Narrative(string? conclusion, ReportContext context)
    {
        string demo = context.DemoClock ? ResultWording.DemoClock : "";
        return conclusion?.StartsWith(InterpretationWording.Unverified, StringComparison.Ordinal) == true
            ? ReportNarrative.Of(InterpretationWording.Unverified, conclusion[InterpretationWording.Unverified.Length..].TrimStart(), demo)
            : ReportNarrative.Of(conclusion ?? InProgress, demo);
    }
}
