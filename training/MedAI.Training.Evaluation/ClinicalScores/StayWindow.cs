using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.ClinicalScores;

/// <summary>What was recorded of a stay in the hours before one moment, as a clinician would read it off the chart.</summary>
/// <remarks>
/// Values that no living adult has (<see cref="Plausible"/>) count as not recorded. Nothing after the moment is seen. Not safe for several threads at once;
/// a window belongs to one stay and one hour.
/// </remarks>
public sealed class StayWindow
{
    /// <summary>Hours that a window looks back.</summary>
    public const int Hours = 24;

    private static readonly Dictionary<string, (double Low, double High)> Plausible = new(StringComparer.Ordinal)
    {
        ["HR"] = (10, 300),
        ["RespRate"] = (1, 80),
        ["SaO2"] = (40, 100),
        ["SysABP"] = (20, 300),
        ["NISysABP"] = (20, 300),
        ["MAP"] = (10, 250),
        ["NIMAP"] = (10, 250),
        ["Temp"] = (25, 45),
        ["GCS"] = (3, 15),
        ["FiO2"] = (0.21, 1),
        ["PaO2"] = (20, 700),
        ["Platelets"] = (1, 2500),
        ["Bilirubin"] = (0.05, 100),
        ["Creatinine"] = (0.05, 40),
        ["Urine"] = (0, 10000),
        ["BUN"] = (1, 280),
        ["HCT"] = (5, 80),
        ["WBC"] = (0.05, 500),
        ["Glucose"] = (9, 2000),
        ["K"] = (0.5, 20),
        ["Na"] = (50, 220),
        ["HCO3"] = (1, 100),
        ["MechVent"] = (1, 1),
    };

    private readonly Dictionary<string, List<IcuEvent>> _events = new(StringComparer.Ordinal);

    /// <summary>The window that ends <paramref name="hour"/> hours after admission and begins 24 hours earlier or at admission.</summary>
    public StayWindow(IcuStay stay, int hour)
    {
        ArgumentNullException.ThrowIfNull(stay);
        Stay = stay;
        Hour = hour;
        var (from, to) = ((hour - Hours) * 60, hour * 60);
        foreach (var entry in stay.Events)
        {
            if (entry.Minute > to || (entry.Minute <= from && from > 0)
                || !Plausible.TryGetValue(entry.Parameter, out var range) || entry.Value < range.Low || entry.Value > range.High)
            {
                continue;
            }

            if (!_events.TryGetValue(entry.Parameter, out var list))
                _events[entry.Parameter] = list = [];
            list.Add(entry);
        }
    }

    public IcuStay Stay { get; }

    /// <summary>Hours from admission to the end of the window.</summary>
    public int Hour { get; }

    /// <summary>Whether mechanical ventilation was charted in the window; the files chart only its presence.</summary>
    public bool Ventilated => Has("MechVent");

    public bool Has(string parameter) => _events.ContainsKey(parameter);

    /// <summary>Every value of the parameters in the window; empty where nothing was recorded.</summary>
    public IEnumerable<double> Values(params IEnumerable<string> parameters) => parameters.SelectMany(Of).Select(e => e.Value);

    /// <summary>The value recorded last under any of the parameters; at the same minute the first-named parameter wins.</summary>
    public double? Newest(params ReadOnlySpan<string> parameters)
    {
        IcuEvent? newest = null;
        foreach (var parameter in parameters)
        {
            foreach (var entry in Of(parameter))
            {
                // Within one parameter the later line of the same minute stands.
                if (newest is null || entry.Minute > newest.Value.Minute || (entry.Minute == newest.Value.Minute && entry.Parameter == newest.Value.Parameter))
                    newest = entry;
            }
        }

        return newest?.Value;
    }

    /// <summary>The most points that any value of the parameters earns; null where nothing was recorded.</summary>
    public int? Worst(Func<double, int> points, params IEnumerable<string> parameters)
    {
        ArgumentNullException.ThrowIfNull(points);
        int? worst = null;
        foreach (var value in Values(parameters))
            worst = Math.Max(worst ?? 0, points(value));
        return worst;
    }

    /// <summary>Urine of a whole day in mL; null before the 24th hour or where no output was charted.</summary>
    public double? UrineOfDay => Hour >= Hours && Has("Urine") ? Values("Urine").Sum() : null;

    /// <summary>PaO2 over the inspired oxygen share charted last at or before it, in mmHg.</summary>
    public IEnumerable<double> OxygenRatios()
    {
        foreach (var gas in Of("PaO2"))
        {
            IcuEvent? share = null;
            foreach (var entry in Of("FiO2"))
            {
                if (entry.Minute <= gas.Minute && (share is null || entry.Minute >= share.Value.Minute))
                    share = entry;
            }

            if (share is { } found)
                yield return gas.Value / found.Value;
        }
    }

    private List<IcuEvent> Of(string parameter) => _events.TryGetValue(parameter, out var list) ? list : [];
}
