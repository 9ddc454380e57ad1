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

    /// <summary>Form fields of a <c>POST _search</c>; null makes it a GET. Only a GET is tried twice.</summary>
    public ReadOnlyMemory<byte>? Form { get; init; }

    /// <summary>The caller's token instead of the configured credential.</summary>
    public OriginToken? Token { get; init; }
}
