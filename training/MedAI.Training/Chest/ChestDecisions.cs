using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Chest;

/// <summary>What was decided on validation films when the package was made, and what followed.</summary>
internal sealed record ChestDecisions
{
    public required ManifestLandmark Calibration { get; init; }

    /// <summary>The shipped threshold with what was measured at it on the official test films.</summary>
    public required ThresholdPerformance Threshold { get; init; }

    /// <summary>Out-of-distribution score above which a picture is refused.</summary>
    public required double Refusal { get; init; }

    /// <summary>Bacterial against viral among validation films with pneumonia.</summary>
    public required double KindAuroc { get; init; }

    public required int Fit { get; init; }

    public required int FitPneumonia { get; init; }

    public required int Validation { get; init; }

    /// <summary>Largest difference of a probability between ONNX Runtime and torch.</summary>
    public required double LargestDifference { get; init; }

    /// <summary>Share refused of made-up strangers.</summary>
    public required IReadOnlyList<(string Kind, double Refused)> Synthetic { get; init; }
}
