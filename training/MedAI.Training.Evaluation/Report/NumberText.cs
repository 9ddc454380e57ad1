using System.Globalization;
using MedAI.Training.Evaluation.Cards;

namespace MedAI.Training.Evaluation.Report;

/// <summary>Writes numbers the same way in reports, cards and plots.</summary>
internal static class NumberText
{
    private const int UsualDigits = 3;

    /// <summary>The value alone: 0.885, or 9.8 %.</summary>
    public static string Value(EvaluationFigure figure) => One(figure.Value, figure);

    /// <summary>The interval alone, or an empty text.</summary>
    public static string Range(EvaluationFigure figure) => figure is { Low: { } low, High: { } high } ? $"{One(low, figure, unit: false)} to {One(high, figure)}" : "";

    /// <summary>Value with interval: 0.885 (0.871 to 0.899).</summary>
    public static string WithRange(EvaluationFigure figure) => Range(figure) is { Length: > 0 } range ? $"{Value(figure)} ({range})" : Value(figure);

    public static string Fixed(double value, int digits = UsualDigits) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);

    public static string Percent(double share, int digits = 1) => $"{Fixed(100 * share, digits)} %";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Minutes, or hours and minutes.</summary>
    public static string Time(double seconds) => seconds < 90
        ? $"{Fixed(seconds, 0)} seconds"
        : seconds < 5400 ? $"{Fixed(seconds / 60, 0)} minutes" : $"{Fixed(Math.Floor(seconds / 3600), 0)} h {Fixed(seconds % 3600 / 60, 0)} min";

    private static string One(double value, EvaluationFigure figure, bool unit = true) => figure.Percent
        ? Fixed(100 * value, figure.Digits ?? 1) + (unit ? " %" : "")
        : Fixed(value, figure.Digits ?? UsualDigits);
}
