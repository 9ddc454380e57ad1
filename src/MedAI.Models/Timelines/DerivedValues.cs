namespace MedAI.Models.Timelines;

/// <summary>Computes at each instant what was not measured itself but follows from two variables that were.</summary>
internal static class DerivedValues
{
    /// <summary>What a derived value inherits of the reservations about the values it was computed from.</summary>
    private const MeasurementFlags Inherited = MeasurementFlags.MethodAssumed | MeasurementFlags.Mapped | MeasurementFlags.ClockAhead
        | MeasurementFlags.IssuedTime | MeasurementFlags.Comparator | MeasurementFlags.PeriodEnd | MeasurementFlags.SpecimenUnknown;

    /// <summary>The values that follow from pooled measurements, or null when there are none.</summary>
    public static List<Measurement>? Of(VariableTable variables, ReadOnlySpan<Measurement> all)
    {
        List<Measurement>? derived = null;
        foreach (var derivation in variables.Derivations)
        {
            var firsts = RunOf(all, derivation.First);
            var seconds = RunOf(all, derivation.Second);
            var targets = RunOf(all, derivation.Target);
            while (!firsts.IsEmpty && !seconds.IsEmpty)
            {
                long first = firsts[0].Effective.UtcTicks;
                long second = seconds[0].Effective.UtcTicks;
                if (first == second)
                {
                    var a = TakeInstant(ref firsts);
                    var b = TakeInstant(ref seconds);
                    while (!targets.IsEmpty && targets[0].Effective.UtcTicks < first)
                        targets = targets[1..];
                    if ((targets.IsEmpty || targets[0].Effective.UtcTicks != first) && Derive(derivation, a, b) is { } value)
                        (derived ??= []).Add(value);
                }
                else if (first < second)
                    TakeInstant(ref firsts);
                else
                    TakeInstant(ref seconds);
            }
        }
        return derived;
    }

    /// <summary>Mean of the values at one instant, added in sorted order.</summary>
    public static double Average(ReadOnlySpan<Measurement> instant)
    {
        double sum = 0;
        foreach (ref readonly var measurement in instant)
            sum += measurement.Value;
        return sum / instant.Length;
    }

    /// <summary>Cuts the first instant off a sorted run.</summary>
    public static ReadOnlySpan<Measurement> TakeInstant(ref ReadOnlySpan<Measurement> run)
    {
        int length = 1;
        while (length < run.Length && run[length].Effective.UtcTicks == run[0].Effective.UtcTicks)
            length++;
        var instant = run[..length];
        run = run[length..];
        return instant;
    }

    private static Measurement? Derive(Derivation derivation, ReadOnlySpan<Measurement> a, ReadOnlySpan<Measurement> b)
    {
        var target = derivation.Target;
        double value = SignificantDigits.Round(Derivation.MeanPressure(Average(a), Average(b)));
        if (!(value >= target.Hard.Low && value <= target.Hard.High))
            return null;
        var flags = MeasurementFlags.Derived;
        if (target.Manifest.Soft is { } soft && (value < soft.Low || value > soft.High))
        {
            value = Math.Clamp(value, soft.Low, soft.High);
            flags |= MeasurementFlags.Clipped;
        }
        DateTimeOffset? available = null;
        var others = new SourceReference[a.Length + b.Length - 1];
        for (int i = 0; i < a.Length + b.Length; i++)
        {
            ref readonly var from = ref i < a.Length ? ref a[i] : ref b[i - a.Length];
            flags |= from.Flags & Inherited;
            if (from.Available is { } known && (available is null || known > available))
                available = known;
            if (i > 0)
                others[i - 1] = from.Source;
        }
        return new Measurement(target.ComputedCode, value, a[0].Effective, available, flags, a[0].Source, others);
    }

    private static ReadOnlySpan<Measurement> RunOf(ReadOnlySpan<Measurement> sorted, ModelVariable variable)
    {
        int start = 0;
        while (start < sorted.Length && sorted[start].Variable.Index < variable.Index)
            start++;
        int end = start;
        while (end < sorted.Length && sorted[end].Variable == variable)
            end++;
        return sorted[start..end];
    }
}
