using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Everything that the report and the card of chest-xray-pneumonia say in numbers, computed from the shipped file: <c>evaluation.json</c>.</summary>
internal sealed record ChestFigures
{
    public required string SchemaVersion { get; init; }

    public required string Model { get; init; }

    public required string Version { get; init; }

    /// <summary>SHA-256 of the model file that was measured.</summary>
    public required string ModelSha256 { get; init; }

    public required ChestDataFigures Data { get; init; }

    public required ChestFoldFigures Validation { get; init; }

    /// <summary>The 624 official test films.</summary>
    public required ChestFoldFigures Test { get; init; }

    public required RefusalFigures Refusal { get; init; }

    /// <summary>The official split of PneumoniaMNIST with networks of its own.</summary>
    public required MnistFigures PneumoniaMnist { get; init; }

    public required CostFigures Cost { get; init; }

    /// <summary>Areas below are means over seeds; each stands beside its bar.</summary>
    public required IReadOnlyList<BarFigure> Bars { get; init; }
}

internal sealed record ChestDataFigures(string ArchiveSha256, IReadOnlyList<FoldCount> Folds, IReadOnlyList<NumberCheck> NumberChecks);

internal sealed record FoldCount(string Fold, int Films, int Normal, int Bacterial, int Viral, int Numbers);

/// <summary>One fact about the numbers in the films' names.</summary>
internal sealed record NumberCheck(string Fact, double Value);

internal sealed record ChestFoldFigures
{
    public required int Films { get; init; }

    public required double Prevalence { get; init; }

    public required Interval Auroc { get; init; }

    public required Interval AveragePrecision { get; init; }

    public required OperatingFigures AtThreshold { get; init; }

    public required SpreadFigures SeedAuroc { get; init; }

    public required SpreadFigures SeedAccuracy { get; init; }

    public required SpreadFigures SeedSensitivity { get; init; }

    public required SpreadFigures SeedSpecificity { get; init; }

    public required ReliabilityFigures Before { get; init; }

    public required ReliabilityFigures After { get; init; }

    /// <summary>Bacterial against viral among films with pneumonia; of the networks' second output where the package has it.</summary>
    public double? KindAuroc { get; init; }

    /// <summary>Share at or above the threshold by series of the films.</summary>
    public required IReadOnlyList<SeriesFigure> Series { get; init; }

    public required IReadOnlyList<CurvePoint> Roc { get; init; }
}

internal sealed record OperatingFigures(double Threshold, Interval Accuracy, Interval Sensitivity, Interval Specificity, double Ppv, double Npv);

/// <summary>One value per seed, with mean, lowest and highest.</summary>
internal sealed record SpreadFigures(double Mean, double Low, double High, IReadOnlyList<double> Seeds)
{
    public static SpreadFigures Of(IReadOnlyList<double> seeds) => new(seeds.Average(), seeds.Min(), seeds.Max(), seeds);
}

internal sealed record ReliabilityFigures(double EqualCountError, double EqualWidthError, double Brier, IReadOnlyList<CalibrationBin> Bins);

internal sealed record SeriesFigure(string Series, int Films, double ShareAlerted, double MeanProbability);

internal sealed record CurvePoint(double X, double Y);

/// <summary>Share of pictures refused by the out-of-distribution score.</summary>
internal sealed record RefusalFigures(double Threshold, double Validation, double Test, IReadOnlyList<RefusalFigure> MedNist);

internal sealed record RefusalFigure(string Kind, int Pictures, double Refused, double MedianScore);

internal sealed record MnistFigures(int Validation, int Test, SpreadFigures SeedAuroc, SpreadFigures SeedAccuracy, double EnsembleAuroc, double EnsembleAccuracy, double Threshold, string ModelSha256);

internal sealed record CostFigures(double OneImageMilliseconds, long ModelBytes);

internal sealed record BarFigure(string Bar, double Asked, double Reached, bool Met);
