using System.Text.Json;
using System.Text.Json.Serialization;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Interpretations;

/// <summary>What is kept beside a report: its parts in the order of the bundle, and what a card says.</summary>
public sealed record InterpretationDetail
{
    /// <summary>The report and everything made with it, as [type]/[id].</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>Images that were read.</summary>
    public int ImagesRead { get; init; }

    /// <summary>Images, or series as a whole, that were not.</summary>
    public int ImagesRefused { get; init; }

    /// <summary>The highest main estimate; null when no image was read.</summary>
    public ImageEstimate? Highest { get; init; }

    /// <summary>Why images were not read, in words, each once.</summary>
    public IReadOnlyList<RefusalDetail> Refusals { get; init; } = [];

    public static InterpretationDetail Of(StudyInterpretation interpretation, IReadOnlyList<string> parts) => new()
    {
        Parts = parts,
        ImagesRead = interpretation.Images.Count(i => i.Read is not null),
        ImagesRefused = interpretation.Images.Count(i => i.Read is null),
        Highest = interpretation.Images.Select(i => i.Read?.Prediction.Estimates[0]).OfType<Estimate>().MaxBy(e => e.Value.Value) is { } highest
            ? new ImageEstimate(highest.OutcomeText, highest.Value.Value, highest.Interval?.Low.Value, highest.Interval?.High.Value, highest.Threshold?.Id, highest.Band?.Display)
            : null,
        Refusals = [.. ImageRefusals.Of(interpretation.Images).DistinctBy(r => (r.Code, r.Text))],
    };

    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, InterpretationJson.Default.InterpretationDetail);

    public static InterpretationDetail Read(ReadOnlyMemory<byte> utf8) =>
        JsonSerializer.Deserialize(utf8.Span, InterpretationJson.Default.InterpretationDetail) ?? throw new InvalidDataException("The stored detail is empty.");
}

/// <param name="Probability">0 to 1.</param>
/// <param name="Threshold">Id of the highest threshold reached; null below the lowest.</param>
public sealed record ImageEstimate(string OutcomeText, double Probability, double? Low, double? High, string? Threshold, string? Band);

/// <param name="Code">Stable code of an abstention's reason or of a source's failure.</param>
/// <param name="Text">A sentence without patient data.</param>
public sealed record RefusalDetail(string Code, string Text);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InterpretationDetail))]
internal sealed partial class InterpretationJson : JsonSerializerContext;
