namespace MedAI.Fhir.Access.Outbound;

/// <summary>One trusted origin and the credential that belongs to it and to no other.</summary>
public sealed class OriginOptions
{
    /// <summary>Scheme, host and port, for instance <c>https://pacs.hospital.org</c>; no path.</summary>
    public string Origin { get; set; } = "";

    /// <summary>What it is trusted for; at least one.</summary>
    public List<OutboundUse> Uses { get; set; } = [];

    /// <summary>True when it lies in the hospital's own network: its name may resolve to private and loopback addresses. Default false. Link-local and metadata addresses are refused even so.</summary>
    public bool Internal { get; set; }

    /// <summary>Token for <c>Authorization: Bearer</c>. Default none.</summary>
    public string? Bearer { get; set; }

    /// <summary>User name for <c>Authorization: Basic</c>; with <see cref="Password"/>.</summary>
    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>Name of a header that carries a key, for instance <c>X-Api-Key</c>; with <see cref="HeaderValue"/>.</summary>
    public string? Header { get; set; }

    public string? HeaderValue { get; set; }
}
