namespace MedAI.Models.Timelines;

/// <summary>Collects raw values in any order and makes one timeline of them.</summary>
/// <remarks>
/// Not thread safe; one per request. <paramref name="asOf"/> is the instant of the score. Values of state variables count as presence:
/// their unit is not read, and any number but 0 means that the state held at that instant.
/// </remarks>
public sealed class PatientTimelineBuilder(VariableTable variables, DateTimeOffset asOf)
{
    /// <summary>Clocks of other systems may be this far ahead.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private readonly List<Measurement> _values = [];
    private readonly List<PartValue> _parts = [];
    private readonly List<StateInterval> _states = [];
    private readonly List<Rejection> _rejected = [];
    private readonly SortedSet<string> _remarks = new(StringComparer.Ordinal);
    private int _unused;

    public VariableTable Variables => variables;

    /// <summary>How far ahead of as-of a time may be. Zero where the caller states as-of: then nothing after it may count, and no two clocks are compared.</summary>
    public TimeSpan Tolerance { get; init; } = ClockTolerance;

    public DateTimeOffset AsOf => asOf;

    public PatientFacts Patient { get; set; } = new(null, Sex.Unknown, false);

    /// <summary>Set before or after the values; null when time zero is unknown.</summary>
    public CareStay? Stay { get; set; }

    /// <summary>Converts, gates and keeps the value, or records why not.</summary>
    public void Add(in RawMeasurement raw)
    {
        if (raw.Codes.Count == 0)
        {
            CountUnused();
            return;
        }
        var match = Choose(raw.Codes, raw.Context, out var code);
        if (match is CodeMatch.No or CodeMatch.WrongSpecimen)
        {
            // A generic code that means no variable under this method says nothing that the model could use.
            Reject(raw, code, match == CodeMatch.WrongSpecimen ? RejectionReason.WrongSpecimen : RejectionReason.NotComparable);
            return;
        }

        var flags = raw.Flags | code.Flags;
        if (match == CodeMatch.Assumed)
            flags |= MeasurementFlags.MethodAssumed;
        // Laboratories name a specimen on nearly every value and rarely send it: without it the value is what its code says, as where none is named.
        if ((raw.Context & MeasurementContext.SpecimenUnknown) != 0 && code.DependsOnSpecimen)
            flags |= MeasurementFlags.SpecimenUnknown;
        if (raw.Effective > asOf)
        {
            if (raw.Effective - asOf > Tolerance)
            {
                Reject(raw, code, RejectionReason.AfterAsOf);
                return;
            }
            flags |= MeasurementFlags.ClockAhead;
        }
        if (raw.Available > asOf)
        {
            if (raw.Available - asOf > Tolerance)
            {
                Reject(raw, code, RejectionReason.NotYetAvailable);
                return;
            }
            flags |= MeasurementFlags.ClockAhead;
        }

        if (Believable(raw, code, ref flags, out double value) is { } reason)
        {
            Reject(raw, code, reason, reason is RejectionReason.UnknownUnit or RejectionReason.MissingUnit ? code.Variable.Unit : null);
            return;
        }
        if (code.PartIndex >= 0)
            _parts.Add(new PartValue(code, value, raw.Effective, raw.Available, flags, raw.Source));
        else
            _values.Add(new Measurement(code, value, raw.Effective, raw.Available, flags, raw.Source));
    }

    /// <summary>A state interval from a procedure; an end after as-of is cut (the state still held at as-of), a start after as-of is rejected.</summary>
    /// <exception cref="ArgumentException">The variable is not a state.</exception>
    public void AddState(ModelVariable variable, DateTimeOffset start, DateTimeOffset? end, SourceReference source)
    {
        if (!variable.IsState)
            throw new ArgumentException("Only a state variable has intervals.", nameof(variable));
        if (start - asOf > Tolerance)
            Reject(new Rejection(variable.Id, source, RejectionReason.AfterAsOf));
        else if (end < start)
            Reject(new Rejection(variable.Id, source, RejectionReason.NotComparable, "the period ends before it starts"));
        else
        {
            if (start > asOf)
                Remark(MeasurementFlagNames.NameOf(MeasurementFlags.ClockAhead));
            _states.Add(new StateInterval(variable, start, end > asOf ? null : end, source));
        }
    }

    /// <summary>Records a value that the boundary layer could not even read.</summary>
    public void Reject(Rejection rejection) => _rejected.Add(rejection);

    /// <summary>Records a value that the boundary layer could not read, for the variable that its codes would have meant.</summary>
    /// <param name="codes">At least one.</param>
    public void Reject(IReadOnlyList<ModelCode> codes, MeasurementContext context, SourceReference source, RejectionReason reason, string? detail = null)
    {
        Choose(codes, context, out var code);
        Reject(new Rejection(code.Variable.Id, source, reason, detail));
    }

    /// <summary>Counts a resource that the model does not use.</summary>
    public void CountUnused(int count = 1) => _unused += count;

    /// <summary>Adds a remark code once.</summary>
    public void Remark(string code) => _remarks.Add(code);

    /// <summary>Makes the timeline; may be called again after more was added.</summary>
    public PatientTimeline Build()
    {
        var rejected = new List<Rejection>(_rejected);
        var sorted = Pool(rejected);
        if (DerivedValues.Of(variables, sorted) is { } derived)
        {
            derived.AddRange(sorted);
            sorted = Pooling.Pool(derived, null, rejected);
        }
        var starts = StartsOf(sorted);
        var procedures = ProcedureStates(rejected);
        var states = StateIntervals.Of(sorted, procedures);
        var quality = QualityOf(sorted, starts, procedures, rejected);
        return new PatientTimeline(variables, asOf, Patient, Stay, sorted, starts, states, quality);
    }

    /// <summary>Pools the values together with the sums of parts, which stand at the end of the list only meanwhile.</summary>
    private Measurement[] Pool(List<Rejection> rejected)
    {
        int own = _values.Count;
        if (_parts.Count > 0)
            PartSums.Append(InWindow(_parts, rejected), _values, rejected);
        var sorted = Pooling.Pool(_values, Stay?.Start, rejected);
        _values.RemoveRange(own, _values.Count - own);
        return sorted;
    }

    /// <summary>Decides which of a value's meanings holds: the best match, and among equals the first.</summary>
    private static CodeMatch Choose(IReadOnlyList<ModelCode> codes, MeasurementContext context, out ModelCode code)
    {
        var best = CodeMatch.No;
        code = codes[0];
        for (int i = 0; i < codes.Count; i++)
        {
            var match = codes[i].Condition.Match(context);
            if (match > best)
            {
                best = match;
                code = codes[i];
            }
        }
        return best;
    }

    /// <summary>Unit, rounding and ranges; null when the value may be used.</summary>
    private static RejectionReason? Believable(in RawMeasurement raw, ModelCode code, ref MeasurementFlags flags, out double value)
    {
        var variable = code.Variable;
        value = raw.Value;
        if (raw.NotTestable)
        {
            if (code.PartIndex < 0 || !variable.Manifest.Parts!.NotTestable.TryGetValue(code.Code, out value))
                return RejectionReason.DataAbsent;
            flags |= MeasurementFlags.NotTestable;
            return null;
        }
        if (!double.IsFinite(value))
            return RejectionReason.NotNumeric;
        if (variable.IsState)
        {
            if (value < 0)
                return RejectionReason.OutsideHardRange;
            value = value > 0 ? 1 : 0;
            return null;
        }

        if (code.Units.Resolve(raw.UnitSystem, raw.UnitCode, raw.UnitText, out var unit, out bool alias) is { } reason)
            return reason;
        if (alias)
            flags |= MeasurementFlags.UnitAlias;
        if (!unit.IsIdentity)
            flags |= MeasurementFlags.Converted;
        // Adding zero turns a negative zero into a plain one, so that equal values are equal bit for bit.
        value = SignificantDigits.Round(unit.ToCanonical(value)) + 0.0;
        if (!(value >= code.Hard.Low && value <= code.Hard.High))
            return RejectionReason.OutsideHardRange;
        if (code.PartIndex < 0 && variable.Manifest.Soft is { } soft && (value < soft.Low || value > soft.High))
        {
            value = Math.Clamp(value, soft.Low, soft.High);
            flags |= MeasurementFlags.Clipped;
        }
        return null;
    }

    private bool IsBeforeTimeZero(ModelVariable variable, DateTimeOffset effective) => !variable.IsStatic && Stay is { } stay && effective < stay.Start;

    private List<PartValue> InWindow(List<PartValue> parts, List<Rejection> rejected)
    {
        var kept = new List<PartValue>(parts.Count);
        foreach (var part in parts)
        {
            if (IsBeforeTimeZero(part.Variable, part.Effective))
                rejected.Add(new Rejection(part.Variable.Id, part.Source, RejectionReason.BeforeTimeZero));
            else
                kept.Add(part);
        }
        return kept;
    }

    private List<StateInterval> ProcedureStates(List<Rejection> rejected)
    {
        var kept = new List<StateInterval>(_states.Count);
        foreach (var state in _states)
        {
            if (state.End is { } end && IsBeforeTimeZero(state.Variable, end))
                rejected.Add(new Rejection(state.Variable.Id, state.Source, RejectionReason.BeforeTimeZero));
            else if (kept.Contains(state))
                rejected.Add(new Rejection(state.Variable.Id, state.Source, RejectionReason.Duplicate));
            else
                kept.Add(state);
        }
        return kept;
    }

    private int[] StartsOf(Measurement[] sorted)
    {
        var starts = new int[variables.Variables.Count + 1];
        foreach (ref readonly var measurement in sorted.AsSpan())
            starts[measurement.Variable.Index + 1]++;
        for (int i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        return starts;
    }

    private DataQualityReport QualityOf(Measurement[] sorted, int[] starts, List<StateInterval> procedures, List<Rejection> rejected)
    {
        var tally = new QualityTally(asOf, variables.Variables.Count);
        foreach (var variable in variables.Variables)
            tally.Add(variable, sorted.AsSpan(starts[variable.Index]..starts[variable.Index + 1]), procedures);
        return tally.Report(rejected, _unused, _remarks);
    }

    private void Reject(in RawMeasurement raw, ModelCode code, RejectionReason reason, string? detail = null) =>
        _rejected.Add(new Rejection(code.Variable.Id, raw.Source, reason, detail));
}
