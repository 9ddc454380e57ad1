using Hl7.Fhir.Model;
using MedAI.Fhir.Interpretations;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Writes what a model made of a study as FHIR: a DiagnosticReport with Observations, pictures, Provenance and a page for people.</summary>
/// <remarks>Nothing is contained, because contained resources must not carry the AI label (dom-5); the model's Device is served permanently and referred to absolutely.</remarks>
public static class InterpretationWriter
{
    /// <summary>Writes a report on a study of which at least one image was read.</summary>
    /// <exception cref="ArgumentException">No image was read; see <see cref="WriteCancelled"/>.</exception>
    public static WrittenInterpretation Write(StudyInterpretation interpretation, ReportContext context)
    {
        ArgumentNullException.ThrowIfNull(interpretation);
        ArgumentNullException.ThrowIfNull(context);
        IReadOnlyList<ImagePart> parts = ImagePart.Of(interpretation, context);
        if (parts.Count == 0)
            throw new ArgumentException("No image was read.", nameof(interpretation));
        byte[] page = StudyReportPage.Render(interpretation, parts, context);
        string conclusion = SafeText.Plain(InterpretationWording.Conclusion(interpretation), 100_000);
        List<string> problems = [];
        List<WrittenResource> resources =
        [
            new("DiagnosticReport", context.ReportId, ReportWriter.Write(DiagnosticReport.DiagnosticReportStatus.Partial, interpretation.StudyUid, interpretation.StudyStarted, conclusion, parts, page, context)),
        ];
        foreach (ImagePart part in parts)
        {
            for (int i = 0; i < part.ObservationIds.Count; i++)
                resources.Add(new("Observation", part.ObservationIds[i], FhirJson.ToUtf8(FindingWriter.Compose(interpretation, part, i, context))));
        }
        resources.AddRange(parts.Select(p => new WrittenResource("Media", p.MediaId, MediaWriter.Write(interpretation, p, context))));
        resources.AddRange(parts.Select(p => new WrittenResource("Binary", p.BinaryId, MediaWriter.WriteBinary(p, context))));
        foreach (ImagePart part in parts)
        {
            if (part.RiskAssessmentId is { } risk)
                resources.Add(new("RiskAssessment", risk, ImageRiskWriter.Write(interpretation, part, context, problems)));
        }
        string provenance = context.NewId();
        string[] targets = [.. resources.Select((r, i) => $"{ReportReferences.FullUrl(r.Type, r.Id, context)}/_history/{(i == 0 ? context.ReportVersion : 1)}")];
        resources.Add(new("Provenance", provenance, FhirJson.ToUtf8(ReportProvenanceWriter.Compose(provenance, interpretation, parts, targets, context))));
        problems.AddRange(InterpretationRules.Check(resources, context));
        return problems.Count == 0
            ? new WrittenInterpretation(resources, ReportBundle.Write(resources, context.PublicBase, context.Created), [])
            : new WrittenInterpretation([], ReadOnlyMemory<byte>.Empty, problems);
    }

    /// <summary>Writes the report that stands for a reading that has begun: status registered, nothing known yet.</summary>
    /// <returns>UTF-8 JSON of a DiagnosticReport.</returns>
    public static ReadOnlyMemory<byte> WriteRegistered(ModelManifest manifest, ModelIdentity model, string studyUid, ReportContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ReportWriter.Write(DiagnosticReport.DiagnosticReportStatus.Registered, studyUid, null, null, [], StudyReportPage.RenderRegistered(manifest, model, studyUid, context), context);
    }

    /// <summary>Writes the report on a study of which nothing could be read: status cancelled, the conclusion lists why.</summary>
    /// <returns>UTF-8 JSON of a DiagnosticReport.</returns>
    public static ReadOnlyMemory<byte> WriteCancelled(StudyInterpretation interpretation, ReportContext context)
    {
        ArgumentNullException.ThrowIfNull(interpretation);
        ArgumentNullException.ThrowIfNull(context);
        if (interpretation.Images.Any(i => i.Read is not null))
            throw new ArgumentException("An image was read.", nameof(interpretation));
        string conclusion = SafeText.Plain(InterpretationWording.Conclusion(interpretation), 100_000);
        byte[] page = StudyReportPage.Render(interpretation, [], context);
        return ReportWriter.Write(DiagnosticReport.DiagnosticReportStatus.Cancelled, interpretation.StudyUid, interpretation.StudyStarted, conclusion, [], page, context);
    }
}
