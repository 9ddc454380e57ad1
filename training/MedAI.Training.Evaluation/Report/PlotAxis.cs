using System.Globalization;

namespace MedAI.Training.Evaluation.Report;

/// <summary>One axis: from where to where, and where its round numbers lie.</summary>
internal sealed record PlotAxis(double Low, double High, double Step)
{
    /// <summary>An axis from <paramref name="low"/> to <paramref name="high"/> with four to eight round steps.</summary>
    /// <param name="open">Ends may move outwards to a round number.</param>
    public static PlotAxis Of(double low, double high, bool open)
    {
        if (!(high > low))
            (low, high) = (low - 0.5, low + 0.5);
        var rough = (high - low) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        };
        return open ? new PlotAxis(Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step, step) : new PlotAxis(low, high, step);
    }

    /// <summary>Place of a value from 0 to 1; beyond the ends it is drawn at the end.</summary>
    public double Place(double value) => Math.Clamp((value - Low) / (High - Low), 0, 1);

    public IEnumerable<double> Ticks
    {
        get
        {
            for (var i = (long)Math.Ceiling((Low / Step) - 1e-9); i * Step <= High + (Step * 1e-9); i++)
                yield return i * Step;
        }
    }

    public string Label(double tick) => tick.ToString(Step >= 1 ? "0" : Step >= 0.1 ? "0.0" : Step >= 0.01 ? "0.00" : "0.000", CultureInfo.InvariantCulture);
}
