using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Smart;

namespace MedAI.Fhir.Requests;

/// <summary>What is known of the HTTP request itself; travels with it to the audit trail.</summary>
/// <param name="Id">Correlation id: the caller's X-Request-Id when it is a UUID, otherwise our own.</param>
/// <param name="Started">Wall clock at receipt.</param>
public sealed record RequestFacts(string Id, DateTimeOffset Started)
{
    /// <summary>Who asks, as authenticated, or one of <see cref="ReservedClients"/>.</summary>
    public string Client { get; init; } = ReservedClients.Anonymous;

    /// <summary>Whose patients the request speaks of.</summary>
    public string Tenant { get; init; } = "default";

    /// <summary>The EHR that proved itself; null while no callers are configured, and for a FHIR client with an access token.</summary>
    public ClientIdentity? Caller { get; init; }

    /// <summary>Who uses the client, as an access token says; null where it does not, and for EHRs, whose hooks say it.</summary>
    public string? User { get; init; }

    /// <summary>What the caller of a FHIR route may reach; null while no callers are configured: everything.</summary>
    public FhirAccess? Access { get; init; }

    /// <summary>The tenant whose data may be seen; null: everybody's.</summary>
    public string? OnlyTenant => Caller is null && Access is null ? null : Tenant;

    /// <summary>The client whose local codes the data are read with: the EHR, or the one that the token's tenant is of.</summary>
    public string? CodesOf => Caller?.Name ?? (Access is null ? null : Tenant.Split('/')[0]);

    /// <summary>Whether the caller may see what was written from a tenant's data. What it may not see is as unknown to it as what is not there.</summary>
    /// <param name="tenant">Null where it says nothing about a patient.</param>
    public bool MaySee(string? tenant) => OnlyTenant is not { } only || tenant is null || tenant == only;

    /// <summary>True once a row of the audit trail was made of this request: whoever ends it without one writes one.</summary>
    public bool IsAudited { get; internal set; }

    public const string Header = "X-Request-Id";

    public static RequestFacts Of(HttpContext http) =>
        http.Features.Get<RequestFacts>() ?? throw new InvalidOperationException("The correlation middleware runs first.");
}
