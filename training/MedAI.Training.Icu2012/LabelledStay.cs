namespace MedAI.Training.Icu2012;

/// <summary>A stay together with what became of it; the outcome is null when no table names the stay.</summary>
public sealed record LabelledStay(IcuStay Stay, IcuOutcome? Outcome);
