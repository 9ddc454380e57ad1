namespace MedAI.Models.Timelines;

/// <summary>Adds up parts that were recorded at one instant, from whatever sources.</summary>
internal static class PartSums
{
    /// <summary>Fixed words of the report for parts whose total was recorded too.</summary>
    public const string TotalPresent = "the total was recorded at this instant";

    /// <summary>Appends a sum for every instant with all parts and no recorded total; reports incomplete instants.</summary>
    public static void Append(List<PartValue> parts, List<Measurement> measurements, List<Rejection> rejected)
    {
        var totals = new HashSet<(int Variable, long Ticks)>();
        foreach (var measurement in measurements)
        {
            if (measurement.Variable.Manifest.Parts is not null)
                totals.Add((measurement.Variable.Index, measurement.Effective.UtcTicks));
        }
        parts.Sort(PartValue.Compare);
        for (int first = 0, next; first < parts.Count; first = next)
        {
            var variable = parts[first].Variable;
            long ticks = parts[first].Effective.UtcTicks;
            for (next = first + 1; next < parts.Count && parts[next].Variable == variable && parts[next].Effective.UtcTicks == ticks;)
                next++;
            var instant = parts.GetRange(first, next - first);
            if (totals.Contains((variable.Index, ticks)))
                RejectAll(instant, RejectionReason.Duplicate, TotalPresent, rejected);
            else
                AddInstant(variable, instant, measurements, rejected);
        }
    }

    private static void AddInstant(ModelVariable variable, List<PartValue> instant, List<Measurement> measurements, List<Rejection> rejected)
    {
        double sum = 0;
        int present = 0;
        var flags = MeasurementFlags.Derived;
        DateTimeOffset? available = null;
        var used = new List<PartValue>(instant.Count);
        var unused = new List<PartValue>();
        for (int first = 0, next; first < instant.Count; first = next)
        {
            int part = instant[first].Code.PartIndex;
            double total = 0;
            int values = 0;
            for (next = first; next < instant.Count && instant[next].Code.PartIndex == part; next++)
            {
                // Sorted: tested values come first, repeats stand together. A tested value beats "not testable".
                bool repeat = next > first && (instant[next].Value == instant[next - 1].Value || instant[next].NotTestable);
                if (repeat)
                {
                    unused.Add(instant[next]);
                    continue;
                }
                total += instant[next].Value;
                values++;
                flags |= instant[next].Flags;
                if (instant[next].Available is { } known && (available is null || known > available))
                    available = known;
                used.Add(instant[next]);
            }
            sum += total / values;
            present++;
        }

        if (present < variable.Manifest.Parts!.Codes.Count)
        {
            RejectAll(instant, RejectionReason.IncompleteParts, null, rejected);
            return;
        }
        sum = SignificantDigits.Round(sum);
        if (sum < variable.Hard.Low || sum > variable.Hard.High)
        {
            RejectAll(instant, RejectionReason.OutsideHardRange, null, rejected);
            return;
        }
        if (variable.Manifest.Soft is { } soft && (sum < soft.Low || sum > soft.High))
        {
            sum = Math.Clamp(sum, soft.Low, soft.High);
            flags |= MeasurementFlags.Clipped;
        }
        RejectAll(unused, RejectionReason.Duplicate, null, rejected);
        measurements.Add(new Measurement(variable.ComputedCode, sum, used[0].Effective, available, flags, used[0].Source,
            [.. used.Skip(1).Select(p => p.Source)]));
    }

    private static void RejectAll(List<PartValue> parts, RejectionReason reason, string? detail, List<Rejection> rejected)
    {
        foreach (var part in parts)
            rejected.Add(new Rejection(part.Variable.Id, part.Source, reason, detail));
    }
}
