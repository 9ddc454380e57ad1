using MedAI.Fhir.Store;

namespace MedAI.Fhir.WriteBack;

/// <summary>A way by which results reach the hospital's FHIR server.</summary>
public interface IResultCarrier
{
    WriteBackMode Mode { get; }

    /// <summary>Brings one result there. Bringing it again leaves one there.</summary>
    /// <exception cref="OperationCanceledException">This server stops.</exception>
    Task<DeliveryEnd> BringAsync(StoredResource result, StoredResource provenance, CancellationToken cancellationToken);
}

/// <summary>What became of one try.</summary>
/// <param name="State">Waiting: try again later.</param>
/// <param name="Place">Reference under which it stands there, where the server said so.</param>
/// <param name="Reason">Stable word for the log; holds nothing of the other server's answer.</param>
public sealed record DeliveryEnd(DeliveryState State, string? Place, string Reason)
{
    public static DeliveryEnd There(string? place, string way) => new(DeliveryState.Delivered, place, way);

    public static DeliveryEnd Later(string reason) => new(DeliveryState.Waiting, null, reason);

    public static DeliveryEnd Never(string reason) => new(DeliveryState.Refused, null, reason);
}
