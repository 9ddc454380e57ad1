using System.Text.Json;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing;

/// <summary>Writes the stored detail of a prediction: estimates, contributions, data quality, trends, window and model.</summary>
public static class ResultDetailWriter
{
    /// <returns>UTF-8 JSON of a <see cref="ResultDetail"/>.</returns>
    public static byte[] Write(Prediction prediction, ModelManifest manifest, PatientTimeline timeline, ResultContext context) =>
        JsonSerializer.SerializeToUtf8Bytes(Compose(prediction, manifest, timeline, context), ResultDetailJson.Default.ResultDetail);

    public static ResultDetail Compose(Prediction prediction, ModelManifest manifest, PatientTimeline timeline, ResultContext context) => new()
    {
        ResultId = context.RiskAssessmentId,
        Created = context.Created,
        Trigger = context.Trigger,
        DemoClock = context.DemoClock,
        Subject = context.SubjectReference,
        Encounter = context.EncounterReference,
        Window = new WindowDetail(prediction.TimeZero, prediction.AsOf, prediction.Quality.OldestInput, prediction.Quality.NewestInput),
        Model = DetailParts.Model(manifest, prediction.Model),
        Estimates = [.. prediction.Estimates.Select(DetailParts.Estimate)],
        Explanation = new ExplanationDetail(prediction.Explanation.Method, manifest.Explanation.Top,
            [.. prediction.Explanation.Contributions.Select(c => Contribution(c, context))]),
        Quality = DetailParts.Quality(prediction.Quality),
        Trends = Trends(manifest, timeline, prediction.TimeZero),
    };

    private static ContributionDetail Contribution(Contribution contribution, ResultContext context)
    {
        var sources = new string[contribution.Sources.Count];
        for (int i = 0; i < sources.Length; i++)
            sources[i] = InputReferences.Absolute(contribution.Sources[i], context);
        return new ContributionDetail(contribution.Id, contribution.Title, DetailParts.KindCode(contribution.Kind), contribution.LogOdds,
            contribution.Newest?.Value, contribution.Newest?.Unit, contribution.Newest?.Effective, sources);
    }

    private static List<TrendDetail> Trends(ModelManifest manifest, PatientTimeline timeline, DateTimeOffset timeZero)
    {
        var trends = new List<TrendDetail>(manifest.Service.TrendVariables.Count);
        foreach (string id in manifest.Service.TrendVariables)
        {
            if (timeline.Variables.Find(id) is not { } variable)
                continue;
            ReadOnlySpan<Measurement> measurements = timeline.InWindow(variable);
            if (measurements.IsEmpty)
                continue;
            var points = new TrendPoint[measurements.Length];
            for (int i = 0; i < points.Length; i++)
                points[i] = new TrendPoint(Math.Round((measurements[i].Effective - timeZero).TotalHours, 4), measurements[i].Value);
            trends.Add(new TrendDetail(variable.Id, variable.Title, variable.Unit, points));
        }
        return trends;
    }
}
