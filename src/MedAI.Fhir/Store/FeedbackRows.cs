namespace MedAI.Fhir.Store;

/// <summary>A card that was sent.</summary>
/// <param name="Service">Id of the CDS service.</param>
/// <param name="ResultId">The result that it showed; null for a card without one.</param>
/// <param name="Tenant">Whom it was sent to: the client's tenant; null where nobody was asked who calls, and for cards of earlier versions.</param>
public sealed record IssuedCard(string Uuid, string Service, string ModelId, string ModelVersion, string? ResultId, DateTimeOffset Issued, string? Tenant);

/// <summary>What a clinician did with a card.</summary>
/// <param name="Card">uuid of the card.</param>
/// <param name="Outcome">accepted or overridden.</param>
/// <param name="OutcomeTime">When it was done.</param>
/// <param name="ReasonSystem">Code system of the override reason; empty where none was given.</param>
/// <param name="ReasonCode">Override reason; empty where none was given.</param>
/// <param name="ReasonDisplay">Its text; empty where none was given.</param>
/// <param name="Comment">Free text of the clinician; never logged.</param>
/// <param name="Suggestions">uuids of the accepted suggestions, comma-separated.</param>
/// <param name="Recorded">When we learned of it.</param>
public sealed record FeedbackRow(string Card, string Outcome, DateTimeOffset OutcomeTime, string ReasonSystem, string ReasonCode, string ReasonDisplay, string Comment,
    string Suggestions, DateTimeOffset Recorded);

/// <summary>How the cards of one service and model version were taken up.</summary>
/// <param name="Cards">Cards sent in the period.</param>
/// <param name="Accepted">Of those, cards whose newest feedback is accepted.</param>
/// <param name="Overridden">Of those, cards whose newest feedback is overridden.</param>
/// <param name="Reasons">Why they were overridden, most frequent first.</param>
public sealed record FeedbackCount(string Service, string ModelVersion, int Cards, int Accepted, int Overridden, IReadOnlyList<ReasonCount> Reasons);

/// <summary>An override reason and how often it was the newest word on a card.</summary>
/// <param name="System">Empty where the client gave none.</param>
/// <param name="Code">Empty where no reason was given.</param>
/// <param name="Display">Empty where the client gave none.</param>
public sealed record ReasonCount(string System, string Code, string Display, int Count);
