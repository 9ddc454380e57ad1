using System.Text.Json;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing;

/// <summary>Writes the stored detail of an abstention: its reasons, the quality of the data behind them, and which data those were.</summary>
public static class AbstentionDetailWriter
{
    /// <returns>UTF-8 JSON.</returns>
    public static byte[] ToUtf8(AbstentionDetail detail) => JsonSerializer.SerializeToUtf8Bytes(detail, ResultDetailJson.Default.AbstentionDetail);

    public static AbstentionDetail Compose(Abstention abstention, PatientTimeline timeline, ResultContext context) => new()
    {
        Created = context.Created,
        Trigger = context.Trigger,
        DemoClock = context.DemoClock,
        Subject = context.SubjectReference,
        Encounter = context.EncounterReference,
        AsOf = abstention.AsOf,
        Model = abstention.Model,
        Reasons = [.. abstention.Reasons.Select(r => new AbstentionReasonDetail(r.Code, r.Text, r.Missing))],
        Quality = abstention.Quality is { } quality ? DetailParts.Quality(quality, used: true) : null,
        Inputs = DetailParts.Inputs(timeline, context),
    };
}
