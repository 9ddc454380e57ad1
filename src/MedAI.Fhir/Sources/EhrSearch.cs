namespace MedAI.Fhir.Sources;

/// <summary>One thing to be had from a FHIR server.</summary>
/// <param name="Key">Prefetch key that it fills.</param>
/// <param name="Query">Relative URL: <c>Patient/7</c> or <c>Observation?patient=7</c>.</param>
/// <param name="Next">Address of the next page where the first one is there already; null: from the beginning.</param>
/// <param name="AllPages">False: the first page is enough.</param>
public sealed record EhrSearch(string Key, string Query, string? Next = null, bool AllPages = true)
{
    /// <summary>Resource type that is asked for.</summary>
    public string Type => Query[..Query.AsSpan().IndexOfAny('/', '?')];

    public bool IsRead => !Query.Contains('?', StringComparison.Ordinal);
}

/// <summary>What one hook wants of the EHR.</summary>
/// <param name="FhirBase">Base URL of its FHIR server.</param>
/// <param name="Origins">Origins that the calling client may name; null: any that is trusted.</param>
/// <param name="Access">What it lent us; null: the origin's configured credential, or none.</param>
/// <param name="Deadline">When nobody waits any more.</param>
public sealed record EhrWish(string FhirBase, IReadOnlySet<Access.Outbound.Origin>? Origins, EhrAccess? Access, IReadOnlyList<EhrSearch> Searches, DateTimeOffset Deadline);

/// <summary>Why something could not be had.</summary>
public enum EhrError
{
    /// <summary>Nobody trusts the server, or the client may not name it. Nothing was sent.</summary>
    Untrusted,
    /// <summary>The token is expired or its scopes do not reach that far. Nothing was sent.</summary>
    NotAllowed,
    /// <summary>Our time was over.</summary>
    Late,
    /// <summary>It did not answer, or answered with an error or with something that is no FHIR.</summary>
    Failed,
    /// <summary>A next page lies elsewhere, comes again, or there are too many.</summary>
    PagesUnusable,
    /// <summary>It does not accept the credential that was sent.</summary>
    Refused,
    /// <summary>It does not know what was asked for, or does not take the question (another 4xx, 501).</summary>
    NotOffered,
}
