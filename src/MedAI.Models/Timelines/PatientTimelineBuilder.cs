namespace MedAI.Models.Timelines;

/// <summary>Collects raw values in any order and makes one timeline of them.</summary>
/// <remarks>Not thread safe; one per request. <paramref name="asOf"/> is the instant of the score.</remarks>
public sealed class PatientTimelineBuilder(VariableTable variables, DateTimeOffset asOf)
{
    /// <summary>Clocks of other systems may be this far ahead.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public VariableTable Variables => variables;

    public DateTimeOffset AsOf => asOf;

    public PatientFacts Patient { get; set; } = new(null, Sex.Unknown, false);

    /// <summary>Set before or after the values; null when time zero is unknown.</summary>
    public CareStay? Stay { get; set; }

    /// <summary>Converts, gates and keeps the value, or records why not.</summary>
    public void Add(in RawMeasurement raw) => throw new NotImplementedException();

    /// <summary>A state interval from a procedure; an end after as-of is cut, a start after as-of is rejected.</summary>
    public void AddState(ModelVariable variable, DateTimeOffset start, DateTimeOffset? end, SourceReference source) => throw new NotImplementedException();

    /// <summary>Records a value that the boundary layer could not even read.</summary>
    public void Reject(Rejection rejection) => throw new NotImplementedException();

    /// <summary>Counts a resource that the model does not use.</summary>
    public void CountUnused(int count = 1) => throw new NotImplementedException();

    /// <summary>Adds a remark code once.</summary>
    public void Remark(string code) => throw new NotImplementedException();

    public PatientTimeline Build() => throw new NotImplementedException();
}
