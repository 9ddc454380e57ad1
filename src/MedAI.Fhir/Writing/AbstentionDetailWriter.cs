using System.Text.Json;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing;

/// <summary>Writes the stored detail of an abstention: its reasons and the quality of the data behind them.</summary>
public static class AbstentionDetailWriter
{
    /// <returns>UTF-8 JSON of an <see cref="AbstentionDetail"/>.</returns>
    public static byte[] Write(Abstention abstention, ResultContext context) =>
        JsonSerializer.SerializeToUtf8Bytes(Compose(abstention, context), ResultDetailJson.Default.AbstentionDetail);

    public static AbstentionDetail Compose(Abstention abstention, ResultContext context) => new()
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
    };
}
