namespace MedAI.Fhir.Conformance;

/// <summary>An HTTP answer for a failure.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="RetryAfter">When to come back; null where coming back does not help.</param>
/// <param name="Outcome">UTF-8 JSON of an OperationOutcome.</param>
public sealed record FailureAnswer(int Status, TimeSpan? RetryAfter, ReadOnlyMemory<byte> Outcome);
