namespace MedAI.Models.Timelines;

/// <summary>Everything about one patient that a model may read, without identity: values, states, stay and demographics as of one instant.</summary>
/// <remarks>
/// Made by <see cref="PatientTimelineBuilder"/>. Holds only what was effective and available at or before <see cref="AsOf"/>
/// (5 minutes of clock difference are tolerated and flagged). Measurements are sorted by variable, then effective time, then value,
/// and hold no duplicates: the order of the input leaves no trace. Immutable.
/// </remarks>
public sealed class PatientTimeline
{
    private readonly Measurement[] _measurements;

    /// <summary>Where each variable's measurements begin; one more entry than variables.</summary>
    private readonly int[] _starts;

    internal PatientTimeline(VariableTable variables, DateTimeOffset asOf, PatientFacts patient, CareStay? stay,
        Measurement[] measurements, int[] starts, IReadOnlyList<StateInterval> states, DataQualityReport quality)
    {
        Variables = variables;
        AsOf = asOf;
        Patient = patient;
        Stay = stay;
        _measurements = measurements;
        _starts = starts;
        States = states;
        Quality = quality;
    }

    public VariableTable Variables { get; }

    public DateTimeOffset AsOf { get; }

    public PatientFacts Patient { get; }

    public CareStay? Stay { get; }

    /// <summary>Sorted by variable index, effective, value.</summary>
    public IReadOnlyList<Measurement> Measurements => _measurements;

    /// <summary>Sorted by variable index and start; instants joined.</summary>
    public IReadOnlyList<StateInterval> States { get; }

    public DataQualityReport Quality { get; }

    /// <summary>All measurements of a variable that the timeline holds, oldest first.</summary>
    public ReadOnlySpan<Measurement> Of(ModelVariable variable) =>
        _measurements.AsSpan(_starts[variable.Index].._starts[variable.Index + 1]);

    /// <summary>The measurements of a variable that the encoder reads, oldest first: those from time zero to as-of, or for a static variable those at its newest instant if that is not stale.</summary>
    public ReadOnlySpan<Measurement> InWindow(ModelVariable variable)
    {
        var all = Of(variable);
        return variable.IsStatic ? NewestInstant(all, AsOf, variable.Manifest.StalenessHours) : all;
    }

    /// <summary>Every source that fed a variable, oldest first, each once: its measurements, what they were computed from, and its states.</summary>
    public IReadOnlyList<SourceReference> SourcesInWindow(ModelVariable variable)
    {
        var found = new List<SourceReference>();
        var seen = new HashSet<SourceReference>();
        foreach (ref readonly var measurement in InWindow(variable))
        {
            Note(measurement.Source);
            foreach (var other in measurement.OtherSources)
                Note(other);
        }
        foreach (var state in States)
        {
            if (state.Variable == variable)
                Note(state.Source);
        }
        return found;

        void Note(SourceReference source)
        {
            if (seen.Add(source))
                found.Add(source);
        }
    }

    /// <summary>The last instant's values of a sorted run, or nothing when that is older than the limit.</summary>
    internal static ReadOnlySpan<Measurement> NewestInstant(ReadOnlySpan<Measurement> sorted, DateTimeOffset asOf, double stalenessHours)
    {
        if (sorted.IsEmpty || (asOf - sorted[^1].Effective).TotalHours > stalenessHours)
            return [];
        int first = sorted.Length - 1;
        while (first > 0 && sorted[first - 1].Effective.UtcTicks == sorted[^1].Effective.UtcTicks)
            first--;
        return sorted[first..];
    }
}
