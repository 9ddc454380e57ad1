using System.Text.Json;
using System.Text.Json.Serialization;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Answer of discovery.</summary>
public sealed record CdsServices(IReadOnlyList<CdsService> Services);

/// <summary>One service on one hook; (id, hook) is its key.</summary>
public sealed record CdsService
{
    public required string Hook { get; init; }

    public required string Id { get; init; }

    public string? Title { get; init; }

    public required string Description { get; init; }

    public IReadOnlyDictionary<string, string>? Prefetch { get; init; }

    public string? UsageRequirements { get; init; }

    /// <summary>Version of the specification that the service implements, as CDS Hooks 3.0 recommends.</summary>
    public string Version { get; init; } = "2.0.1";

    /// <summary>Version of the hook's definition; for clients of CDS Hooks 3.0 alone.</summary>
    public string? HookVersion { get; init; }
}

/// <summary>Answer of a service; <c>cards</c> is there even when empty.</summary>
public sealed record CdsResponse(IReadOnlyList<Card> Cards);

/// <summary>A CDS Hooks 2.0 card.</summary>
public sealed record Card
{
    public required string Uuid { get; init; }

    /// <summary>One sentence, fewer than 140 characters.</summary>
    public required string Summary { get; init; }

    /// <summary>GitHub-flavoured markdown.</summary>
    public string? Detail { get; init; }

    /// <summary>info, warning or critical.</summary>
    public required string Indicator { get; init; }

    public required CardSource Source { get; init; }

    public IReadOnlyList<CardSuggestion>? Suggestions { get; init; }

    /// <summary>at-most-one or any; with suggestions alone.</summary>
    public string? SelectionBehavior { get; init; }

    public IReadOnlyList<CardCoding>? OverrideReasons { get; init; }

    public IReadOnlyList<CardLink>? Links { get; init; }
}

public sealed record CardSource(string Label, string? Url, CardCoding? Topic);

public sealed record CardCoding(string Code, string System, string Display);

/// <param name="Uuid">What feedback names when the suggestion is accepted.</param>
/// <param name="Actions">Done together when it is accepted.</param>
/// <param name="IsRecommended">True where it is preferred to the card's others; this server prefers none.</param>
/// <param name="ActionSelectionBehavior">all, any or at-most-one (CDS Hooks 3.0); null for a client that did not say that it understands it.</param>
public sealed record CardSuggestion(string Label, string Uuid, IReadOnlyList<CardAction> Actions, bool? IsRecommended = null, string? ActionSelectionBehavior = null);

/// <param name="Type">create: this server suggests nothing else.</param>
/// <param name="Description">For the clinician.</param>
/// <param name="Resource">The new FHIR resource.</param>
public sealed record CardAction(string Type, string Description, JsonElement Resource);

/// <param name="Type">absolute or smart.</param>
/// <param name="AppContext">What the launched app is told; on smart links alone.</param>
public sealed record CardLink(string Label, string Url, string Type, string? AppContext = null);

/// <summary>Serialisation without nulls: the specification forbids empty members.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CdsServices))]
[JsonSerializable(typeof(CdsResponse))]
public sealed partial class CdsHooksJson : JsonSerializerContext;
