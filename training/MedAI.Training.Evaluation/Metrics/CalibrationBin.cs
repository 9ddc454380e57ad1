namespace MedAI.Training.Evaluation.Metrics;

/// <summary>One group of cases in a reliability diagram: how many, the mean of what was predicted, the share that had the outcome.</summary>
public sealed record CalibrationBin(int Count, double MeanPredicted, double ObservedRate);
