namespace MedAI.Training.Icu2012;

/// <summary>What became of a stay.</summary>
/// <param name="RecordId">The challenge's number of the stay.</param>
/// <param name="SapsI">SAPS-I score of the first 24 hours; null when not computable.</param>
/// <param name="Sofa">SOFA score of the first 24 hours; null when not computable.</param>
/// <param name="LengthOfStayDays">Days from ICU admission to the end of the hospital stay; null when unknown.</param>
/// <param name="SurvivalDays">Days from ICU admission to death; null when the patient is not known to have died.</param>
/// <param name="DiedInHospital">Whether the patient died during this hospital stay.</param>
public sealed record IcuOutcome(
    int RecordId,
    int? SapsI,
    int? Sofa,
    int? LengthOfStayDays,
    int? SurvivalDays,
    bool DiedInHospital);
