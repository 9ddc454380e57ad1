namespace MedAI.Fhir.PubSub;

/// <summary>Names of Firely Server's PubSub messages as they are on the wire: exchanges (fanout, durable) and types of messages.</summary>
/// <remarks>Firely.Server.Contracts is not in every registry; its messages are plain JSON in MassTransit's envelope.</remarks>
internal static class FirelyContract
{
    public const string ChangedExchange = Namespace + "ResourcesChangedEvent";
    public const string ChangedLightExchange = Namespace + "ResourcesChangedLightEvent";
    public const string StorePlanExchange = Namespace + "ExecuteStorePlanCommand";

    public const string StorePlanType = Urn + "ExecuteStorePlanCommand";
    public const string StorePlanAnswerType = Urn + "ExecuteStorePlanResponse";

    public const string ContentType = "application/vnd.masstransit+json";

    public const string ReleaseHeader = "fhir-release";
    public const string Release = "R4";

    private const string Namespace = "Firely.Server.Contracts.Messages.V1:";
    private const string Urn = "urn:message:" + Namespace;

    /// <summary>Whether a message is of a type, whatever its case.</summary>
    public static bool IsChange(string urn) =>
        urn.Equals(Urn + "ResourcesChangedEvent", StringComparison.OrdinalIgnoreCase) || urn.Equals(Urn + "ResourcesChangedLightEvent", StringComparison.OrdinalIgnoreCase);
}
