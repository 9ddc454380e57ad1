namespace MedAI.Models.Timelines;

/// <summary>One part of a sum, for instance the eye response of the Glasgow coma scale.</summary>
internal readonly record struct PartValue(ModelCode Code, double Value, DateTimeOffset Effective, DateTimeOffset? Available, MeasurementFlags Flags, SourceReference Source)
{
    public ModelVariable Variable => Code.Variable;

    public bool NotTestable => (Flags & MeasurementFlags.NotTestable) != 0;

    /// <summary>A total order that does not depend on how the values arrived: by instant, part, tested before not testable, value, source.</summary>
    public static int Compare(PartValue a, PartValue b)
    {
        int order = a.Variable.Index.CompareTo(b.Variable.Index);
        if (order == 0)
            order = a.Effective.UtcTicks.CompareTo(b.Effective.UtcTicks);
        if (order == 0)
            order = a.Code.PartIndex.CompareTo(b.Code.PartIndex);
        if (order == 0)
            order = a.NotTestable.CompareTo(b.NotTestable);
        if (order == 0)
            order = a.Value.CompareTo(b.Value);
        if (order == 0)
            order = MeasurementOrder.CompareSources(a.Source, b.Source);
        if (order == 0)
            order = Nullable.Compare(a.Available, b.Available);
        if (order == 0)
            order = a.Flags.CompareTo(b.Flags);
        return order == 0 ? a.Effective.Offset.CompareTo(b.Effective.Offset) : order;
    }
}
