namespace MedAI.Training.Icu2012;

/// <summary>One line of a stay: what was recorded, when, and the value exactly as the file has it.</summary>
/// <param name="Minute">Minutes since admission to the ICU.</param>
/// <param name="Parameter">Name of the series, for example <c>HR</c> or <c>Weight</c>.</param>
/// <param name="Value">The recorded number, in the challenge's own unit, not cleaned.</param>
public readonly record struct IcuEvent(int Minute, string Parameter, double Value);
