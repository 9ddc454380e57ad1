namespace MedAI.Training.Evaluation.Metrics;

/// <summary>What happens at a threshold: share of cases alerted, share of events found, share of alerts that were events.</summary>
/// <remarks>An alert is a score at or above the threshold. Without events the sensitivity is NaN, without alerts the positive predictive value.</remarks>
public sealed record ThresholdPerformance(double Threshold, double AlertRate, double Sensitivity, double Ppv)
{
    /// <summary>The smaller of sensitivity and positive predictive value; 0 where nothing is alerted.</summary>
    public double Minimum => AlertRate == 0 ? 0 : Math.Min(Sensitivity, Ppv);
}
