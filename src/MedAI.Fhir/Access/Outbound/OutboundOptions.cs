using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>Which other systems this server may contact, and how; section <c>Outbound</c>. Without origins it contacts none.</summary>
public sealed class OutboundOptions
{
    public const string Section = "Outbound";

    /// <summary>The trusted origins. Default none.</summary>
    public List<OriginOptions> Origins { get; set; } = [];

    /// <summary>Allows plain http to this machine's own loopback addresses, for a PACS beside the server or for trials. Default: only in the environment Development. Never to any other host.</summary>
    public bool? LoopbackHttp { get; set; }

    /// <summary>Milliseconds to connect and shake hands, 100 to 30,000. Default 2,000: a clinician waits for at most 4.5 s.</summary>
    [Range(100, 30_000)]
    public int ConnectTimeoutMilliseconds { get; set; } = 2_000;

    /// <summary>Calls to one origin that run at once, 1 to 256. Default 8: more would not make a PACS faster and would starve its other users.</summary>
    [Range(1, 256)]
    public int ParallelCallsPerOrigin { get; set; } = 8;

    /// <summary>Largest head of an answer, in KiB, 1 to 1,024. Default 32: real ones take less than 2.</summary>
    [Range(1, 1_024)]
    public int MaxHeadKiB { get; set; } = 32;

    /// <summary>Slowest body, in bytes per second of waiting, 0 to 1,048,576. Default 4,096: what is slower holds a place that others need. 0: no least rate.</summary>
    [Range(0, 1_048_576)]
    public int MinimumBytesPerSecond { get; set; } = 4_096;

    /// <summary>Milliseconds of waiting for a body before the least rate counts, 100 to 60,000. Default 2,000.</summary>
    [Range(100, 60_000)]
    public int SlowGraceMilliseconds { get; set; } = 2_000;

    /// <summary>Failures in a row after which an origin is left alone, 1 to 1,000. Default 5.</summary>
    [Range(1, 1_000)]
    public int BreakAfterFailures { get; set; } = 5;

    /// <summary>Milliseconds for which a failing origin is left alone before one call tries again, 100 to 3,600,000. Default 15,000.</summary>
    [Range(100, 3_600_000)]
    public int BreakMilliseconds { get; set; } = 15_000;

    /// <summary>Seconds after which a connection is renewed and its address checked again, 1 to 3,600. Default 120.</summary>
    [Range(1, 3_600)]
    public int ConnectionLifetimeSeconds { get; set; } = 120;

    /// <summary>Whether an origin is among those that are trusted for a use; for the validators of settings that name one.</summary>
    internal bool Trusts(Origin origin, OutboundUse use) => Origins.Exists(entry => entry.Uses.Contains(use) && Origin.TryRead(entry.Origin, out var trusted, out _) && trusted == origin);
}
