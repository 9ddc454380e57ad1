namespace MedAI.Models.Timelines;

/// <summary>Turns the instants at which a state was seen into the intervals for which it held.</summary>
internal static class StateIntervals
{
    /// <summary>Joins instants that are no further apart than the variable's gap, unless the state was seen to be off between them, and adds the intervals that procedures gave.</summary>
    public static IReadOnlyList<StateInterval> Of(ReadOnlySpan<Measurement> sorted, List<StateInterval> procedures)
    {
        List<StateInterval>? states = procedures.Count > 0 ? [.. procedures] : null;
        StateInterval? open = null;
        foreach (ref readonly var seen in sorted)
        {
            if (!seen.Variable.IsState)
                continue;
            if (open is not null && (open.Variable != seen.Variable || seen.Value == 0
                || (seen.Effective - open.End!.Value).TotalHours > seen.Variable.Manifest.State!.JoinGapHours))
            {
                (states ??= []).Add(open);
                open = null;
            }
            if (seen.Value == 0)
                continue;
            open = open is null
                ? new StateInterval(seen.Variable, seen.Effective, seen.Effective, seen.Source)
                : open with { End = seen.Effective };
        }
        if (open is not null)
            (states ??= []).Add(open);
        states?.Sort(Compare);
        return states is null ? [] : states;
    }

    private static int Compare(StateInterval a, StateInterval b)
    {
        int order = a.Variable.Index.CompareTo(b.Variable.Index);
        if (order == 0)
            order = a.Start.UtcTicks.CompareTo(b.Start.UtcTicks);
        if (order == 0)
            order = (a.End?.UtcTicks ?? long.MaxValue).CompareTo(b.End?.UtcTicks ?? long.MaxValue);
        if (order == 0)
            order = MeasurementOrder.CompareSources(a.Source, b.Source);
        return order;
    }
}
