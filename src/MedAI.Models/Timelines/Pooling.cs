using System.Buffers;
using System.Runtime.InteropServices;

namespace MedAI.Models.Timelines;

/// <summary>Pools what all accepted codes say about a variable into one sorted series without repeats.</summary>
internal static class Pooling
{
    /// <summary>Fixed words of the report for a value that gave way to a better code's at the same instant.</summary>
    public const string Outranked = "a preferred code has a value at this instant";

    /// <summary>
    /// Sorts; drops what lies before time zero (of a series); drops repeats (same variable, code, instant and value); and where several codes
    /// have values at one instant keeps those of the most preferred code. Several different values of that code stay: they are averaged when
    /// encoded.
    /// </summary>
    public static Measurement[] Pool(List<Measurement> measurements, DateTimeOffset? timeZero, List<Rejection> rejected)
    {
        var source = CollectionsMarshal.AsSpan(measurements);
        if (source.IsEmpty)
            return [];
        var rented = ArrayPool<MeasurementOrder.Key>.Shared.Rent(source.Length);
        int count = 0;
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i].Effective < timeZero && !source[i].Variable.IsStatic)
                Drop(source[i], rejected, RejectionReason.BeforeTimeZero, null);
            else
                rented[count++] = new MeasurementOrder.Key(source[i].Variable.Index, source[i].Effective.UtcTicks, source[i].Value, i);
        }
        var keys = rented.AsSpan(0, count);
        keys.Sort(new MeasurementOrder(measurements));

        // What stays moves to the front of the keys; the measurements themselves are copied once.
        int kept = 0;
        for (int first = 0, next; first < count; first = next)
        {
            var instant = keys[first];
            int rank = source[instant.Index].Code.Rank;
            for (next = first + 1; next < count && keys[next].Variable == instant.Variable && keys[next].Ticks == instant.Ticks; next++)
                rank = Math.Min(rank, source[keys[next].Index].Code.Rank);
            int start = kept;
            for (int i = first; i < next; i++)
            {
                ref readonly var measurement = ref source[keys[i].Index];
                if (measurement.Code.Rank != rank)
                    Drop(measurement, rejected, RejectionReason.Duplicate, Outranked);
                else if (kept > start && keys[kept - 1].Value == measurement.Value)
                    Drop(measurement, rejected, RejectionReason.Duplicate, null);
                else
                    keys[kept++] = keys[i];
            }
        }
        var pooled = new Measurement[kept];
        for (int i = 0; i < kept; i++)
            pooled[i] = source[keys[i].Index];
        ArrayPool<MeasurementOrder.Key>.Shared.Return(rented);
        return pooled;
    }

    private static void Drop(in Measurement measurement, List<Rejection> rejected, RejectionReason reason, string? detail)
    {
        rejected.Add(new Rejection(measurement.Variable.Id, measurement.Source, reason, detail));
        foreach (var other in measurement.OtherSources)
            rejected.Add(new Rejection(measurement.Variable.Id, other, reason, detail));
    }
}
