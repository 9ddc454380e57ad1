using System.Text.Json.Serialization;

namespace MedAI.Fhir.CdsHooks.Feedback;

/// <summary>Answer to feedback.</summary>
/// <param name="Received">Entries that are stored now, those that were stored before included.</param>
public sealed record FeedbackAnswer(int Received);

/// <summary>How cards were taken up in a period.</summary>
/// <param name="From">First instant at which a counted card was sent.</param>
/// <param name="To">First instant after the period.</param>
public sealed record FeedbackSummary(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<ServiceSummary> Services);

/// <summary>One service under one version of its model.</summary>
/// <param name="Cards">Cards sent.</param>
/// <param name="Accepted">Cards last accepted.</param>
/// <param name="Overridden">Cards last overridden.</param>
/// <param name="NoFeedback">Cards that nobody said anything about; clients do not report ignored cards.</param>
/// <param name="AcceptanceRate">Accepted among those with feedback; absent where there is none.</param>
/// <param name="OverrideRate">Overridden among those with feedback; absent where there is none.</param>
public sealed record ServiceSummary(string Service, string ModelVersion, int Cards, int Accepted, int Overridden, int NoFeedback, double? AcceptanceRate, double? OverrideRate,
    IReadOnlyList<ReasonSummary>? OverrideReasons);

/// <param name="Count">Cards whose newest feedback gives this reason. A reason without code, system and display counts those that gave none.</param>
public sealed record ReasonSummary(string? System, string? Code, string? Display, int Count);

/// <summary>Serialisation without nulls.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FeedbackAnswer))]
[JsonSerializable(typeof(FeedbackSummary))]
public sealed partial class FeedbackJson : JsonSerializerContext;
