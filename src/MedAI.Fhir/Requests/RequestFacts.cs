using MedAI.Fhir.Access.Clients;

namespace MedAI.Fhir.Requests;

/// <summary>What is known of the HTTP request itself; travels with it to the audit trail.</summary>
/// <param name="Id">Correlation id: the caller's X-Request-Id when it is a UUID, otherwise our own.</param>
/// <param name="Started">Wall clock at receipt.</param>
public sealed record RequestFacts(string Id, DateTimeOffset Started)
{
    /// <summary>Who asks, as authenticated; "anonymous" while no clients are configured.</summary>
    public string Client { get; init; } = "anonymous";

    /// <summary>Whose patients the request speaks of.</summary>
    public string Tenant { get; init; } = "default";

    /// <summary>The client that proved itself; null while no clients are configured.</summary>
    public ClientIdentity? Caller { get; init; }

    /// <summary>Whether the caller may see what was written from a tenant's data. What it may not see is as unknown to it as what is not there.</summary>
    /// <param name="tenant">Null where it says nothing about a patient.</param>
    public bool MaySee(string? tenant) => Caller is null || tenant is null || tenant == Tenant;

    public const string Header = "X-Request-Id";

    public static RequestFacts Of(HttpContext http) =>
        http.Features.Get<RequestFacts>() ?? throw new InvalidOperationException("The correlation middleware runs first.");
}
