namespace MedAI.Fhir.Store;

/// <summary>A result that is to reach the hospital's FHIR server.</summary>
/// <param name="ResultId">Id of the RiskAssessment.</param>
/// <param name="ProvenanceId">Id of its Provenance.</param>
/// <param name="Attempts">How often it was tried in vain.</param>
/// <param name="Due">When it is tried next; when it ended, where it has.</param>
/// <param name="Place">Reference under which it stands there, where the server said so.</param>
public sealed record DeliveryRow(string ResultId, string ProvenanceId, DeliveryState State, int Attempts, DateTimeOffset Due, string? Place = null);

/// <summary>How far a delivery is.</summary>
public enum DeliveryState
{
    /// <summary>Not there yet.</summary>
    Waiting,
    /// <summary>There, as the other server said.</summary>
    Delivered,
    /// <summary>The other server takes it in no form; an operator has to look.</summary>
    Refused,
}
