using System.Collections.Frozen;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>What became of one request to a model: a prediction, a reasoned abstention, or an error of ours. Closed.</summary>
public abstract record Outcome
{
    private protected Outcome()
    {
    }
}

/// <summary>Which model produced an outcome.</summary>
/// <param name="Hash">SHA-256 of model.onnx, lower-case hex.</param>
public sealed record ModelIdentity(string Id, string Version, string Hash);

/// <summary>One estimate: what, until when, how likely, how sure.</summary>
/// <param name="Interval">Uncertainty of the estimate, where the model gives one.</param>
/// <param name="Band">Qualitative band of the manifest, where one applies.</param>
/// <param name="Threshold">Highest operating threshold reached; null when below the lowest.</param>
public sealed record Estimate(ManifestCoding Outcome, string OutcomeText, string Horizon, Probability Value, (Probability Low, Probability High)? Interval,
    ManifestBand? Band, ManifestThreshold? Threshold);

/// <summary>Scores made from data: estimates with their explanation and the quality of the data behind them.</summary>
public sealed record Prediction : Outcome
{
    public required ModelIdentity Model { get; init; }

    /// <summary>At least one; the first is the main one.</summary>
    public required IReadOnlyList<Estimate> Estimates { get; init; }

    public required Explanation Explanation { get; init; }

    /// <summary>Pictures and the like that belong to the explanation; empty for sequence models.</summary>
    public IReadOnlyList<Artefact> Artefacts { get; init; } = [];

    public required DataQualityReport Quality { get; init; }

    public required DateTimeOffset AsOf { get; init; }

    /// <summary>Where the model's time begins; as-of for a model without a time axis.</summary>
    public required DateTimeOffset TimeZero { get; init; }

    /// <summary>SHA-256 of the encoded input tensors (row 0), lower-case hex: one part of the idempotency key.</summary>
    public required string InputHash { get; init; }
}

/// <summary>A file that explains a prediction, for instance a heatmap.</summary>
/// <param name="Shape">Sizes of an array of numbers, row-major; null for anything else.</param>
public sealed record Artefact(string Kind, string ContentType, ReadOnlyMemory<byte> Bytes, IReadOnlyList<int>? Shape = null)
{
    /// <summary>Class-activation map of the main outcome over the cropped image: float32 little-endian [rows, columns], any sign; what speaks for the outcome is positive.</summary>
    public const string ActivationMap = "class-activation-map";
}

/// <summary>The model must not or cannot say anything about this patient now, and why. About the data or the patient, never about us.</summary>
public sealed record Abstention : Outcome
{
    public required ModelIdentity Model { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<AbstentionReason> Reasons { get; init; }

    public required DataQualityReport? Quality { get; init; }

    public required DateTimeOffset AsOf { get; init; }

    /// <summary>True when the patient and setting are the model's own and only data is missing: the clinician can act on it.</summary>
    public bool EligibleButTooLittleData => Reasons.All(r => r.Kind is AbstentionKind.NotEnoughData or AbstentionKind.StaleData);
}

/// <summary>Closed list of reasons, each a stable code.</summary>
public enum AbstentionKind
{
    NotEnoughData,
    StaleData,
    TimeZeroUnknown,
    OutsideWindow,
    EncounterEnded,
    Deceased,
    AgeOutsidePopulation,
    AgeUnknown,
    SexOutsidePopulation,
    OutsideSetting,
    WrongBodyPart,
    WrongModality,
    OutOfDistribution,
    UnreadableInput,
    WrongView,
    ImageTooSmall,
    ImageTooLarge,
    NoPixelData,
    PixelDataMismatch,
    CompressedPixelData,
    ColourImage,
    PaletteImage,
    MultiFrameImage,
    OneBitImage,
    FloatPixelData,
    UnsupportedPixelFormat,
}

/// <param name="Kind">Coded reason.</param>
/// <param name="Text">A sentence for the clinician that names the rule or the missing datum; holds no patient identity.</param>
/// <param name="Missing">Titles of what is missing, for NotEnoughData.</param>
public sealed record AbstentionReason(AbstentionKind Kind, string Text, IReadOnlyList<string>? Missing = null)
{
    private static readonly FrozenDictionary<AbstentionKind, string> Codes = Enum.GetValues<AbstentionKind>().ToFrozenDictionary(kind => kind, CodeOf);

    /// <summary>kebab-case code of <see cref="Kind"/>, used in audit and OperationOutcome.</summary>
    public string Code => Codes[Kind];

    private static string CodeOf(AbstentionKind kind) =>
        string.Concat(kind.ToString().Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "-") + char.ToLowerInvariant(c) : c.ToString()));
}

/// <summary>It is our fault: no score, and the caller is told to come back or that something broke.</summary>
/// <param name="Kind">Coded cause; exactly one file maps it to an HTTP status.</param>
public sealed record InferenceError(InferenceErrorKind Kind) : Outcome;

public enum InferenceErrorKind
{
    QueueFull,
    DeadlinePassed,
    ModelUnavailable,
    ImplausibleOutput,
    RuntimeFailure,
    Cancelled,
}
