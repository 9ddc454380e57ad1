namespace MedAI.Training.Evaluation.Metrics;

/// <summary>A measure with the middle 95 % of its values over resampled cases.</summary>
public sealed record Interval(double Value, double Low, double High);
