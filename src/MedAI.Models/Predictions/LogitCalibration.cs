using MedAI.Models.Packages;

namespace MedAI.Models.Predictions;

/// <summary>Turns the model's logit into a risk that was measured to be right at the landmarks of the stay.</summary>
/// <remarks>Risk = sigmoid(slope * logit + intercept). Slope and intercept are interpolated linearly between landmarks and held constant before the first and after the last. Immutable.</remarks>
public sealed class LogitCalibration
{
    private readonly ManifestLandmark[] _landmarks;

    public LogitCalibration(ManifestCalibration calibration)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        _landmarks = [.. calibration.Landmarks];
        if (_landmarks.Length == 0)
            throw new ArgumentException("A checked calibration has a landmark.", nameof(calibration));
    }

    /// <summary>Slope and intercept so many hours after time zero.</summary>
    public (double Slope, double Intercept) At(double hours)
    {
        if (hours <= _landmarks[0].Hours)
            return (_landmarks[0].Slope, _landmarks[0].Intercept);
        for (int i = 1; i < _landmarks.Length; i++)
        {
            ManifestLandmark before = _landmarks[i - 1];
            ManifestLandmark after = _landmarks[i];
            if (hours > after.Hours)
                continue;
            double share = (hours - before.Hours) / (after.Hours - before.Hours);
            return (before.Slope + share * (after.Slope - before.Slope), before.Intercept + share * (after.Intercept - before.Intercept));
        }
        return (_landmarks[^1].Slope, _landmarks[^1].Intercept);
    }

    /// <summary>Risk of a logit so many hours after time zero.</summary>
    public double Risk(double logit, double hours)
    {
        (double slope, double intercept) = At(hours);
        return Sigmoid(slope * logit + intercept);
    }

    /// <summary>1 / (1 + exp(-x)) without overflow.</summary>
    public static double Sigmoid(double x)
    {
        if (x >= 0)
            return 1 / (1 + Math.Exp(-x));
        double e = Math.Exp(x);
        return e / (1 + e);
    }
}
