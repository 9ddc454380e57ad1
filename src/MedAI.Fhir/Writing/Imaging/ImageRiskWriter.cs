using Hl7.Fhir.Model;
using MedAI.Fhir.Interpretations;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Writes what an image says about the future as a RiskAssessment, for a model that declares a risk.</summary>
internal static class ImageRiskWriter
{
    /// <param name="problems">Gets the rules that it breaks.</param>
    public static ReadOnlyMemory<byte> Write(StudyInterpretation interpretation, ImagePart part, ReportContext context, List<string> problems)
    {
        Prediction risks = part.Prediction with { Estimates = [.. part.Prediction.Estimates.Where(ImagePart.IsRisk)] };
        List<ResourceReference> basis = [ReportReferences.Study(interpretation.StudyUid, context), ReportReferences.Part("Media", $"{part.MediaId}/_history/1")];
        basis.AddRange(part.ObservationIds.Select(id => ReportReferences.Part("Observation", $"{id}/_history/1")));
        List<Annotation> notes = [Note(InterpretationWording.Unverified), Note($"{interpretation.Manifest.TrainingStatement} {interpretation.Manifest.Service.Caution}")];
        var result = new ResultContext
        {
            PublicBase = context.PublicBase,
            Patient = context.Patient,
            SubjectReference = context.SubjectReference,
            EncounterReference = context.EncounterReference,
            Created = context.Created,
            RiskAssessmentId = part.RiskAssessmentId!,
            ProvenanceId = "",
            Trigger = context.Trigger,
            DemoClock = context.DemoClock,
        };
        WrittenRiskAssessment written = RiskAssessmentWriter.Write(risks, interpretation.Manifest, basis.ConvertAll(BasisEntry.Of), notes, result);
        problems.AddRange(written.Problems.Select(p => $"RiskAssessment.{p}"));
        return written.Json;

        Annotation Note(string text) => new() { Time = FhirTime.Format(context.Created), Text = new Markdown(SafeText.Markdown(text, 8000)) };
    }
}
