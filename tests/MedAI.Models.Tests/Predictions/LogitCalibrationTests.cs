using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Models.Tests.Predictions;

public sealed class LogitCalibrationTests
{
    private static readonly LogitCalibration s_calibration = new(new ManifestCalibration([new(6, 0.8, -0.4), new(12, 1.0, -0.1), new(24, 1.0, 0.5)]));

    [Theory, Trait("promise", "M-17")]
    [InlineData(0, 0.8, -0.4)]
    [InlineData(6, 0.8, -0.4)]
    [InlineData(9, 0.9, -0.25)]
    [InlineData(12, 1.0, -0.1)]
    [InlineData(14, 1.0, 0.0)]
    [InlineData(24, 1.0, 0.5)]
    [InlineData(48, 1.0, 0.5)]
    public void Slope_and_intercept_are_interpolated_between_landmarks_and_constant_outside(double hours, double slope, double intercept)
    {
        (double a, double b) = s_calibration.At(hours);
        Assert.Equal(slope, a, 1e-12);
        Assert.Equal(intercept, b, 1e-12);
        Assert.Equal(1 / (1 + Math.Exp(-(slope * 1.7 + intercept))), s_calibration.Risk(1.7, hours), 1e-12);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(-800, 0)]
    [InlineData(800, 1)]
    [InlineData(float.MaxValue, 1)]
    public void Sigmoid_of_any_finite_number_is_a_probability(double x, double expected) => Assert.Equal(expected, LogitCalibration.Sigmoid(x), 1e-12);
}
