namespace MedAI.Models.Timelines;

/// <summary>One believable value of one variable at one instant, in the variable's canonical unit.</summary>
/// <remarks>Only <see cref="PatientTimelineBuilder"/> makes one, after unit conversion, rounding and range gates: an impossible value cannot be constructed.</remarks>
public readonly struct Measurement
{
    private readonly SourceReference[]? _otherSources;

    internal Measurement(ModelCode code, double value, DateTimeOffset effective, DateTimeOffset? available, MeasurementFlags flags,
        SourceReference source, SourceReference[]? otherSources = null)
    {
        var variable = code.Variable;
        if (!double.IsFinite(value) || value < variable.Hard.Low || value > variable.Hard.High)
            throw new ArgumentOutOfRangeException(nameof(value), "A measurement lies in its variable's hard range.");
        Code = code;
        Value = value;
        Effective = effective;
        Available = available;
        Flags = flags;
        Source = source;
        _otherSources = otherSources;
    }

    public ModelVariable Variable => Code.Variable;

    /// <summary>The accepted code it came in by.</summary>
    public ModelCode Code { get; }

    /// <summary>Canonical unit, rounded to 6 significant digits.</summary>
    public double Value { get; }

    public string Unit => Variable.Unit;

    public DateTimeOffset Effective { get; }

    /// <summary>When it was available to the clinician (issued), where the source says so.</summary>
    public DateTimeOffset? Available { get; }

    public MeasurementFlags Flags { get; }

    public SourceReference Source { get; }

    /// <summary>Further sources of a computed value (the parts of a sum, the pressures of a mean); empty for a measured one.</summary>
    public IReadOnlyList<SourceReference> OtherSources => _otherSources ?? [];
}
