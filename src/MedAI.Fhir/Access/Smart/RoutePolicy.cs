namespace MedAI.Fhir.Access.Smart;

/// <summary>What a route asks of its caller; endpoint metadata. A FHIR route without one lets nobody in who is asked for a token.</summary>
public sealed record RoutePolicy
{
    /// <summary>Says nothing about a patient: no token is asked for.</summary>
    public static RoutePolicy Open { get; } = new() { IsOpen = true };

    /// <summary>Any good token will do: the request holds all that the answer is about.</summary>
    public static RoutePolicy AnyToken { get; } = new();

    public bool IsOpen { get; private init; }

    /// <summary>All of them are needed.</summary>
    public IReadOnlyList<ScopeNeed> Needs { get; init; } = [];

    /// <summary>Types that the address may name; null for all that can be read.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Only <c>system/</c> scopes count: it is about many patients at once.</summary>
    public bool SystemOnly { get; init; }

    /// <summary>Only callers to whom the configuration gives the right to audit.</summary>
    public bool AuditorsOnly { get; init; }

    public static RoutePolicy Of(params IReadOnlyList<ScopeNeed> needs) => new() { Needs = needs };

    /// <summary>One need.</summary>
    /// <param name="type">Null for the type in the address.</param>
    public static RoutePolicy ForType(string? type, string rights) => Of(new ScopeNeed(type, rights));
}
