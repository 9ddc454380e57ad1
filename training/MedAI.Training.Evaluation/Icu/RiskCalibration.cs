using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Metrics;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>The manifest's calibration, read as the server reads it.</summary>
internal static class RiskCalibration
{
    /// <summary>Calibrated risk: slope and intercept interpolated between landmarks, constant outside.</summary>
    public static double Risk(ManifestCalibration calibration, double logit, double hours)
    {
        var marks = calibration.Landmarks;
        var next = marks.ToList().FindIndex(m => m.Hours >= hours);
        double slope, intercept;
        if (next <= 0)
        {
            var edge = next == 0 ? marks[0] : marks[^1];
            (slope, intercept) = (edge.Slope, edge.Intercept);
        }
        else
        {
            var share = (hours - marks[next - 1].Hours) / (marks[next].Hours - marks[next - 1].Hours);
            slope = marks[next - 1].Slope + (share * (marks[next].Slope - marks[next - 1].Slope));
            intercept = marks[next - 1].Intercept + (share * (marks[next].Intercept - marks[next - 1].Intercept));
        }

        return LogisticCalibration.Sigmoid((slope * logit) + intercept);
    }

    public static double[] Risks(ManifestCalibration calibration, double[] logits, int hour) => Array.ConvertAll(logits, x => Risk(calibration, x, hour));
}
