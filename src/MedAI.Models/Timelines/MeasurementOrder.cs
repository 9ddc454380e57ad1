namespace MedAI.Models.Timelines;

/// <summary>The order of measurements in a timeline, complete down to the source, so that the order of the input leaves no trace.</summary>
/// <remarks>Sorts small keys that point into a list of measurements: those are too large to be swapped about.</remarks>
internal readonly struct MeasurementOrder(List<Measurement> measurements) : IComparer<MeasurementOrder.Key>
{
    public int Compare(Key x, Key y)
    {
        int order = x.Variable.CompareTo(y.Variable);
        if (order == 0)
            order = x.Ticks.CompareTo(y.Ticks);
        if (order == 0)
            order = x.Value.CompareTo(y.Value);
        if (order != 0 || x.Index == y.Index)
            return order;
        var a = measurements[x.Index];
        var b = measurements[y.Index];
        order = a.Code.Rank.CompareTo(b.Code.Rank);
        if (order == 0)
            order = CompareSources(a.Source, b.Source);
        if (order == 0)
            order = Nullable.Compare(a.Available, b.Available);
        if (order == 0)
            order = a.Flags.CompareTo(b.Flags);
        return order == 0 ? a.Effective.Offset.CompareTo(b.Effective.Offset) : order;
    }

    public static int CompareSources(SourceReference? a, SourceReference? b)
    {
        int order = string.CompareOrdinal(a?.Reference, b?.Reference);
        if (order == 0)
            order = string.CompareOrdinal(a?.Version, b?.Version);
        return order == 0 ? string.CompareOrdinal(a?.ContentHash, b?.ContentHash) : order;
    }

    public readonly record struct Key(int Variable, long Ticks, double Value, int Index);
}
