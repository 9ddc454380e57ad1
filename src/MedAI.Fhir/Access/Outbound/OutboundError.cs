namespace MedAI.Fhir.Access.Outbound;

/// <summary>Why another system did not give what was asked; closed.</summary>
public enum OutboundErrorKind
{
    /// <summary>The address belongs to no origin that is trusted for this use, or cannot be read in only one way. Nothing was sent.</summary>
    Untrusted,
    /// <summary>The origin's name means an address that it may not mean. Nothing was sent.</summary>
    ForbiddenAddress,
    /// <summary>No connection: no such name, nobody listens, or nobody answers in time.</summary>
    Unreachable,
    /// <summary>The other side could not prove who it is.</summary>
    TlsFailed,
    /// <summary>The connection broke, and broke again where it was tried a second time.</summary>
    ConnectionLost,
    /// <summary>It failed too often lately and is left alone for a while.</summary>
    CircuitOpen,
    /// <summary>The caller's time is over.</summary>
    DeadlinePassed,
    /// <summary>The body came more slowly than allowed.</summary>
    TooSlow,
    /// <summary>Head or body are larger than allowed; for the body the decompressed bytes count.</summary>
    TooLarge,
    /// <summary>It points elsewhere; redirects are never followed.</summary>
    Redirected,
    /// <summary>Our credential is missing or not accepted (401, 403).</summary>
    Unauthorised,
    /// <summary>It knows no such thing (404, 410).</summary>
    NotFound,
    /// <summary>It does not accept the question (another 4xx).</summary>
    Rejected,
    /// <summary>It asks to come back later (429, 503).</summary>
    Busy,
    /// <summary>It failed (another 5xx).</summary>
    ServerFailed,
    /// <summary>The answer is not what was asked for.</summary>
    Unreadable,
}

/// <summary>An expected failure of another system, without its words and without the address that was asked.</summary>
/// <param name="Status">HTTP status, where one came.</param>
/// <param name="RetryAfter">When it wants to be asked again, where it says so; at most an hour.</param>
public sealed record OutboundError(OutboundErrorKind Kind, int? Status = null, TimeSpan? RetryAfter = null);
