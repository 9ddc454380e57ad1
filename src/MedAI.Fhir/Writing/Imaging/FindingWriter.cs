using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Interpretations;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Writes one estimate about one image as an Observation.</summary>
/// <remarks>
/// The code says that a probability was estimated; the disorder stands in a component, so that no search for the disorder finds a percentage
/// in place of a finding. The value is a percentage. The interval, where the model gives one, stands once, as AIconfidence.
/// </remarks>
internal static class FindingWriter
{
    private const string ObservationCategory = "http://terminology.hl7.org/CodeSystem/observation-category";

    public static Observation Compose(StudyInterpretation interpretation, ImagePart part, int index, ReportContext context)
    {
        Estimate estimate = part.Prediction.Estimates[index];
        var observation = new Observation
        {
            Id = part.ObservationIds[index],
            Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(context.Created), Profile = [MedAIProfiles.ImagingFinding], Security = [AITransparency.Asserted()] },
            Text = Narrative(interpretation, part, estimate),
            Status = ObservationStatus.Preliminary,
            Category = [new CodeableConcept(ObservationCategory, "imaging", "Imaging", null)],
            Code = Code(interpretation.Manifest, estimate, index),
            Subject = ReportReferences.Subject(context),
            Encounter = ReportReferences.Encounter(context),
            Issued = FhirTime.Truncate(context.Created),
            Value = RiskAssessmentWriter.Percent(estimate.Value),
            BodySite = BodySites.Of(interpretation.Manifest),
            Method = ModelReferences.Method(interpretation.Manifest, interpretation.Model),
            Device = ModelReferences.Device(interpretation.Manifest, interpretation.Model, context.PublicBase),
            DerivedFrom = [ReportReferences.Study(interpretation.StudyUid, context), ReportReferences.Part("Media", part.MediaId)],
            Component = [Disorder(estimate)],
            Note = Notes(interpretation, part, estimate, context),
        };
        if (interpretation.StudyStarted is { } started)
            observation.Effective = new FhirDateTime(FhirTime.Format(started));
        if (estimate.Band is { } band)
            observation.Interpretation = [new CodeableConcept(RiskAssessmentWriter.RiskProbability, band.Code, band.Display, null)];
        if (estimate.Interval is { } interval)
            observation.AddExtension(AITransparency.ConfidenceExtension, RiskAssessmentWriter.Percent(interval));
        return observation;
    }

    /// <summary>Code of an estimate in <see cref="CanonicalUrls.Estimates"/>: the model's id, and the finding's where it is not the main outcome.</summary>
    public static string CodeOf(ModelManifest manifest, int index) => index == 0 || index > manifest.Findings.Count ? manifest.Id : $"{manifest.Id}.{manifest.Findings[index - 1].Id}";

    private static CodeableConcept Code(ModelManifest manifest, Estimate estimate, int index)
    {
        string text = $"AI-estimated probability of {SafeText.Plain(estimate.OutcomeText)}";
        return new CodeableConcept(CanonicalUrls.Estimates, CodeOf(manifest, index), text, text);
    }

    private static Observation.ComponentComponent Disorder(Estimate estimate) => new()
    {
        Code = new CodeableConcept(CanonicalUrls.Estimates, "disorder", "What the probability is about", null),
        Value = new CodeableConcept(estimate.Outcome.System, estimate.Outcome.Code, estimate.Outcome.Display, null),
    };

    private static List<Annotation> Notes(StudyInterpretation interpretation, ImagePart part, Estimate estimate, ReportContext context)
    {
        List<string> texts = [InterpretationWording.Unverified];
        if (context.DemoClock)
            texts.Add(ResultWording.DemoClock);
        texts.AddRange(part.Prediction.Quality.Remarks.Select(ImageRemarkWords.Of));
        if (estimate.Interval is not null)
            texts.Add(InterpretationWording.IntervalMeaning);
        texts.Add(InterpretationWording.LowIsNotAbsent);
        texts.Add($"{interpretation.Manifest.TrainingStatement} {interpretation.Manifest.Service.Caution}");
        string time = FhirTime.Format(context.Created);
        return texts.ConvertAll(text => new Annotation { Time = time, Text = new Markdown(SafeText.Markdown(text, 8000)) });
    }

    private static Narrative Narrative(StudyInterpretation interpretation, ImagePart part, Estimate estimate)
    {
        string label = InterpretationWording.Label(part.Reading, part.Number - 1);
        return ReportNarrative.Of(InterpretationWording.Unverified, $"{label}: {InterpretationWording.EstimateSentence(estimate)}", $"By {interpretation.Manifest.Title} {interpretation.Model.Version}.");
    }
}
