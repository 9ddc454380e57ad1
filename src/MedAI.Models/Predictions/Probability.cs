using System.Globalization;

namespace MedAI.Models.Predictions;

/// <summary>A probability from 0 to 1.</summary>
public readonly record struct Probability
{
    /// <exception cref="ArgumentOutOfRangeException">Not a number or outside 0..1.</exception>
    public Probability(double value)
    {
        if (!(value >= 0 && value <= 1))
            throw new ArgumentOutOfRangeException(nameof(value), "A probability lies in 0..1.");
        Value = value;
    }

    public double Value { get; }

    /// <summary>Percent with 8 decimals: the one place where a probability becomes a percentage (R4 prediction.probabilityDecimal is 0..100).</summary>
    public decimal ToPercent() => Math.Round((decimal)Value * 100m, 8, MidpointRounding.ToEven);

    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture);
}
