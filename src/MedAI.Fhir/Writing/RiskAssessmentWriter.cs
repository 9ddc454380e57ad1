using System.Globalization;
using System.Xml;
using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing;

/// <summary>Writes a prediction as an R4 RiskAssessment.</summary>
/// <remarks>
/// Status is <c>final</c>: the estimate is complete and will not change; whether a clinician agrees is another statement. The
/// probability is a percentage (R4 allows 0..100, ras-2) and all its decimals are kept. An interval goes into the AIconfidence
/// extension, because probabilityRange would be a second choice of the same element. There is no relativeRisk, which R4 relates to
/// the population in general; the cohort's base rate stands in the rationale. Nothing is contained, because contained resources
/// must not carry the AI label (dom-5).
/// </remarks>
public static class RiskAssessmentWriter
{
    /// <summary>Code system of qualitative bands.</summary>
    internal const string RiskProbability = "http://terminology.hl7.org/CodeSystem/risk-probability";

    private const string Ucum = "http://unitsofmeasure.org";

    /// <summary>Composes, checks and serialises.</summary>
    public static WrittenRiskAssessment Write(Prediction prediction, ModelManifest manifest, PatientTimeline timeline, ResultContext context)
    {
        RiskAssessment frame = Frame(prediction, manifest, context);
        frame.Note = Notes(prediction, manifest, context);
        return Finish(frame, InputReferences.Entries(timeline, context));
    }

    /// <summary>Writes a risk that was not estimated from a timeline.</summary>
    /// <param name="basis">What it rests on.</param>
    /// <param name="notes">What is to be noted, as markdown.</param>
    internal static WrittenRiskAssessment Write(Prediction prediction, ModelManifest manifest, List<BasisEntry> basis, List<Annotation> notes, ResultContext context)
    {
        RiskAssessment frame = Frame(prediction, manifest, context);
        frame.Note = notes;
        return Finish(frame, basis);
    }

    private static WrittenRiskAssessment Finish(RiskAssessment frame, List<BasisEntry> basis)
    {
        IReadOnlyList<string> problems = RiskAssessmentRules.Check(frame, basis);
        return new WrittenRiskAssessment(problems.Count == 0 ? RiskAssessmentJson.ToUtf8(frame, basis) : ReadOnlyMemory<byte>.Empty, problems);
    }

    /// <summary>Composes the resource without checking it.</summary>
    public static RiskAssessment Compose(Prediction prediction, ModelManifest manifest, PatientTimeline timeline, ResultContext context)
    {
        RiskAssessment resource = Frame(prediction, manifest, context);
        resource.Note = Notes(prediction, manifest, context);
        resource.Basis = InputReferences.Basis(timeline, context);
        return resource;
    }

    /// <summary>Everything but basis and notes.</summary>
    private static RiskAssessment Frame(Prediction prediction, ModelManifest manifest, ResultContext context)
    {
        ManifestCoding method = manifest.Service.Method;
        var resource = new RiskAssessment
        {
            Id = context.RiskAssessmentId,
            Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(context.Created), Profile = [MedAIProfiles.RiskAssessment], Security = [AITransparency.Asserted()] },
            Text = Narrative(prediction, manifest, context),
            Status = ObservationStatus.Final,
            Code = new CodeableConcept(method.System, method.Code, method.Display, null),
            Method = ModelReferences.Method(manifest, prediction.Model),
            Subject = InputReferences.Of(new SourceReference(context.SubjectReference), context),
            Occurrence = new FhirDateTime(FhirTime.Format(prediction.AsOf)),
            Performer = ModelReferences.Device(manifest, prediction.Model, context.PublicBase),
        };
        if (context.IdempotencyKey.Length > 0)
            resource.Identifier = [new Identifier(CanonicalUrls.ResultIdentifier, context.IdempotencyKey)];
        if (context.EncounterReference is { } encounter)
            resource.Encounter = InputReferences.Of(new SourceReference(encounter), context);
        for (int i = 0; i < prediction.Estimates.Count; i++)
        {
            RiskAssessment.PredictionComponent component = Component(prediction.Estimates[i], prediction.AsOf);
            if (i == 0)
                component.Rationale = SafeText.Plain(ResultWording.Rationale(prediction, manifest), 8000);
            resource.Prediction.Add(component);
        }
        return resource;
    }

    private static RiskAssessment.PredictionComponent Component(Estimate estimate, DateTimeOffset asOf)
    {
        var component = new RiskAssessment.PredictionComponent
        {
            Outcome = new CodeableConcept(estimate.Outcome.System, estimate.Outcome.Code, estimate.Outcome.Display, estimate.OutcomeText),
            Probability = new FhirDecimal(estimate.Value.ToPercent()),
            When = new Period { Start = FhirTime.Format(asOf), End = HorizonEnd(estimate.Horizon, asOf) },
        };
        if (estimate.Band is { } band)
            component.QualitativeRisk = new CodeableConcept(RiskProbability, band.Code, band.Display, null);
        if (estimate.Interval is { } interval)
            component.AddExtension(AITransparency.ConfidenceExtension, Percent(interval));
        return component;
    }

    /// <summary>An interval in percent.</summary>
    internal static Hl7.Fhir.Model.Range Percent((Probability Low, Probability High) interval) => new() { Low = Percent(interval.Low), High = Percent(interval.High) };

    /// <summary>A probability in percent, with all its decimals.</summary>
    internal static Quantity Percent(Probability probability) => new() { Value = probability.ToPercent(), Unit = "%", System = Ucum, Code = "%" };

    /// <summary>Null for a horizon that ends with the stay: nobody knows when that is.</summary>
    private static string? HorizonEnd(string horizon, DateTimeOffset asOf) => horizon == "encounter" ? null : FhirTime.Format(asOf + XmlConvert.ToTimeSpan(horizon));

    private static List<Annotation> Notes(Prediction prediction, ModelManifest manifest, ResultContext context)
    {
        string time = FhirTime.Format(context.Created);
        var notes = new List<Annotation>(3);
        if (context.DemoClock)
            notes.Add(Note(ResultWording.DemoClock));
        notes.Add(Note($"{ResultWording.Window(prediction.TimeZero, prediction.AsOf, prediction.Quality.NewestInput)}. {ResultWording.Data(prediction.Quality)}"));
        notes.Add(Note($"{manifest.TrainingStatement} {manifest.Service.Caution}"));
        return notes;

        // Annotation.text is markdown, and titles are not: escaping keeps a package's text from becoming markup.
        Annotation Note(string text) => new() { Time = time, Text = new Markdown(SafeText.Markdown(text, 8000)) };
    }

    private static Narrative Narrative(Prediction prediction, ModelManifest manifest, ResultContext context)
    {
        Estimate main = prediction.Estimates[0];
        string demo = context.DemoClock ? $"<p><b>{SafeText.Narrative(ResultWording.DemoClock)}</b></p>" : "";
        string div = string.Create(CultureInfo.InvariantCulture,
            $"<div xmlns=\"http://www.w3.org/1999/xhtml\">{demo}<p>Estimated probability of {SafeText.Narrative(main.OutcomeText)}: <b>{ResultWording.Percent(main.Value.Value)}</b> as of {ResultWording.Time(prediction.AsOf, prediction.AsOf.Offset)}, by {SafeText.Narrative(manifest.Title)} {SafeText.Narrative(prediction.Model.Version)}.</p><p>{SafeText.Narrative(manifest.Service.Caution, 2000)}</p></div>");
        return new Narrative(div) { Status = Hl7.Fhir.Model.Narrative.NarrativeStatus.Generated };
    }
}
