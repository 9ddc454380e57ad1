using System.Text.Json.Serialization;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing;

/// <summary>Everything about a result that the RiskAssessment has no place for, as stored beside it. The result page is drawn from it alone.</summary>
/// <remarks>JSON made by a source generator. Model texts are kept with the result: a page of last year must not change when a package does.</remarks>
public sealed record ResultDetail
{
    /// <summary>Version of this format.</summary>
    public int Format { get; init; } = 1;

    public required string ResultId { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>cds-hooks:patient-view, operation:assess-risk.</summary>
    public required string Trigger { get; init; }

    public bool DemoClock { get; init; }

    public required string Subject { get; init; }

    public string? Encounter { get; init; }

    public required WindowDetail Window { get; init; }

    public required ModelDetail Model { get; init; }

    public required IReadOnlyList<EstimateDetail> Estimates { get; init; }

    public required ExplanationDetail Explanation { get; init; }

    public required QualityDetail Quality { get; init; }

    public required IReadOnlyList<TrendDetail> Trends { get; init; }

    /// <summary>What went in, where no resource was stored whose basis says it; else null.</summary>
    public IReadOnlyList<InputDetail>? Inputs { get; init; }
}

/// <param name="Reference">Reference with its version where it is known, a urn, or the place in the request.</param>
/// <param name="Sha256">Hash of what was read, where there is no version.</param>
public sealed record InputDetail(string? Reference, string? Sha256);

/// <summary>Why a model said nothing, as stored for audit.</summary>
/// <remarks>Abstentions are many and no page is drawn of them: the model's own texts are found by its hash, and variables without a value are left out.</remarks>
public sealed record AbstentionDetail
{
    public int Format { get; init; } = 2;

    public required DateTimeOffset Created { get; init; }

    public required string Trigger { get; init; }

    public bool DemoClock { get; init; }

    public required string Subject { get; init; }

    public string? Encounter { get; init; }

    public required DateTimeOffset AsOf { get; init; }

    public required ModelIdentity Model { get; init; }

    public required IReadOnlyList<AbstentionReasonDetail> Reasons { get; init; }

    /// <summary>Null where the data were not looked at.</summary>
    public QualityDetail? Quality { get; init; }

    /// <summary>What was looked at; null where that was nothing.</summary>
    public IReadOnlyList<InputDetail>? Inputs { get; init; }
}

/// <param name="Missing">Titles of what is missing; null for other reasons.</param>
public sealed record AbstentionReasonDetail(string Code, string Text, IReadOnlyList<string>? Missing);

/// <param name="NewestInput">Effective time of the newest value used.</param>
public sealed record WindowDetail(DateTimeOffset TimeZero, DateTimeOffset AsOf, DateTimeOffset? OldestInput, DateTimeOffset? NewestInput);

/// <summary>The model as it was when the result was made.</summary>
public sealed record ModelDetail
{
    public required string Id { get; init; }

    public required string Version { get; init; }

    /// <summary>SHA-256 of model.onnx.</summary>
    public required string Hash { get; init; }

    public required string Title { get; init; }

    public required string Publisher { get; init; }

    public required string Licence { get; init; }

    public required string IntendedUse { get; init; }

    public required string TrainingStatement { get; init; }

    public required IReadOnlyList<string> Limitations { get; init; }

    public required string Caution { get; init; }

    /// <summary>0..1.</summary>
    public required double BaseRate { get; init; }

    public required string BaseRateCohort { get; init; }

    public required IReadOnlyList<ThresholdDetail> Thresholds { get; init; }
}

/// <param name="Value">Risk, 0..1.</param>
/// <param name="Indicator">info, warning, critical.</param>
public sealed record ThresholdDetail(string Id, string Title, double Value, string Indicator, double AlertRate, double Ppv, double Sensitivity);

/// <summary>One estimate; probabilities lie in 0..1.</summary>
/// <param name="Threshold">Id of the highest threshold reached; null below the lowest.</param>
public sealed record EstimateDetail(string OutcomeSystem, string OutcomeCode, string OutcomeText, string Horizon, double Probability, double? Low, double? High,
    string? BandCode, string? Band, string? Threshold);

/// <param name="Top">How many contributions are named first.</param>
public sealed record ExplanationDetail(string Method, int Top, IReadOnlyList<ContributionDetail> Contributions);

/// <param name="Kind">measurement, treatment, demographic, missingness.</param>
/// <param name="LogOdds">Calibrated change of log-odds; positive raised the estimate.</param>
/// <param name="Sources">References to what fed it, oldest first, versioned where known.</param>
public sealed record ContributionDetail(string Id, string Title, string Kind, double LogOdds, double? Value, string? Unit, DateTimeOffset? Effective,
    IReadOnlyList<string> Sources);

/// <summary>What was used, converted, rejected, missing and stale.</summary>
public sealed record QualityDetail
{
    public required int Used { get; init; }

    public required int Converted { get; init; }

    public required int NotForThisModel { get; init; }

    public required IReadOnlyList<CountDetail> Flags { get; init; }

    /// <summary>Counts by reason and variable.</summary>
    public required IReadOnlyList<RejectionDetail> Rejected { get; init; }

    public required IReadOnlyList<VariableDetail> Variables { get; init; }

    public required IReadOnlyList<string> Remarks { get; init; }
}

/// <param name="Code">Kebab-case flag.</param>
public sealed record CountDetail(string Code, string Text, int Count);

public sealed record RejectionDetail(string Code, string Text, string? Variable, int Count);

public sealed record VariableDetail(string Id, string Title, int Count, double? NewestAgeHours, bool Stale)
{
    [JsonIgnore]
    public bool Missing => Count == 0;
}

/// <summary>Values of one variable over the window, for a plot.</summary>
/// <param name="Points">In time order.</param>
public sealed record TrendDetail(string Id, string Title, string Unit, IReadOnlyList<TrendPoint> Points);

/// <param name="H">Hours after time zero.</param>
/// <param name="V">Value in the trend's unit.</param>
public readonly record struct TrendPoint(double H, double V);
