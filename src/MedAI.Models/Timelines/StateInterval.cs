namespace MedAI.Models.Timelines;

/// <summary>A lasting state such as mechanical ventilation; half-open when it has not ended.</summary>
public sealed record StateInterval(ModelVariable Variable, DateTimeOffset Start, DateTimeOffset? End, SourceReference Source);
