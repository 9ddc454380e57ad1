using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Sources.Upstream;

/// <summary>The hospital's own FHIR server, which knows every patient; section <c>Upstream</c>. Its origin must be trusted for Fhir in <c>Outbound:Origins</c>.</summary>
public sealed class UpstreamOptions
{
    public const string Section = "Upstream";

    /// <summary>FHIR R4 base URL, for instance <c>https://fhir.hospital.org/r4</c>. Default none: operations know the patients of this server's own store alone.</summary>
    public string? Base { get; set; }

    /// <summary>Tenants whose patients it holds. Default: "default", the tenant of a server without configured clients.</summary>
    public List<string> Tenants { get; set; } = [];

    /// <summary>Id under which this server is registered as a SMART backend service. Default none: the origin's configured credential is sent, or none.</summary>
    public string? ClientId { get; set; }

    /// <summary>PEM file with the private key of the registration (EC P-384 or RSA of 2,048 bits or more), readable by this server's user alone. Needed with <see cref="ClientId"/>.</summary>
    public string? KeyFile { get; set; }

    /// <summary><c>kid</c> of the public key that was registered. Needed with <see cref="ClientId"/>.</summary>
    public string? KeyId { get; set; }

    /// <summary>Address where tokens are given; its origin must be trusted for Token. Default: what <c>.well-known/smart-configuration</c> below <see cref="Base"/> says.</summary>
    public string? TokenEndpoint { get; set; }

    /// <summary>SMART scopes that are asked for. Default <c>system/*.rs</c>.</summary>
    public string Scope { get; set; } = "system/*.rs";

    /// <summary>Milliseconds for everything that one operation fetches, 50 to 60,000. Default 3,000; no operation waits longer than <c>MedAI:DeadlineMilliseconds</c>.</summary>
    [Range(50, 60_000)]
    public int FetchMilliseconds { get; set; } = 3_000;

    /// <summary>Base URL without a trailing slash; null where none is configured.</summary>
    public string? BaseUrl => string.IsNullOrEmpty(Base) ? null : Base.TrimEnd('/');

    /// <summary>Whether it holds the patients of a tenant.</summary>
    public bool IsFor(string tenant) => BaseUrl is not null && (Tenants.Count == 0 ? tenant == "default" : Tenants.Contains(tenant, StringComparer.Ordinal));
}
