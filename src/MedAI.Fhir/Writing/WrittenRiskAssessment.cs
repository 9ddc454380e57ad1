namespace MedAI.Fhir.Writing;

/// <summary>A RiskAssessment ready to be stored and answered, or the rules that it breaks.</summary>
/// <param name="Json">UTF-8 JSON; empty when there are problems.</param>
/// <param name="Problems">Broken rules of <see cref="RiskAssessmentRules"/>: a bug of ours, to be answered as an internal error, never returned as a result.</param>
public sealed record WrittenRiskAssessment(ReadOnlyMemory<byte> Json, IReadOnlyList<string> Problems);
