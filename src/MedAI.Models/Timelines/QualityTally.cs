using System.Numerics;

namespace MedAI.Models.Timelines;

/// <summary>Counts what was used and how it was obtained.</summary>
internal sealed class QualityTally(DateTimeOffset asOf, int variables)
{
    private readonly List<VariableQuality> _variables = new(variables);
    private readonly int[] _flags = new int[32];
    private int _used;
    private DateTimeOffset? _oldest;
    private DateTimeOffset? _newest;

    /// <summary>Counts one variable's measurements and the states that procedures gave.</summary>
    /// <remarks>Of a static variable only the newest instant is used, and the ages of the input are those of the series: a height of last year says nothing about them.</remarks>
    public void Add(ModelVariable variable, ReadOnlySpan<Measurement> measurements, List<StateInterval> procedures)
    {
        if (measurements.IsEmpty && procedures.Count == 0)
        {
            _variables.Add(variable.Unmeasured);
            return;
        }
        double? age = measurements.IsEmpty ? null : AgeOf(measurements[^1].Effective);
        bool stale = !variable.IsState && age > variable.Manifest.StalenessHours;
        int count;
        if (variable.IsStatic)
        {
            var newest = PatientTimeline.NewestInstant(measurements, asOf, double.PositiveInfinity);
            count = newest.Length;
            if (!stale)
                Use(newest);
        }
        else
        {
            Use(measurements);
            count = measurements.Length;
            if (!measurements.IsEmpty)
            {
                if (_oldest is null || measurements[0].Effective < _oldest)
                    _oldest = measurements[0].Effective;
                if (_newest is null || measurements[^1].Effective > _newest)
                    _newest = measurements[^1].Effective;
            }
        }
        foreach (var procedure in procedures)
        {
            if (procedure.Variable != variable)
                continue;
            count++;
            _used++;
            double ended = procedure.End is { } end ? AgeOf(end) : 0;
            age = age is null ? ended : Math.Min(age.Value, ended);
        }
        _variables.Add(new VariableQuality(variable.Id, variable.Title, count, age, stale, variable.IsState));
    }

    public DataQualityReport Report(List<Rejection> rejected, int unused, IEnumerable<string> remarks)
    {
        rejected.Sort(Compare);
        var flagged = new SortedDictionary<MeasurementFlags, int>();
        for (int bit = 0; bit < _flags.Length; bit++)
        {
            if (_flags[bit] > 0)
                flagged.Add((MeasurementFlags)(1 << bit), _flags[bit]);
        }
        var remarked = new SortedSet<string>(remarks, StringComparer.Ordinal);
        foreach (var flag in (ReadOnlySpan<MeasurementFlags>)[MeasurementFlags.ClockAhead, MeasurementFlags.SpecimenUnknown])
        {
            if (flagged.ContainsKey(flag))
                remarked.Add(MeasurementFlagNames.NameOf(flag));
        }
        return new DataQualityReport
        {
            Used = _used,
            Converted = flagged.GetValueOrDefault(MeasurementFlags.Converted),
            Flagged = flagged,
            Rejected = rejected,
            NotForThisModel = unused,
            Variables = _variables,
            OldestInput = _oldest,
            NewestInput = _newest,
            Remarks = [.. remarked],
        };
    }

    private void Use(ReadOnlySpan<Measurement> measurements)
    {
        _used += measurements.Length;
        foreach (ref readonly var measurement in measurements)
        {
            for (uint left = (uint)measurement.Flags; left != 0; left &= left - 1)
                _flags[BitOperations.TrailingZeroCount(left)]++;
        }
    }

    /// <summary>A clock that is ahead makes a value no younger than as-of.</summary>
    private double AgeOf(DateTimeOffset effective) => Math.Max(0, (asOf - effective).TotalHours);

    private static int Compare(Rejection a, Rejection b)
    {
        int order = string.CompareOrdinal(a.VariableId, b.VariableId);
        if (order == 0)
            order = a.Reason.CompareTo(b.Reason);
        if (order == 0)
            order = MeasurementOrder.CompareSources(a.Source, b.Source);
        return order == 0 ? string.CompareOrdinal(a.Detail, b.Detail) : order;
    }
}
