using System.Collections.Frozen;

namespace MedAI.Fhir.Requests;

/// <summary>What the audit trail calls a client where it was no configured one; no configured one may be called so.</summary>
public static class ReservedClients
{
    /// <summary>Anybody on this machine, while no callers are configured.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>Somebody who did not prove to be anybody.</summary>
    public const string Unknown = "unknown";

    /// <summary>This server itself, after a change that Firely Server announced.</summary>
    public const string Listener = "pubsub";

    /// <summary>This server itself, as its settings say.</summary>
    public const string Configuration = "configuration";

    /// <summary>All of them, whatever the case of their letters.</summary>
    public static IReadOnlySet<string> All { get; } = ((string[])[Anonymous, Unknown, Listener, Configuration]).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
