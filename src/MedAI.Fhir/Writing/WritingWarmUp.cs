using MedAI.Fhir.Access;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing;

/// <summary>Writes one made-up result of a model before the server is ready, so that no clinician waits for Firely's type maps and the compiler.</summary>
public static class WritingWarmUp
{
    private static readonly DateTimeOffset AsOf = DateTimeOffset.UnixEpoch.AddHours(24);

    /// <summary>Runs every writer once and drops what they wrote.</summary>
    /// <returns>Problems of the made-up result: a manifest that cannot be written, found before the first patient.</returns>
    public static IReadOnlyList<string> Run(ModelManifest manifest, ModelIdentity model, VariableTable variables)
    {
        var context = new ResultContext
        {
            PublicBase = "http://localhost/fhir",
            Patient = new PatientKey("default", "http://localhost/fhir", "warm-up"),
            SubjectReference = "Patient/warm-up",
            EncounterReference = "Encounter/warm-up",
            Created = AsOf,
            RiskAssessmentId = "warm-up",
            ProvenanceId = "warm-up",
            Trigger = "warm-up",
            IdempotencyKey = "warm-up",
        };
        var source = new SourceReference("Encounter/warm-up", "1");
        PatientTimeline timeline = new PatientTimelineBuilder(variables, AsOf)
        {
            Stay = new CareStay(AsOf.AddHours(-24), null, IcuType.Medical, false, source),
        }.Build();
        Prediction prediction = MadeUp(manifest, model, timeline, source);
        WrittenRiskAssessment written = RiskAssessmentWriter.Write(prediction, manifest, timeline, context);
        _ = ProvenanceWriter.Write(prediction, manifest, context);
        byte[] detail = ResultDetailWriter.Write(prediction, manifest, timeline, context);
        _ = ResultPage.Render(detail);
        var abstention = new Abstention
        {
            Model = model,
            Reasons = [new AbstentionReason(AbstentionKind.NotEnoughData, "warm-up", [])],
            Quality = timeline.Quality,
            AsOf = AsOf,
        };
        _ = AbstentionDetailWriter.ToUtf8(AbstentionDetailWriter.Compose(abstention, timeline, context));
        return written.Problems;
    }

    private static Prediction MadeUp(ModelManifest manifest, ModelIdentity model, PatientTimeline timeline, SourceReference source)
    {
        var risk = new Probability(0.125);
        return new Prediction
        {
            Model = model,
            Estimates = [new Estimate(manifest.Outcome.Coding, manifest.Outcome.Text, manifest.Outcome.Horizon, risk, null, manifest.Bands.Count > 0 ? manifest.Bands[0] : null, null)],
            Explanation = new Explanation(manifest.Explanation.Method,
                [new Contribution("warm-up", "warm-up", ContributionKind.Measurement, 0.5, new ContributionValue(1, "1", AsOf), [source])]),
            Quality = timeline.Quality,
            AsOf = AsOf,
            TimeZero = AsOf.AddHours(-24),
            InputHash = "",
        };
    }
}
