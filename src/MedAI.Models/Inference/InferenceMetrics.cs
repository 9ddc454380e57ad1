using System.Diagnostics.Metrics;
using MedAI.Models.Predictions;

namespace MedAI.Models.Inference;

/// <summary>Counts what went wrong, by model and kind; nothing about patients.</summary>
internal static class InferenceMetrics
{
    public const string MeterName = "MedAI.Models";

    private static readonly Meter s_meter = new(MeterName);
    private static readonly Counter<long> s_errors = s_meter.CreateCounter<long>("medai.inference.errors", "{request}", "Requests that a model could not answer.");

    public static void Count(string model, InferenceErrorKind kind) =>
        s_errors.Add(1, new KeyValuePair<string, object?>("model", model), new KeyValuePair<string, object?>("kind", kind.ToString()));
}
