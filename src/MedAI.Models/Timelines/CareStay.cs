namespace MedAI.Models.Timelines;

/// <summary>The stay that gives the model its time zero.</summary>
/// <param name="Start">Time zero.</param>
/// <param name="End">End of the stay, null while it lasts.</param>
/// <param name="EncounterEnded">The encounter is finished or has a period end at or before as-of.</param>
/// <param name="Encounter">Source of the stay.</param>
public sealed record CareStay(DateTimeOffset Start, DateTimeOffset? End, IcuType IcuType, bool EncounterEnded, SourceReference Encounter);
