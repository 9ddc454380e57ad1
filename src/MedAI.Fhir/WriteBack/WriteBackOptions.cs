using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.WriteBack;

/// <summary>How results reach the hospital's FHIR server; section <c>WriteBack</c>.</summary>
public sealed class WriteBackOptions
{
    public const string Section = "WriteBack";

    /// <summary>Off, Fhir (by its REST interface) or StorePlan (Firely Server, over RabbitMQ). Default Off: results stay here. Needs <c>Upstream:Base</c>.</summary>
    public WriteBackMode Mode { get; set; }

    /// <summary>Seconds before a failed delivery is tried again, 1 to 3,600; three times as long after each further failure. Default 5.</summary>
    [Range(1, 3_600)]
    public int RetrySeconds { get; set; } = 5;

    /// <summary>Longest pause between two tries in seconds, 1 to 86,400. Default 3,600. A delivery is never given up because the other server is away.</summary>
    [Range(1, 86_400)]
    public int LongestPauseSeconds { get; set; } = 3_600;

    /// <summary>Milliseconds for one delivery, 100 to 120,000. Default 15,000: nobody waits for it.</summary>
    [Range(100, 120_000)]
    public int DeadlineMilliseconds { get; set; } = 15_000;
}

/// <summary>By which way results reach the hospital's FHIR server.</summary>
public enum WriteBackMode
{
    /// <summary>By none.</summary>
    Off,
    /// <summary>As FHIR: a transaction, else single creates, else a DocumentReference, whatever its CapabilityStatement allows.</summary>
    Fhir,
    /// <summary>As a Firely Server StorePlan.</summary>
    StorePlan,
}
