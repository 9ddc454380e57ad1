using System.Buffers;
using System.Runtime.InteropServices;

namespace MedAI.Models.Timelines;

/// <summary>Pools what all accepted codes say about a variable into one sorted series without repeats.</summary>
internal static class Pooling
{
    /// <summary>Fixed words of the report for a value that gave way to a better code's at the same instant.</summary>
    public const string Outranked = "a preferred code has a value at this instant";

    /// <summary>
    /// Sorts; drops repeats (same variable, code, instant and value); and where several codes have values at one instant keeps those of the
    /// most preferred code. Several different values of that code stay: they are averaged when encoded.
    /// </summary>
    public static List<Measurement> Pool(List<Measurement> measurements, List<Rejection> rejected)
    {
        int count = measurements.Count;
        var pooled = new List<Measurement>(count);
        if (count == 0)
            return pooled;
        var rented = ArrayPool<MeasurementOrder.Key>.Shared.Rent(count);
        var keys = rented.AsSpan(0, count);
        var source = CollectionsMarshal.AsSpan(measurements);
        for (int i = 0; i < count; i++)
            keys[i] = new MeasurementOrder.Key(source[i].Variable.Index, source[i].Effective.UtcTicks, source[i].Value, i);
        keys.Sort(new MeasurementOrder(measurements));

        for (int first = 0, next; first < count; first = next)
        {
            int rank = source[keys[first].Index].Code.Rank;
            for (next = first + 1; next < count && keys[next].Variable == keys[first].Variable && keys[next].Ticks == keys[first].Ticks; next++)
                rank = Math.Min(rank, source[keys[next].Index].Code.Rank);
            int start = pooled.Count;
            for (int i = first; i < next; i++)
            {
                ref readonly var measurement = ref source[keys[i].Index];
                if (measurement.Code.Rank != rank)
                    Drop(measurement, rejected, Outranked);
                else if (pooled.Count > start && pooled[^1].Value == measurement.Value)
                    Drop(measurement, rejected, null);
                else
                    pooled.Add(measurement);
            }
        }
        ArrayPool<MeasurementOrder.Key>.Shared.Return(rented);
        return pooled;
    }

    private static void Drop(in Measurement measurement, List<Rejection> rejected, string? detail)
    {
        rejected.Add(new Rejection(measurement.Variable.Id, measurement.Source, RejectionReason.Duplicate, detail));
        foreach (var other in measurement.OtherSources)
            rejected.Add(new Rejection(measurement.Variable.Id, other, RejectionReason.Duplicate, detail));
    }
}
