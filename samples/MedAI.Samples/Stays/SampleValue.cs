namespace MedAI.Samples.Stays;

/// <summary>One charted value of a made-up stay.</summary>
/// <param name="Minute">Minutes since the start of the stay.</param>
/// <param name="Variable">Id of the model's variable, for example <c>HR</c>, <c>NISysABP</c>, <c>Weight</c>.</param>
/// <param name="Value">In the model's canonical unit, rounded as a monitor or laboratory would report it.</param>
/// <param name="PulseOximetry">A saturation read off the finger, not from arterial blood.</param>
public sealed record SampleValue(int Minute, string Variable, double Value, bool PulseOximetry = false);

/// <summary>Time on the ventilator, in minutes since the start of the stay; without an end it lasts.</summary>
public sealed record SampleVentilation(int StartMinute, int? EndMinute);
