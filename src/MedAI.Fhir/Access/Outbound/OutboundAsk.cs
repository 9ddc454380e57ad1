namespace MedAI.Fhir.Access.Outbound;

/// <summary>What is asked of another system, and the bounds of its answer.</summary>
public sealed record OutboundAsk
{
    /// <summary>Value of the Accept header.</summary>
    public required string Accept { get; init; }

    /// <summary>Largest body, in bytes after decompression.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>When nobody waits any more; covers waiting for a place, connecting, both tries and the whole body.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>Form fields that are posted, of a <c>_search</c> or a token request; without form and resource it is a GET. Only a GET is tried twice.</summary>
    public ReadOnlyMemory<byte>? Form { get; init; }

    /// <summary>A FHIR resource as JSON that is posted.</summary>
    public ReadOnlyMemory<byte>? Resource { get; init; }

    /// <summary>Search parameters of FHIR's conditional create; goes with <see cref="Resource"/>.</summary>
    public string? IfNoneExist { get; init; }

    /// <summary>The caller's token instead of the configured credential.</summary>
    public OriginToken? Token { get; init; }
}
