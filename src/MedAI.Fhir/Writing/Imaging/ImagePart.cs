using MedAI.Fhir.Interpretations;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>One read image of a report: its place in the study, its pictures, and the ids of the resources that tell of it.</summary>
/// <param name="Number">Place in the study, from 1.</param>
/// <param name="Overlay">PNG of the image with the heatmap over it.</param>
/// <param name="ObservationIds">One per estimate.</param>
/// <param name="RiskAssessmentId">Null where the model declares no risk.</param>
internal sealed record ImagePart(int Number, ImageReading Reading, ReadImage Read, ActivationMap? Map, byte[] Overlay, string MediaId, string BinaryId, IReadOnlyList<string> ObservationIds,
    string? RiskAssessmentId)
{
    public Prediction Prediction => Read.Prediction;

    /// <summary>An estimate of what is, not of what will be, is no risk.</summary>
    public static bool IsRisk(Estimate estimate) => estimate.Horizon != "current";

    /// <summary>The read images of a study, with ids for their resources.</summary>
    public static IReadOnlyList<ImagePart> Of(StudyInterpretation interpretation, ReportContext context)
    {
        List<ImagePart> parts = [];
        for (int i = 0; i < interpretation.Images.Count; i++)
        {
            ImageReading reading = interpretation.Images[i];
            if (reading.Read is not { } read)
                continue;
            var map = ActivationMap.Of(read.Prediction);
            parts.Add(new ImagePart(i + 1, reading, read, map, HeatmapPicture.Overlay(read.Display, map), context.NewId(), context.NewId(),
                [.. read.Prediction.Estimates.Select(_ => context.NewId())], read.Prediction.Estimates.Any(IsRisk) ? context.NewId() : null));
        }
        return parts;
    }
}
