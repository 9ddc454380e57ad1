using System.Numerics.Tensors;

namespace MedAI.Models.Images;

/// <summary>Values of interest: spreads modality values over the grey scale from 0 to 1 (PS3.3 C.11.2).</summary>
public static class VoiTransform
{
    public const string Linear = "LINEAR";
    public const string LinearExact = "LINEAR_EXACT";
    public const string Sigmoid = "SIGMOID";

    /// <summary>Whether a window can be used: finite, and as wide as its function needs.</summary>
    public static bool IsGood(VoiWindow window, string? function) => double.IsFinite(window.Center) && double.IsFinite(window.Width) && function switch
    {
        null or "" or Linear => window.Width >= 1,
        LinearExact or Sigmoid => window.Width > 0,
        _ => false,
    };

    /// <summary>Applies a window whose <see cref="IsGood"/> holds.</summary>
    public static void Apply(VoiWindow window, string? function, Span<double> values)
    {
        switch (function)
        {
            case Sigmoid:
                foreach (ref double x in values)
                    x = 1 / (1 + Math.Exp(-4 * (x - window.Center) / window.Width));
                break;
            case LinearExact:
                Ramp(window.Center - window.Width / 2, window.Width, values);
                break;
            default:
                // The standard's LINEAR maps w - 1 steps between centres of values, hence half a value and one value less. Width 1 is a step.
                Ramp(window.Center - 0.5 - (window.Width - 1) / 2, window.Width - 1, values);
                break;
        }
    }

    /// <summary>Applies a VOI LUT and scales its output to 0..1.</summary>
    public static void Apply(LookupTable lut, Span<double> values)
    {
        lut.Apply(values);
        TensorPrimitives.Divide(values, lut.Maximum, values);
    }

    /// <summary>0 up to and at the foot, 1 from foot plus width on, straight between; a step after the foot where the width is 0.</summary>
    public static void Ramp(double foot, double width, Span<double> values)
    {
        foreach (ref double x in values)
            x = x <= foot ? 0 : x >= foot + width ? 1 : (x - foot) / width;
    }
}
