using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Icu;

/// <summary>What the model achieves on the test fold with data up to one hour.</summary>
internal sealed record LandmarkResult(int Hours, double[] Risks, bool[] Died, Interval Auroc, Interval AveragePrecision, Interval Brier, Interval CalibrationError)
{
    public static LandmarkResult Of(int hours, double[] risks, bool[] died, int seed) => new(
        hours,
        risks,
        died,
        Bootstrap.Of(Discrimination.Auroc, risks, died, seed),
        Bootstrap.Of(Discrimination.AveragePrecision, risks, died, seed),
        Bootstrap.Of(Discrimination.Brier, risks, died, seed),
        Bootstrap.Of((s, o) => Discrimination.ExpectedCalibrationError(s, o), risks, died, seed));
}

/// <summary>Performance in one group of patients at 48 hours, test fold.</summary>
internal sealed record GroupResult(string Group, int Stays, int Deaths, double Auroc, double MeanRisk);

/// <summary>Everything that the report and the model card say about one training run.</summary>
internal sealed record TrainingSummary
{
    public required int Seed { get; init; }

    public required TrainingOptions Options { get; init; }

    public required (int Stays, int Deaths) All { get; init; }

    public required int LeftOut { get; init; }

    public required (int Stays, int Deaths) Fit { get; init; }

    public required (int Stays, int Deaths) Calibration { get; init; }

    public required (int Stays, int Deaths) Test { get; init; }

    public required IReadOnlyList<EpochRecord> Epochs { get; init; }

    public required IReadOnlyList<LandmarkResult> Landmarks { get; init; }

    public required IReadOnlyList<GroupResult> Groups { get; init; }

    public required double MemberAuroc48 { get; init; }

    public required double LargestDifference { get; init; }

    public required int ComparedRows { get; init; }

    public required double BatchMilliseconds { get; init; }

    public required int BatchRows { get; init; }

    public required TimeSpan Duration { get; init; }
}
